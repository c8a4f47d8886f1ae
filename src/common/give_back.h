/*
 * Memory that is held only for what is over goes back to the kernel.
 */
#ifndef WATCHDOG_GIVE_BACK_H
#define WATCHDOG_GIVE_BACK_H

/* Of one process; all zeros before the first call. */
struct give_back {
	double last; /* by the caller's clock */
	long faults; /* pages that had been asked for by then */
};

/*
 * Give back, at most every 30 s, what is free within the heap; and when much
 * has been touched since then (a start, a message, a crowd of containers),
 * the pages of programs and libraries, which the kernel maps again from its
 * cache where they are used again.  To be called now and then when the
 * process is awake anyway, with the time by a clock that never goes back.
 * Cannot fail.  Does nothing where a sanitizer has the heap.
 */
void give_back(struct give_back *held, double now);

#endif
