/*
 * For tests of what leaves: the bench's brain with one chat that takes
 * everything at once, and a brain that is killed and begins anew.
 */
#ifndef WATCHDOG_CALM_UNIT_H
#define WATCHDOG_CALM_UNIT_H

#include "brain_unit.h"
#include "digest.h"
#include "snapshot.h"

/* The lines that a chat is told since it was last asked, joined by "; ", without host, time and mark. */
static inline const char *
calm_told(struct bench *t)
{
	static char all[16384];
	struct outbox *o = &t->brain.outbox;
	struct setting setting = {t->config.lang, "host1", t->brain.clock};
	struct strbuf text = {0};
	struct msg_message m;
	size_t n = 0;

	for (all[0] = '\0';; outbox_delivered(o, m.seq, m.chat)) {
		outbox_credit(o, 0);
		assert_true(outbox_compose(o, &setting) >= 0);
		outbox_snapshot(o, UINT64_MAX);
		outbox_confirm(o, UINT64_MAX);
		if (outbox_offer(o, &setting, &m, &text) != 1)
			break;
		for (char *line = text.s, *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
			n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%.*s", n > 0 ? "; " : "", (int)(end - line), line);
	}
	strbuf_free(&text);
	return all;
}

/* The brain is killed; another goes on from its snapshot. */
static inline void
calm_restart(struct bench *t)
{
	struct brain_options options = t->brain.options;
	struct moment clock = t->brain.clock;
	uint64_t generation;
	uint8_t *bytes;
	size_t len;

	assert_int_equal(snapshot_encode(&t->brain, 1, &bytes, &len), 0);
	brain_free(&t->brain);
	brain_init(&t->brain, &t->config, &options);
	brain_clock(&t->brain, clock);
	assert_null(snapshot_decode(&t->brain, bytes, len, &generation));
	free(bytes);
	brain_prune(&t->brain);
}

#endif
