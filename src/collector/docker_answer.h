/*
 * One HTTP answer of docker's, taken in while it arrives: the head, then
 * either a list cut into its elements or, when the status is not 200, the
 * error's text.  Pure.
 */
#ifndef WATCHDOG_DOCKER_ANSWER_H
#define WATCHDOG_DOCKER_ANSWER_H

#include "docker_head.h"
#include "docker_list.h"

struct docker_answer;

/*
 * element: called for each element of a list; NULL: no list is expected, the
 * body is of no interest.  Returns NULL if memory is short.
 */
struct docker_answer *docker_answer_new(docker_list_cb *element, void *ctx);
void docker_answer_free(struct docker_answer *a); /* NULL is fine */

/* The next bytes.  False: the answer is nonsense, docker_answer_wrong() says why, and nothing more may be fed. */
bool docker_answer_feed(struct docker_answer *a, const char *bytes, size_t len);

/*
 * After the last byte, or after a feed that failed: what is wrong with the
 * answer, for a person; NULL = nothing, and it is whole.
 */
const char *docker_answer_wrong(struct docker_answer *a);

/* The head; status 0 if it has not come. */
const struct docker_head *docker_answer_head(const struct docker_answer *a);

/* Elements that could not be read. */
uint32_t docker_answer_skipped(const struct docker_answer *a);

#endif
