/*
 * What comes back from Telegram, or from whoever stands in between: a byte
 * for how the transfer ended, one for the status, one for Retry-After, then
 * the body.
 */
#include "build_config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "fuzz.h"
#include "secret.h"
#include "telegram.h"
#include "updates.h"
#include "utf8.h"

#define TOKEN "123456:AAbbCCddEEffGGhhIIjjKKll"

static void
check_reply(const struct telegram_reply *reply)
{
	FUZZ_CHECK(reply->verdict < TELEGRAM_VERDICT_COUNT);
	fuzz_check_clean(reply->text, sizeof(reply->text) - 1);
	FUZZ_CHECK(reply->text[0] != '\0');
	FUZZ_CHECK(reply->message_id <= TELEGRAM_ID_MAX && reply->message_id >= -TELEGRAM_ID_MAX);
	FUZZ_CHECK(reply->new_id <= TELEGRAM_ID_MAX && reply->new_id >= -TELEGRAM_ID_MAX);
	FUZZ_CHECK((reply->verdict == TELEGRAM_MOVED) == (reply->new_id != 0));
	FUZZ_CHECK(reply->retry_after >= 0 && reply->retry_after <= TELEGRAM_WAIT_MAX);
	if (reply->verdict != TELEGRAM_DELIVERED)
		FUZZ_CHECK(telegram_failure(reply->verdict) < SEND_FAILURE_COUNT);
}

/* The same bytes as the answer to getUpdates. */
static void
check_updates(const struct http_result *result)
{
	static struct updates u;
	int rc = updates_read(&u, result);

	FUZZ_CHECK((rc == 0) == (u.error[0] == '\0'));
	FUZZ_CHECK(u.n <= UPDATES_CHATS_MAX && (rc == 0 || u.n == 0));
	fuzz_check_clean(u.error, sizeof(u.error) - 1);
	for (size_t i = 0; i < u.n; i++) {
		FUZZ_CHECK(u.chats[i].id != 0 && u.chats[i].kind < CHAT_KIND_COUNT);
		fuzz_check_clean(u.chats[i].name, sizeof(u.chats[i].name) - 1);
	}
}

/* The same bytes as a message to be sent: what Telegram gets is that, in JSON. */
static void
check_request(const char *text, unsigned how)
{
	static const char *const chats[] = {"-1001234567890:45", "@channel", "4711"};
	struct msg_message m = {.format = (uint8_t)(how % FORMAT_COUNT), .silent = how / 4 % 2 == 1, .reply_to = how / 8 % 2 == 0 ? 0 : 4711, .text = text};
	struct telegram_chat to;
	cJSON *o;
	char *body;

	if (!utf8_valid(text, strlen(text)))
		return;
	FUZZ_CHECK(telegram_chat_parse(&to, chats[how % 3]) == 0);
	FUZZ_CHECK((body = telegram_request(&to, &m)) != NULL);
	FUZZ_CHECK((o = cJSON_Parse(body)) != NULL);
	FUZZ_CHECK(strcmp(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, "text")), text) == 0);
	cJSON_Delete(o);
	free(body);
	/* And as a chat of the configuration. */
	if (telegram_chat_parse(&to, text) == 0)
		FUZZ_CHECK((to.id == 0) == (to.name[0] == '@') && to.thread >= 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const long statuses[] = {200, 400, 401, 403, 404, 413, 421, 429, 500, 502, 301, 204, 206, 999};
	struct http_result result = {0};
	struct telegram_reply reply;
	char *body;

	if (size < 3)
		return 0;
	body = fuzz_text(data + 3, size - 3);
	result.outcome = data[0] % (HTTP_TOO_LARGE + 1);
	result.error = data[0] >= 0x80 ? body : "";
	result.status = statuses[data[1] % (sizeof(statuses) / sizeof(statuses[0]))];
	result.location = (data[1] & 0x80) != 0 ? body : NULL;
	result.retry_after = data[2];
	result.body = body;
	result.body_len = size - 3;
	telegram_judge(&reply, &result);
	check_reply(&reply);
	FUZZ_CHECK(result.outcome != HTTP_ANSWERED || result.status == 200 || reply.verdict != TELEGRAM_DELIVERED);
	secret_scrub(reply.text, TOKEN);
	FUZZ_CHECK(strstr(reply.text, TOKEN) == NULL);
	check_updates(&result);
	check_request(body, data[1]);
	free(body);
	return 0;
}
