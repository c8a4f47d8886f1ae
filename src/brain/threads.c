/*
 * The ring of told incidents.  Pure.  Message ids come from Telegram and are
 * only ever handed back to it.
 */
#include "build_config.h"

#include "threads.h"

int64_t
threads_find(const struct threads *all, unsigned chat, uint32_t mark)
{
	for (size_t i = 0; i < THREADS_MAX; i++)
		if (all->v[i].message != 0 && all->v[i].mark == mark && all->v[i].chat == chat)
			return all->v[i].message;
	return 0;
}

void
threads_note(struct threads *all, unsigned chat, uint32_t mark, int64_t message)
{
	if (message == 0 || threads_find(all, chat, mark) != 0)
		return;
	all->v[all->next] = (struct thread){mark, (uint16_t)chat, message};
	all->next = (all->next + 1) % THREADS_MAX;
}

void
threads_forget(struct threads *all, unsigned chat)
{
	for (size_t i = 0; i < THREADS_MAX; i++)
		if (all->v[i].chat == chat)
			all->v[i].message = 0;
}
