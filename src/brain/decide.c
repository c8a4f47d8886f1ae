/*
 * The decision.  Trusts its caller for finite times.
 */
#include "build_config.h"

#include "decide.h"

enum action
decide(bool active, struct alert_state *state, double now, double cooldown)
{
	if (!active) {
		bool was = state->alerting;

		state->alerting = false;
		return was ? ACTION_RECOVERY : ACTION_NONE;
	}
	if (state->alerting && now - state->last_alert < cooldown)
		return ACTION_NONE;
	state->last_alert = now;
	if (state->alerting)
		return ACTION_REALERT;
	state->alerting = true;
	return ACTION_ALERT;
}

const char *
action_name(enum action action)
{
	static const char *const names[ACTION_COUNT] = {
		[ACTION_NONE] = "none",
		[ACTION_ALERT] = "alert",
		[ACTION_REALERT] = "realert",
		[ACTION_RECOVERY] = "recovery",
		[ACTION_NOTE] = "note",
	};

	return action < ACTION_COUNT ? names[action] : "?";
}
