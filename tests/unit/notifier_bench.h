/*
 * A bench for the notifier: the real program, with its parent and its brain
 * played by the test, and a scripted Telegram on loopback.
 */
#ifndef WATCHDOG_NOTIFIER_BENCH_H
#define WATCHDOG_NOTIFIER_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#define BENCH_TOKEN "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11"
#define BENCH_SECRET "ABC-DEF1234ghIkl"
#define BENCH_LOG_MAX 65536
#define BENCH_EVENTS_MAX 256
#define BENCH_REQUESTS_MAX 64

/* What the scripted Telegram does with a request. */
enum reaction {
	ANSWER,  /* the text, a whole HTTP answer */
	OK,      /* 200, ok: true, message_id: the number of the request */
	HANG,    /* nothing */
	RESET,   /* RST */
	TRUNCATE /* the text, then the end of the connection */
};

struct bench_request {
	char head[1024], body[8192];
	double when;
};

/* What the brain and the parent were told, in order. */
struct bench_event {
	unsigned type; /* enum message_type */
	double when;
	unsigned chat, why;
	uint64_t seq;
	int64_t number; /* message_id, new_id, ok, or whole seconds of flood_until */
	char text[1100];
};

struct bench {
	unsigned nrequests, nevents;
	struct bench_request requests[BENCH_REQUESTS_MAX];
	struct bench_event events[BENCH_EVENTS_MAX];
	char log[BENCH_LOG_MAX];
	bool ended;
	int status;
};

extern struct bench bench;

/* Start the program for a list of chats, or without token if chats is NULL; returns when it is READY. */
void bench_start(const char *chats);
/* The same with a server that nobody listens at. */
void bench_start_alone(const char *chats);
/* The same with somebody else's server, which speaks TLS; ca_fd, a PEM bundle, is taken over. */
void bench_start_tls(const char *chats, uint16_t server_port, int ca_fd);
/* STOP it, and hold what it said against the token.  Fails if it did not leave in good order. */
void bench_stop(void);

/* What the server does from now on, request by request; after the last one it says OK. */
void bench_script(enum reaction how, const char *text);
/* An answer of Telegram's. */
void bench_answer(int status, const char *headers, const char *body);

/* A (new) brain. */
void bench_link_brain(void);
void bench_unlink_brain(void);

/* What the brain and the parent send. */
void bench_message(uint64_t seq, unsigned chat, unsigned format, const char *text);
void bench_moved(unsigned chat, int64_t new_id);
void bench_retry(void);
void bench_test(const char *text);

/* Run until nevents of this type have come, or fail after seconds.  Returns the last of them. */
const struct bench_event *bench_wait(unsigned type, unsigned count, double seconds);
/* Run until so many requests have come, or fail. */
const struct bench_request *bench_wait_request(unsigned count, double seconds);
/* Just run. */
void bench_run(double seconds);

unsigned bench_count(unsigned type);
bool bench_logged(const char *text);

#endif
