/*
 * What a service manager leaves in the environment: taken, judged, and gone
 * before any child.  Each case runs in a process of its own, whose
 * descriptors from 3 on are the test's.
 */
#include "build_config.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "service.h"
#include "unit.h"
#include "unit_log.h"

#define FIRST 3
#define HELD(condition) do { if (!(condition)) _exit(__LINE__ % 200 + 1); } while (0)

/* Descriptors 3, 4, … as a manager hands them over. */
static void
hand_over(unsigned count, const char *names)
{
	char text[16];

	close_range(FIRST, ~0u, 0);
	for (unsigned i = 0; i < count; i++)
		HELD(memfd_create("handed", 0) == FIRST + (int)i);
	snprintf(text, sizeof(text), "%u", count);
	setenv("LISTEN_FDS", text, 1);
	snprintf(text, sizeof(text), "%d", (int)getpid());
	setenv("LISTEN_PID", text, 1);
	if (names != NULL)
		setenv("LISTEN_FDNAMES", names, 1);
}

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

static void
in_a_process_of_its_own(void (*act)(void))
{
	int status = 0;
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		log_set(unit_quiet, LEVEL_ERROR);
		act();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#define CASE(name) \
	static void name##_act(void); \
	static void \
	name(void **state) \
	{ \
		(void)state; \
		in_a_process_of_its_own(name##_act); \
	} \
	static void \
	name##_act(void)

CASE(descriptors_are_taken_by_name_and_the_others_closed)
{
	struct service *s;

	hand_over(4, "a:mine::mine");
	s = service_new();
	HELD(service_take_fd(s, "mine") == FIRST + 1);
	HELD(service_take_fd(s, "mine") == FIRST + 3);
	HELD(service_take_fd(s, "mine") == -1);
	HELD(fcntl(FIRST + 1, F_GETFD) == FD_CLOEXEC);
	service_close_fds(s);
	HELD(!is_open(FIRST) && is_open(FIRST + 1) && !is_open(FIRST + 2) && is_open(FIRST + 3));
	service_free(s);
	HELD(is_open(FIRST + 1));
}

CASE(names_may_be_missing_too_few_too_many_or_too_long)
{
	char names[600];
	struct service *s;

	hand_over(2, NULL);
	s = service_new();
	HELD(service_take_fd(s, "mine") == -1 && service_take_fd(s, "") == FIRST);
	service_free(s);
	memset(names, 'x', 500);
	strcpy(names + 500, ":mine:more:and:more");
	hand_over(2, names);
	s = service_new();
	HELD(service_take_fd(s, "mine") == FIRST + 1 && service_take_fd(s, "more") == -1);
	service_free(s);
}

CASE(a_descriptor_that_is_not_there_is_left_out)
{
	struct service *s;

	hand_over(2, "mine:b");
	close(FIRST);
	s = service_new();
	HELD(service_take_fd(s, "mine") == -1 && service_take_fd(s, "b") == FIRST + 1);
	service_free(s);
}

CASE(what_is_meant_for_another_process_is_left_alone)
{
	struct service *s;

	hand_over(1, "mine");
	setenv("LISTEN_PID", "1", 1);
	s = service_new();
	HELD(service_take_fd(s, "mine") == -1);
	service_close_fds(s);
	service_free(s);
	HELD(is_open(FIRST) && fcntl(FIRST, F_GETFD) == 0);
	HELD(getenv("LISTEN_PID") == NULL && getenv("LISTEN_FDNAMES") == NULL);
}

CASE(nothing_stays_in_the_environment)
{
	static const char *const names[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID",
	    "LISTEN_FDNAMES", "FDSTORE", "LISTEN_PIDFDID", "NOTIFYACCESS"};

	for (size_t i = 0; i < LENGTH(names); i++)
		setenv(names[i], "1", 1);
	service_free(service_new());
	for (size_t i = 0; i < LENGTH(names); i++)
		HELD(getenv(names[i]) == NULL);
}

CASE(a_number_that_is_none_counts_as_not_there)
{
	static const char *const wrong[] = {"", "x", "-1", "+1", " 1", "1 ", "1x", "0x10", "99999999999999999999", "65"};

	for (size_t i = 0; i < LENGTH(wrong); i++) {
		struct service *s;

		hand_over(1, "mine");
		setenv("LISTEN_FDS", wrong[i], 1);
		s = service_new();
		HELD(service_take_fd(s, "mine") == -1);
		service_free(s);
	}
}

CASE(without_a_manager_everything_is_well_and_nothing_is_done)
{
	struct service *s;

	unsetenv("NOTIFY_SOCKET");
	setenv("WATCHDOG_USEC", "1000000", 1);
	s = service_new();
	HELD(!service_listens(s) && service_watchdog(s) == 0);
	HELD(service_say(s, "READY=1") == 0 && service_store_fd(s, "mine", 0, true) == 0);
	service_alive(s);
	service_free(s);
}

/* Listens at an abstract address of the kernel's choice, which goes into the environment. */
static int
manager(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	socklen_t len = sizeof(a);
	char name[sizeof(a.sun_path) + 1] = "@";
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	HELD(bind(fd, (struct sockaddr *)&a, sizeof(sa_family_t)) == 0);
	HELD(getsockname(fd, (struct sockaddr *)&a, &len) == 0);
	memcpy(name + 1, a.sun_path + 1, len - sizeof(sa_family_t) - 1);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static bool
heard(int fd, const char *expected)
{
	char text[SERVICE_TEXT_MAX + 1] = "";
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

	return n == (ssize_t)strlen(expected) && strcmp(text, expected) == 0;
}

CASE(a_stored_descriptor_takes_the_place_of_the_one_before)
{
	int fd = manager();
	struct service *s = service_new();

	HELD(service_store_fd(s, "mine", 0, false) == 0 && heard(fd, "FDSTORE=1\nFDNAME=mine"));
	HELD(service_store_fd(s, "mine", 0, true) == 0);
	HELD(heard(fd, "FDSTOREREMOVE=1\nFDNAME=mine") && heard(fd, "FDSTORE=1\nFDNAME=mine"));
	service_free(s);
}

CASE(a_manager_that_went_away_is_an_error_and_one_that_came_back_is_heard_again)
{
	int fd = manager();
	char address[128];
	struct service *s;
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	socklen_t len;

	snprintf(address, sizeof(address), "%s", getenv("NOTIFY_SOCKET"));
	s = service_new();
	close(fd);
	HELD(service_say(s, "STATUS=x") == -1);
	strcpy(a.sun_path + 1, address + 1);
	len = (socklen_t)(sizeof(sa_family_t) + strlen(address));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	HELD(bind(fd, (struct sockaddr *)&a, len) == 0);
	HELD(service_say(s, "STATUS=%s", "y") == 0 && heard(fd, "STATUS=y"));
	service_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptors_are_taken_by_name_and_the_others_closed),
		cmocka_unit_test(names_may_be_missing_too_few_too_many_or_too_long),
		cmocka_unit_test(a_descriptor_that_is_not_there_is_left_out),
		cmocka_unit_test(what_is_meant_for_another_process_is_left_alone),
		cmocka_unit_test(nothing_stays_in_the_environment),
		cmocka_unit_test(a_number_that_is_none_counts_as_not_there),
		cmocka_unit_test(without_a_manager_everything_is_well_and_nothing_is_done),
		cmocka_unit_test(a_stored_descriptor_takes_the_place_of_the_one_before),
		cmocka_unit_test(a_manager_that_went_away_is_an_error_and_one_that_came_back_is_heard_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
