/*
 * A child's part of the log: a bucket of bytes, that fills again.  Pure.
 */
#include "build_config.h"

#include <math.h>

#include "log_quota.h"

bool
log_quota_take(struct log_quota *q, size_t len, double now, bool *first)
{
	q->used = fmax(0, q->used - fmax(0, now - q->at) * LOG_QUOTA_RATE);
	q->at = now;
	q->told = q->told && q->used > LOG_QUOTA_BURST / 2;
	if (q->used + (double)len <= LOG_QUOTA_BURST) {
		q->used += (double)len;
		*first = false;
		return true;
	}
	*first = !q->told;
	q->told = true;
	return false;
}
