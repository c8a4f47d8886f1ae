/*
 * Docker's container list, cut into its elements while it arrives: memory
 * holds one element at a time, however long the list is.
 */
#ifndef WATCHDOG_DOCKER_LIST_H
#define WATCHDOG_DOCKER_LIST_H

#include <stdint.h>

#include "json_scan.h"

#define DOCKER_ELEMENT_MAX (256u << 10) /* bytes of one container's entry */

struct docker_list;

/* One element: a well-formed JSON object, valid during the call. */
typedef void docker_list_cb(void *ctx, struct span element);

/* NULL: memory is short. */
struct docker_list *docker_list_new(docker_list_cb *cb, void *ctx);
void docker_list_free(struct docker_list *l); /* NULL is fine */

/*
 * Feed the next len bytes, cut anywhere.  Elements are called back as they
 * end; one that is too long or not well-formed is skipped and counted.
 * Returns 0, or -1 if this is not an array of objects (or memory is short);
 * then nothing more may be fed.
 */
int docker_list_feed(struct docker_list *l, const char *bytes, size_t len);

/* True once the closing bracket has been seen: nothing is missing. */
bool docker_list_complete(const struct docker_list *l);

/* Elements skipped so far. */
uint32_t docker_list_skipped(const struct docker_list *l);

#endif
