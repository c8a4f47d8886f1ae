/*
 * The parent: reads the configuration, starts and restarts the others, holds
 * docker.sock.  No byte from outside is parsed here.
 */
#include "build_config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "clock.h"
#include "confine.h"
#include "log.h"
#include "log_writer.h"
#include "loop.h"
#include "output.h"
#include "parent.h"
#include "self_test.h"
#include "spawn.h"
#include "standard_fds.h"
#include "surroundings.h"

#define LAST_LINES_S 1.0

void
tick_now(struct parent *p)
{
	if (p->child[ROLE_COLLECTOR].state == CHILD_RUNNING)
		SEND(p->child[ROLE_COLLECTOR].link, TICK, tick, 0, 0);
}

/* For the control socket: who takes a client, or why nobody does. */
static struct link *
brain_for_client(void *ctx, const char **why)
{
	struct parent *p = ctx;
	struct child *brain = &p->child[ROLE_BRAIN];

	*why = p->stopping ? "stopping" : !p->config.enabled ? "disabled" : "restarting";
	return brain->state == CHILD_RUNNING && !p->stopping ? brain->link : NULL;
}

static void
on_signal(evutil_socket_t sig, short what, void *arg)
{
	struct parent *p = arg;

	(void)what;
	if (sig == SIGCHLD) {
		children_reap(p);
	} else if (sig == SIGHUP && p->options.mode == MODE_DAEMON && !p->stopping) {
		reload(p);
	} else if (sig == SIGUSR1) {
		tick_now(p);
	} else if (sig == SIGTERM || sig == SIGINT) {
		log_info("%s: stopping", sig == SIGTERM ? "SIGTERM" : "SIGINT");
		parent_stop(p, 0);
	}
}

static void
on_beat(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	children_beat(arg);
}

/* Who starts us may have blocked or ignored some, and execve(2) keeps that. */
static void
take_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	if (signal(SIGCHLD, SIG_DFL) == SIG_ERR || sigprocmask(SIG_SETMASK, &none, NULL) == -1)
		fatal("signals");
}

/* What is sent before anybody listens waits until then: by itself it would end the daemon.  how: SIG_BLOCK or SIG_UNBLOCK. */
static void
hold_signals(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	if (sigprocmask(how, &set, NULL) == -1)
		fatal("sigprocmask");
}

static void
watch_signals(struct parent *p)
{
	static const int watched[] = {SIGCHLD, SIGHUP, SIGUSR1, SIGTERM, SIGINT};

	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof(watched) / sizeof(watched[0]); i++) {
		p->signals[i] = evsignal_new(p->base, watched[i], on_signal, p);
		if (p->signals[i] == NULL || event_add(p->signals[i], NULL) == -1)
			fatalx("signal handlers cannot be set up");
	}
	hold_signals(SIG_UNBLOCK);
}

static void
build(struct parent *p)
{
	struct timeval beat = clock_timeval(BEAT_S);
	struct control_daemon daemon = {brain_for_client, p};
	char why[256];

	p->started = clock_awake();
	if ((p->base = event_base_new()) == NULL || log_writer_start(p->base, p->config.log_format) == -1)
		fatalx("event loop: cannot be created");
	if (privileges_identity(&p->identity, &p->config, why, sizeof(why)) == -1) {
		log_error("%s", why);
		log_writer_stop(LAST_LINES_S);
		exit(EX_CONFIG);
	}
	if (spawn_init() == -1)
		fatal("%s", ROLEDIR);
	if (p->options.mode == MODE_DAEMON)
		p->control = control_new(&p->config, &p->identity);
	if (privileges_reduce_parent(&p->identity) == -1)
		fatal("privileges cannot be given up");
	/* Before the first child, who inherits it. */
	if (parent_confine(&p->config, ROLEDIR, &p->confined) == -1) {
		log_writer_stop(LAST_LINES_S);
		exit(EX_OSERR);
	}
	p->gate = gate_new(p->base, &p->config);
	p->give_up = evtimer_new(p->base, parent_on_give_up, p);
	p->beat = evtimer_new(p->base, on_beat, p);
	if (p->gate == NULL || manager_keeper(p) == -1 || p->give_up == NULL || p->beat == NULL || manager_start(p) == -1)
		fatalx("out of memory");
	if (control_serve(p->control, p->base, &daemon) == -1)
		fatalx("out of memory");
	loop_add(p->beat, &beat);
	watch_signals(p);
}

