/*
 * What could not be looked at for want of something of this host's own:
 * nobody else is accused of that.  Trusts nothing of names and words.
 */
#include "build_config.h"

#include "container_identity.h"
#include "look.h"
#include "message_text.h"

static const enum signal_kind kinds[UNSEEN_COUNT] = {
	[UNSEEN_METRICS] = KIND_ORCHESTRATOR,
	[UNSEEN_DOCKER] = KIND_DOCKER,
	[UNSEEN_DEP] = KIND_DEP,
};

/* A list that was coming in does not go on. */
static void
cut_short(struct brain *b, enum unseen what)
{
	if (what == UNSEEN_METRICS) {
		b->metrics.open = false;
		b->metrics.seen = true;
	} else if (what == UNSEEN_DOCKER) {
		container_forget_kept(b);
		b->containers.open = b->containers.one = false;
	}
}

void
brain_unseen(struct brain *b, enum unseen what, const char *name, const char *why)
{
	char clean[ALERT_DETAIL_MAX / 2], detail[ALERT_DETAIL_MAX];
	struct strbuf text = STRBUF_IN(detail);
	struct look l = {.kind = kinds[what], .name = name, .verdict = LOOK_NO_DATA};
	struct alert *a;

	cut_short(b, what);
	if (kind_is_single(l.kind) != (name[0] == '\0') || (a = look_at(b, &l)) == NULL)
		return;
	look_reason(b, clean, sizeof(clean), why);
	text_say(&text, b->config->lang, TEXT_UNSEEN, clean, NULL);
	look_at_source(b, a->key, false, false, detail);
}
