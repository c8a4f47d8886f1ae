/*
 * The labels by which a container tunes its own signal: watchdog.enable,
 * .expect, .severity, .grace, .name.  Pure.
 */
#ifndef WATCHDOG_DOCKER_LABELS_H
#define WATCHDOG_DOCKER_LABELS_H

#include "json_scan.h"
#include "messages.h"

#define LABEL_SHOWN_MAX 64 /* bytes of a wrong value that a warning shows */

enum label_truth { LABEL_NOT_SAID, LABEL_TRUE, LABEL_FALSE };
enum docker_label { LABEL_ENABLE, LABEL_EXPECT, LABEL_SEVERITY, LABEL_GRACE, LABEL_NAME, LABEL_COUNT };

struct docker_labels {
	enum label_truth enable;
	enum container_expect expect;
	enum container_severity severity;
	double grace;                    /* seconds, 0 to CONTAINER_GRACE_MAX_S; NaN = not said */
	char name[NAME_MAX_LEN + 1];     /* "" = not said */
	unsigned bad;                    /* a bit for each docker_label that made no sense, and so counts as not said */
	char found[LABEL_COUNT][LABEL_SHOWN_MAX + 1]; /* what it was, if it is bad */
};

/* labels: the value of a list entry's Labels, whatever that is. */
void docker_labels_read(struct docker_labels *l, struct span labels);

/* Call back for each label that made no sense.  name: the container's, handed on. */
typedef void docker_label_cb(void *ctx, const char *name, const char *label, const char *expected, const char *found);
void docker_labels_complain(const struct docker_labels *l, const char *name, docker_label_cb *cb, void *ctx);

#endif
