/*
 * Which chat is which.  Trusts the configuration for its bounds.
 */
#include "build_config.h"

#include "seating.h"

#define FNV_BASIS 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u
#define NOBODY CHATS_MAX

static uint64_t
tag_of(const char *id)
{
	uint64_t hash = FNV_BASIS;

	for (; *id != '\0'; id++)
		hash = (hash ^ (uint8_t)*id) * FNV_PRIME;
	return hash;
}

void
seating_of(struct seating *s, const struct string_list *ids)
{
	*s = (struct seating){.n = ids->n == 0 ? 1 : (uint16_t)ids->n};
	for (size_t i = 0; i < ids->n; i++)
		s->tag[i] = tag_of(ids->v[i]);
	seating_told(s);
}

/* Each chat's place in before, by its id. */
static uint16_t
find_same(const struct seating *now, const struct seating *before, uint8_t place[CHATS_MAX])
{
	uint16_t taken = 0;

	for (unsigned i = 0; i < now->n; i++) {
		place[i] = NOBODY;
		for (unsigned j = 0; j < before->n && place[i] == NOBODY; j++)
			if (now->tag[i] == before->tag[j] && (taken & (1u << j)) == 0)
				place[i] = (uint8_t)j;
		if (place[i] != NOBODY)
			taken |= (uint16_t)(1u << place[i]);
	}
	return taken;
}

static void
fill_places(const struct seating *now, const struct seating *before, uint16_t taken, uint8_t place[CHATS_MAX])
{
	unsigned j = 0;

	for (unsigned i = 0; i < now->n; i++) {
		if (place[i] != NOBODY)
			continue;
		while (j < before->n && (taken & (1u << j)) != 0)
			j++;
		if (j < before->n)
			place[i] = (uint8_t)j++;
	}
}

void
seating_follow(struct seating *now, const struct seating *before)
{
	uint8_t place[CHATS_MAX];
	uint16_t taken = find_same(now, before, place);

	fill_places(now, before, taken, place);
	now->added = 0;
	for (unsigned i = 0; i < now->n; i++) {
		if (place[i] == NOBODY || (before->added & (1u << place[i])) != 0)
			now->added |= (uint16_t)(1u << i);
		else
			now->was[i] = before->was[place[i]];
	}
}

void
seating_told(struct seating *s)
{
	s->added = 0;
	for (unsigned i = 0; i < CHATS_MAX; i++)
		s->was[i] = (uint8_t)i;
}

uint64_t
seating_was(const struct seating *s)
{
	uint64_t was = 0;

	for (unsigned i = 0; i < CHATS_MAX; i++)
		was |= (uint64_t)s->was[i] << (4 * i);
	return was;
}
