/*
 * The lines of an answer, gathered into one document:
 * {"signals": […], "roles": […], "status": {…}}, or
 * {"explain": {…}, "history": […]}.
 */
#ifndef WATCHDOG_CTL_GATHER_H
#define WATCHDOG_CTL_GATHER_H

#include <cjson/cJSON.h>

enum gathered {
	GATHER_MORE,  /* the line belongs to the document */
	GATHER_FRAME, /* the document is whole, another follows */
	GATHER_END,   /* the document is whole, and this was the end */
	GATHER_BAD    /* not a line of an answer, far too long an answer, or memory is short */
};

struct gather {
	cJSON *document; /* NULL = nothing yet */
	cJSON *end;      /* the last line, after GATHER_END */
	size_t taken;    /* bytes of the document's lines */
};

/* Take a line.  Its texts are made clean as utf8_clean() does, for a terminal. */
enum gathered gather_line(struct gather *g, const char *line);

/* Forget the document, for the next one; or everything. */
void gather_next(struct gather *g);
void gather_free(struct gather *g);

#endif
