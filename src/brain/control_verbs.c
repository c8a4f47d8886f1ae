/*
 * The answers to control clients, one function a verb; each may free its
 * client.
 */
#include "build_config.h"

#include "clock.h"
#include "control_client.h"
#include "control_explain.h"
#include "control_key.h"
#include "control_order.h"
#include "log.h"

static void
show_status(struct client *k)
{
	struct control *c = k->control;

	answer_status(&(const struct answer){client_line, k}, c->host.brain, &c->facts);
	client_end(k, 0, NULL, NULL);
}

void
client_frame(struct client *k)
{
	struct control *c = k->control;

	/* Whoever does not keep up sees fewer frames, and after CLIENT_STALL_S none. */
	if (evbuffer_get_length(k->out) == 0) {
		answer_status(&(const struct answer){client_line, k}, c->host.brain, &c->facts);
		client_line(k, "{\"frame\":true}");
	}
	client_answered(k);
}

static void
watch(struct client *k)
{
	k->state = CLIENT_WATCHING;
	client_frame(k);
}

static void
show_health(struct client *k)
{
	char what[256];
	bool well = answer_health(k->control->host.brain, &k->control->facts, what, sizeof(what));

	client_end(k, well ? 0 : 1, "text", what);
}

static void
look_now(struct client *k)
{
	struct control_host *h = &k->control->host;

	h->tell_parent(h->ctx, MSG_CONTROL_TICK, 0, &(const struct msg_control_tick){0});
	client_end(k, 0, NULL, NULL);
}

static void
send_test(struct client *k)
{
	struct control_host *h = &k->control->host;

	if (clock_boot() < k->control->no_test_before) {
		client_end(k, 1, "text", "another test message is on its way, or was a moment ago: try again");
		return;
	}
	k->control->no_test_before = clock_boot() + TESTED_S;
	k->state = CLIENT_TESTING;
	client_deadline(k, TESTED_S);
	log_info("a test message was asked for by %s", k->user);
	h->tell_parent(h->ctx, MSG_CONTROL_TEST, 0, &(const struct msg_control_test){0});
}

/* The words are a signal and nothing else; else the client hears so. */
static bool
only_a_key(struct client *k, char *words, size_t cap)
{
	if (key_words(&k->request, words, cap) == k->request.nwords)
		return true;
	client_end(k, 64, "error", "expected one signal, as status shows it");
	return false;
}

static void
show_history(struct client *k)
{
	char words[KEY_WORDS_MAX];
	bool all = k->request.nwords == 0;

	if (!all && !only_a_key(k, words, sizeof(words)))
		return;
	answer_history(&(const struct answer){client_line, k}, k->control->host.brain, all ? NULL : words);
	client_end(k, 0, NULL, NULL);
}

static void
explain(struct client *k)
{
	const struct brain *b = k->control->host.brain;
	char words[KEY_WORDS_MAX], what[1024];
	const struct alert *a;

	if (!only_a_key(k, words, sizeof(words)))
		return;
	if ((a = key_find(b, words)) == NULL) {
		key_unknown(b, words, what, sizeof(what));
		client_end(k, 1, "error", what);
		return;
	}
	answer_explain(&(const struct answer){client_line, k}, b, a);
	client_end(k, 0, NULL, NULL);
}

static void
take_order(struct client *k)
{
	struct control_host *h = &k->control->host;
	struct order_result result;

	h->ordered(h->ctx, &k->request, k->user);
	if (order_take(h->brain, &k->request, k->user, &result)) {
		log_info("%s, by %s", result.text, k->user);
		h->changed(h->ctx);
	}
	client_end(k, result.exit_status, result.exit_status == 0 ? "text" : "error", result.text);
}

static void
record(struct client *k)
{
	struct control_host *h = &k->control->host;

	k->state = CLIENT_RECORDING;
	if (k->control->recorders++ == 0)
		h->recording(h->ctx, true);
}

static void (*const answers[VERB_COUNT])(struct client *) = {
	[VERB_STATUS] = show_status,
	[VERB_WATCH] = watch,
	[VERB_HEALTH] = show_health,
	[VERB_TICK] = look_now,
	[VERB_TEST] = send_test,
	[VERB_HISTORY] = show_history,
	[VERB_EXPLAIN] = explain,
	[VERB_ACK] = take_order,
	[VERB_SILENCE] = take_order,
	[VERB_UNSILENCE] = take_order,
	[VERB_RECORD] = record,
};

void
client_answer(struct client *k)
{
	answers[k->request.verb](k);
}
