/*
 * Lines of a recording.  The first byte says whether messages are wanted and
 * in which language.  Whatever they are, each line of output is whole.
 */
#include "build_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cjson/cJSON.h>

#include "config.h"
#include "fuzz.h"
#include "replay.h"
#include "utf8.h"

static struct config configs[2]; /* by language */

static void
set(struct config *c, const char *key, const char *value)
{
	char why[256];

	FUZZ_CHECK(config_set(c, key, value, why, sizeof(why)) == 0);
}

static void
init_configs(void)
{
	for (size_t i = 0; i < 2; i++) {
		config_init(&configs[i]);
		set(&configs[i], "WATCHDOG_LANG", i == 0 ? "en" : "ru");
		set(&configs[i], "WATCHDOG_CONTAINERS", i == 0 ? "*,api,web-?" : "api");
		set(&configs[i], "WATCHDOG_DEPS", "git=tcp://git.example:22,db=tcp://db.example:5432");
		set(&configs[i], "WATCHDOG_AGENT_STALL_S", "60");
		set(&configs[i], "WATCHDOG_COOLDOWN_S", "300");
		set(&configs[i], "WATCHDOG_DEPENDS", "dep:git>dep:db, container:api>container:web-1");
		if (i == 0)
			set(&configs[i], "WATCHDOG_MAINTENANCE", "Sun 03:00-04:00, Mon-Fri 23:50-00:10");
		FUZZ_CHECK(config_finish(&configs[i], NULL, NULL) == 0);
	}
}

static void
check_output(char *text, size_t len)
{
	FUZZ_CHECK(utf8_valid(text, len) && strlen(text) == len);
	FUZZ_CHECK(len == 0 || text[len - 1] == '\n');
	for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		cJSON *json = cJSON_ParseWithLength(line, (size_t)(end - line));

		FUZZ_CHECK(cJSON_IsObject(json) && cJSON_HasObjectItem(json, "now"));
		FUZZ_CHECK(cJSON_HasObjectItem(json, "key") != cJSON_HasObjectItem(json, "message"));
		cJSON_Delete(json);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = NULL;
	size_t len = 0;
	struct replay_options how = {0};
	FILE *in, *out;
	int rc;

	if (size < 2)
		return 0;
	if (configs[0].mem_ticks == 0)
		init_configs();
	fuzz_quiet_log();
	in = fmemopen((void *)(uintptr_t)(data + 1), size - 1, "r");
	out = open_memstream(&text, &len);
	FUZZ_CHECK(in != NULL && out != NULL);
	how.messages = data[0] % 2 == 1;
	how.anew = data[0] / 4 % 2 == 1;
	rc = replay_run(&configs[data[0] / 2 % 2], &how, in, out);
	FUZZ_CHECK(rc == EX_OK || rc == EX_DATAERR);
	fclose(in);
	fclose(out);
	check_output(text, len);
	free(text);
	return 0;
}