static void
say_start(const struct parent *p)
{
	if (p->options.mode != MODE_DAEMON)
		return;
	log_info("watchdog " PACKAGE_VERSION " starts on %s", p->config.host_name);
	if (!p->config.enabled)
		log_warning("WATCHDOG_ENABLED is false: nothing is watched");
	else if (p->chats == 0)
		log_warning("no WATCHDOG_TG_BOT_TOKEN and WATCHDOG_TG_CHAT_ID: messages go to this log as \"notify:\" lines");
	if (p->config.sandbox != SANDBOX_ENFORCE)
		log_warning("WATCHDOG_SANDBOX is not enforce: a process that is taken over is not held back");
}

static void
tear_down(struct parent *p)
{
	for (int i = 0; i < ROLE_COUNT; i++)
		if (p->child[i].timer != NULL)
			event_free(p->child[i].timer);
	for (size_t i = 0; i < sizeof(p->signals) / sizeof(p->signals[0]); i++)
		if (p->signals[i] != NULL)
			event_free(p->signals[i]);
	event_free(p->beat);
	if (p->alive != NULL)
		event_free(p->alive);
	event_free(p->give_up);
	gate_free(p->gate);
	state_file_free(p->state_file);
	control_free(p->control);
	keeper_free(p->keeper);
	service_free(p->service);
	log_writer_stop(LAST_LINES_S);
	event_base_free(p->base);
	config_free(&p->config);
	dead_paths_free(&p->dead_paths);
}

static int
run(struct parent *p)
{
	build(p);
	say_start(p);
	if (p->options.mode != MODE_DAEMON)
		parent_give_up_in(p, MODE_DEADLINE_S);
	children_start(p);
	manager_update(p);
	if (event_base_dispatch(p->base) == -1 || !p->stopping) {
		log_error("the event loop has ended by itself");
		p->exit_status = 1;
	}
	state_file_finish(p->state_file);
	if (p->options.mode == MODE_SELF_TEST)
		p->exit_status = self_test_print(p);
	tear_down(p);
	return p->exit_status;
}

/* -t without a channel, and the like: said at once, without starting anybody. */
static int
refuse_mode(const struct parent *p)
{
	if (p->options.mode == MODE_TEST_MESSAGE && p->chats == 0) {
		fprintf(stderr, "watchdog: no WATCHDOG_TG_BOT_TOKEN and WATCHDOG_TG_CHAT_ID: there is no channel to test\n");
		return 1;
	}
	if (p->options.mode == MODE_FIND_CHAT && p->chats == 0) {
		fprintf(stderr, "watchdog: no WATCHDOG_TG_BOT_TOKEN: there is no bot to ask\n");
		return 1;
	}
	if (p->options.mode != MODE_DAEMON && setup_roles(p) == 0) {
		fprintf(stderr, "watchdog: WATCHDOG_ENABLED is false: nothing is watched; expected true for -1 and -T\n");
		return p->options.mode == MODE_ONCE ? 2 : 1;
	}
	return 0;
}

/* What would keep the daemon from starting is an error here too. */
static int
check_config(struct parent *p)
{
	char why[256];

	log_set_level(LEVEL_WARNING);
	if (privileges_identity(&p->identity, &p->config, why, sizeof(why)) == -1) {
		log_error("%s", why);
		return EX_CONFIG;
	}
	config_print(&p->config, stdout);
	return 0;
}

static int
serve(int argc, char *argv[])
{
	static struct parent parent = {.secret_fd = -1, .untold = true};
	int rc = options_parse(&parent.options, argc, argv);

	if (rc != 0)
		return rc;
	log_set_journal(getenv("JOURNAL_STREAM"));
	if (parent.options.mode == MODE_HELP) {
		options_help();
		return 0;
	}
	if (parent.options.mode == MODE_VERSION) {
		printf("watchdog %s\n", PACKAGE_VERSION);
		return 0;
	}
	if (parent.options.mode == MODE_DAEMON)
		hold_signals(SIG_BLOCK);
	if ((parent.service = service_new()) == NULL)
		fatalx("out of memory");
	config_init(&parent.config);
	if ((rc = reload_first(&parent)) != 0)
		return rc;
	if (parent.options.mode == MODE_CHECK_CONFIG)
		return check_config(&parent);
	if ((rc = refuse_mode(&parent)) != 0 || (rc = surroundings_leave(&parent)) != 0)
		return rc;
	return run(&parent);
}

int
main(int argc, char *argv[])
{
	if (standard_fds_take() == -1)
		return EX_OSERR;
	take_signals();
	return output_end("watchdog", serve(argc, argv));
}
