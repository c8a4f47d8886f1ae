/*
 * URLs of the configuration: what is taken, what comes of it, what is refused.
 */
#include "build_config.h"

#include <string.h>

#include "unit.h"
#include "url.h"

#define ANY (URL_SCHEME(SCHEME_HTTP) | URL_SCHEME(SCHEME_HTTPS) | URL_SCHEME(SCHEME_TCP))

static void
scheme_host_and_port_are_split_off(void **state)
{
	static const struct {
		const char *text;
		unsigned schemes;
		enum url_scheme scheme;
		const char *host;
		uint16_t port;
	} rows[] = {
		{"http://app/metrics", ANY, SCHEME_HTTP, "app", 80},
		{"https://app", ANY, SCHEME_HTTPS, "app", 443},
		{"HTTPS://App.Example.ORG:8443/x?y=1", ANY, SCHEME_HTTPS, "app.example.org", 8443},
		{"http://app?x", ANY, SCHEME_HTTP, "app", 80},
		{"http://my_app-1.net.:80/", ANY, SCHEME_HTTP, "my_app-1.net.", 80},
		{"tcp://10.0.0.5:5672", ANY, SCHEME_TCP, "10.0.0.5", 5672},
		{"tcp://db:1/", ANY, SCHEME_TCP, "db", 1},
		{"tcp://[::1]:65535", ANY, SCHEME_TCP, "::1", 65535},
		{"http://[2001:DB8::1]/", ANY, SCHEME_HTTP, "2001:db8::1", 80},
		{"http://user:p@ss@app:8080/", ANY, SCHEME_HTTP, "app", 8080},
		{"http://app/a@b:99", ANY, SCHEME_HTTP, "app", 80},
		{"socks5h://u:p@proxy:1080", URL_SCHEMES_PROXY, SCHEME_SOCKS5H, "proxy", 1080},
		{"http://proxy:3128/", URL_SCHEMES_PROXY, SCHEME_HTTP, "proxy", 3128},
	};
	struct url u = {0};
	char why[160];

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		if (url_parse(&u, rows[i].text, rows[i].schemes, why, sizeof(why)) == -1)
			fail_msg("%s: %s", rows[i].text, why);
		assert_string_equal(u.url, rows[i].text);
		assert_int_equal(u.scheme, rows[i].scheme);
		assert_string_equal(u.host, rows[i].host);
		assert_int_equal(u.port, rows[i].port);
	}
	url_free(&u);
	assert_null(u.url);
}

#define NO_HOST "expected a host name, an IPv4 address or an IPv6 address in brackets"
#define NO_URL "expected a URL without spaces, # or characters that must be percent-encoded"

static void
what_is_no_such_url_is_refused_and_the_reason_says_what_is_expected(void **state)
{
	static const struct {
		const char *text;
		unsigned schemes;
		const char *why;
	} rows[] = {
		{"", ANY, "expected http://... or https://... or tcp://..."},
		{"app:80", ANY, "expected http://... or https://... or tcp://..."},
		{"ftp://app/", ANY, "expected http://... or https://... or tcp://..."},
		{"socks5h://p:1", ANY, "expected http://... or https://... or tcp://..."},
		{"https://proxy:1", URL_SCHEMES_PROXY, "expected http://... or socks5h://..."},
		{"http://", ANY, NO_HOST},
		{"http:///x", ANY, NO_HOST},
		{"http://user@/", ANY, NO_HOST},
		{"http://:80", ANY, NO_HOST},
		{"http://a..b", ANY, NO_HOST},
		{"http://-a", ANY, NO_HOST},
		{"http://a-.b", ANY, NO_HOST},
		{"http://a*b", ANY, NO_HOST},
		{"http://10.0.0.256", ANY, NO_HOST},
		{"http://127.1", ANY, NO_HOST},
		{"http://0x7f000001", ANY, NO_HOST},
		{"http://::1/", ANY, NO_HOST},
		{"http://[::1", ANY, NO_HOST},
		{"http://[app]", ANY, NO_HOST},
		{"http://[::1]x", ANY, NO_HOST},
		{"http://[fe80::1%25eth0]/", ANY, NO_HOST},
		{"http://app:", ANY, "expected a port from 1 to 65535"},
		{"http://app:0", ANY, "expected a port from 1 to 65535"},
		{"http://app:65536", ANY, "expected a port from 1 to 65535"},
		{"http://app:000080", ANY, "expected a port from 1 to 65535"},
		{"http://app:8o", ANY, "expected a port from 1 to 65535"},
		{"http://app:80:80", ANY, "expected a port from 1 to 65535"},
		{"tcp://db", ANY, "expected host:port"},
		{"socks5h://proxy", URL_SCHEMES_PROXY, "expected host:port"},
		{"http://proxy", URL_SCHEMES_PROXY, "expected host:port"},
		{"http://proxy:1/x", URL_SCHEMES_PROXY, "expected nothing after host:port"},
		{"tcp://db:1/x", ANY, "expected nothing after host:port"},
		{"tcp://db:1?x", ANY, "expected nothing after host:port"},
		{"tcp://u:p@db:1", ANY, "expected no user or password in such a URL"},
		{"http://a b/", ANY, NO_URL},
		{"http://a/#x", ANY, NO_URL},
		{"http://a\\@b/", ANY, NO_URL},
		{"http://a/\r\nX: y", ANY, NO_URL},
		{"http://пример.рф/", ANY, NO_URL},
	};
	struct url u = {0};
	char why[160];

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		if (url_parse(&u, rows[i].text, rows[i].schemes, why, sizeof(why)) != -1)
			fail_msg("%s was taken", rows[i].text);
		assert_string_equal(why, rows[i].why);
		assert_null(u.url);
	}
}

