/*
 * Reasons in Russian; and that what the table translates is still said by
 * somebody.
 */
#include "build_config.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "reason_text.h"
#include "unit.h"

static const char *
in(enum language lang, const char *english)
{
	static char buf[2048];
	struct strbuf out = STRBUF_IN(buf);

	buf[0] = '\0';
	reason_say(&out, lang, english);
	return buf;
}

static void
reasons_are_said_in_russian(void **state)
{
	static const char *const rows[][2] = {
		{"connection refused", "соединение отклонено"},
		{"Connection refused", "соединение отклонено"},
		{"no answer in 5 s", "нет ответа за 5 с"},
		{"no answer in 0.5 s", "нет ответа за 0.5 с"},
		{"name look-up: Name or service not known", "поиск адреса: такого имени нет"},
		{"certificate: certificate has expired", "сертификат: срок истёк"},
		{"status 503", "статус 503"},
		{"no socket", "нет сокета"},
		{"not looked at: /data does not answer", "не проверен: не отвечает /data"},
		{"was killed by SIGKILL (it does not answer)", "завершён сигналом SIGKILL (не отвечает)"},
		{"was killed by SIGSEGV", "завершён сигналом SIGSEGV"},
		{"permission denied: the daemon's user is not in group docker, which owns the socket",
		    "нет прав: пользователь демона не в группе docker, которой принадлежит сокет"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		assert_string_equal(in(LANGUAGE_RU, rows[i][0]), rows[i][1]);
		assert_string_equal(in(LANGUAGE_EN, rows[i][0]), rows[i][0]);
	}
}

static void
what_others_say_stays_as_it_is(void **state)
{
	static const char *const rows[] = {
		"", "*", "{1}", "no answer in", "answer", "boom <b>", "no answer in 5 seconds", "connection refused by the proxy", " s",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		assert_string_equal(in(LANGUAGE_RU, rows[i]), rows[i]);
}

/* A server's text has no end of stars and statuses in it. */
static void
a_reason_that_contains_itself_ends(void **state)
{
	char text[8192] = "", *at = text;

	(void)state;
	for (size_t i = 0; i < 300; i++)
		at += sprintf(at, "status name look-up: ");
	assert_true(strlen(in(LANGUAGE_RU, text)) > 0);
	assert_string_equal(in(LANGUAGE_RU, "status status status status 1"), "статус статус статус status 1");
}

/* --- is it said? --- */

static const char *const sources[] = {
	"src/net/http_event.c", "src/net/http_transfer.c", "src/net/http_curl_failure.c", "src/net/resolve.c", "src/collector/deps.c",
	"src/collector/metrics.c", "src/collector/envelope.c", "src/collector/docker.c", "src/collector/docker_end.c",
	"src/collector/docker_answer.c", "src/collector/host.c", "src/parent/children.c", "src/parent/beat.c",
};

/* X509_verify_cert_error_string(3). */
static const char *const of_openssl[] = {
	"certificate has expired", "self-signed certificate", "unable to get local issuer certificate",
};

static bool
source_says(const char *name, const char *part, size_t len)
{
	char path[4096], *text = calloc(1, 1 << 20);
	bool found;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", getenv("TOP_SRCDIR") == NULL ? "." : getenv("TOP_SRCDIR"), name);
	if ((f = fopen(path, "r")) == NULL)
		fail_msg("%s cannot be read", path);
	assert_true(fread(text, 1, (1 << 20) - 1, f) > 0);
	fclose(f);
	found = memmem(text, strlen(text), part, len) != NULL;
	free(text);
	return found;
}

static bool
library_says(const char *text)
{
	for (int i = 1; i < 134; i++)
		if (strcasecmp(strerror(i), text) == 0)
			return true;
	for (int i = -12; i < 0; i++)
		if (strcasecmp(gai_strerror(i), text) == 0)
			return true;
	for (size_t i = 0; i < LENGTH(of_openssl); i++)
		if (strcmp(of_openssl[i], text) == 0)
			return true;
	return false;
}

static bool
somebody_says(const char *part, size_t len)
{
	for (size_t i = 0; i < LENGTH(sources); i++)
		if (source_says(sources[i], part, len))
			return true;
	return false;
}

static void
each_reason_is_one_that_somebody_says(void **state)
{
	const struct reason *r;

	(void)state;
	for (size_t i = 0; (r = reason_at(i)) != NULL; i++) {
		if (library_says(r->english))
			continue;
		for (const char *part = r->english; *part != '\0'; part += strspn(part, "*")) {
			size_t len = strcspn(part, "*");

			if (!somebody_says(part, len))
				fail_msg("nobody says \"%.*s\"", (int)len, part);
			part += len;
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reasons_are_said_in_russian),
		cmocka_unit_test(what_others_say_stays_as_it_is),
		cmocka_unit_test(a_reason_that_contains_itself_ends),
		cmocka_unit_test(each_reason_is_one_that_somebody_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
