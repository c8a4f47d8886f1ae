/*
 * The newest of the history as bytes of a snapshot, which are treated as
 * hostile.
 */
#include "build_config.h"

#include "snapshot_parts.h"

static size_t
first_kept(const struct history *h)
{
	return h->count > HISTORY_KEPT ? h->count - HISTORY_KEPT : 0;
}

void
snapshot_put_history(struct writer *w, const struct brain *b)
{
	const struct history *h = &b->history;

	write_u32(w, (uint32_t)(h->count - first_kept(h)));
	for (size_t i = first_kept(h); i < h->count; i++) {
		const struct past *p = history_at(h, i);

		write_f64(w, p->wall);
		write_str(w, p->what, HISTORY_WORD_MAX);
		write_str(w, p->untold, HISTORY_WORD_MAX);
		write_str(w, p->key, ALERT_KEY_MAX);
		write_str(w, p->detail, HISTORY_DETAIL_MAX);
	}
}

void
snapshot_get_history(struct loading *l, struct brain *b)
{
	uint32_t count = get_number(&l->r, read_u32(&l->r), HISTORY_KEPT);

	for (uint32_t i = 0; i < count && !l->r.failed; i++) {
		struct past p = {.wall = get_time(&l->r)};

		p.what = read_str(&l->r, HISTORY_WORD_MAX);
		p.untold = read_str(&l->r, HISTORY_WORD_MAX);
		p.key = read_str(&l->r, ALERT_KEY_MAX);
		p.detail = read_str(&l->r, HISTORY_DETAIL_MAX);
		if (!l->r.failed && history_add(&b->history, &p) == -1)
			l->r.failed = true;
	}
}