static void
a_label_has_at_most_63_bytes_and_a_name_253(void **state)
{
	char text[400] = "http://", why[160];
	struct url u = {0};

	(void)state;
	memset(text + 7, 'a', 63);
	assert_int_equal(url_parse(&u, text, ANY, why, sizeof(why)), 0);
	text[7 + 63] = 'a';
	assert_int_equal(url_parse(&u, text, ANY, why, sizeof(why)), -1);
	for (size_t i = 7; i < 7 + 253; i++)
		text[i] = i % 2 == 0 ? '.' : 'a';
	assert_int_equal(url_parse(&u, text, ANY, why, sizeof(why)), 0);
	strcat(text, ".a");
	assert_int_equal(url_parse(&u, text, ANY, why, sizeof(why)), -1);
	url_free(&u);
}

static void
a_refused_url_leaves_the_old_one(void **state)
{
	struct url u = {0};
	char why[160];

	(void)state;
	assert_int_equal(url_parse(&u, "http://old:1/", ANY, why, sizeof(why)), 0);
	assert_int_equal(url_parse(&u, "http://new:0/", ANY, why, sizeof(why)), -1);
	assert_string_equal(u.host, "old");
	assert_int_equal(u.port, 1);
	url_free(&u);
}

static void
literal_addresses_are_told_from_names(void **state)
{
	(void)state;
	assert_true(url_host_is_literal("127.0.0.1"));
	assert_true(url_host_is_literal("::1"));
	assert_false(url_host_is_literal("localhost"));
	assert_false(url_host_is_literal("127.1"));
	assert_false(url_host_is_literal("[::1]"));
}

static void
who_connects_is_masked_in_any_text(void **state)
{
	static const char *const rows[][2] = {
		{"http://u:p@host/x", "http://***@host/x"},
		{"http://u:p@ss@host", "http://***@host"},
		{"a=http://u:p@h1,b=tcp://h2:1 c=https://v@h3/?q", "a=http://***@h1,b=tcp://h2:1 c=https://***@h3/?q"},
		{"http://u:p,q@host:1", "http://***@host:1"},
		{"a=http://h1,b=http://u:p@h2", "a=http://h1,b=http://***@h2"},
		{"http://host/a@b", "http://host/a@b"},
		{"no url at all @", "no url at all @"},
		{"://@", "://***@"},
		{"", ""},
	};
	char masked[100];

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		assert_int_equal(url_mask(masked, sizeof(masked), rows[i][0]), 0);
		assert_string_equal(masked, rows[i][1]);
	}
	assert_int_equal(url_mask(masked, 4, "abc"), 0);
	assert_int_equal(url_mask(masked, 3, "abc"), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scheme_host_and_port_are_split_off),
		cmocka_unit_test(what_is_no_such_url_is_refused_and_the_reason_says_what_is_expected),
		cmocka_unit_test(a_label_has_at_most_63_bytes_and_a_name_253),
		cmocka_unit_test(a_refused_url_leaves_the_old_one),
		cmocka_unit_test(literal_addresses_are_told_from_names),
		cmocka_unit_test(who_connects_is_masked_in_any_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
