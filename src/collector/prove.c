/*
 * The collector's part of watchdog -T.  docker's answer is as hostile here as
 * anywhere: it is capped, and must be JSON with a version.
 */
#include "build_config.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "docker_head.h"
#include "prove.h"

#define ANSWER_MAX (64u << 10)

static struct {
	struct role *role;
	char memory[TEXT_MAX_LEN];
	char answer[ANSWER_MAX + 1];
	size_t len;
} proof;

static bool
on_bytes(void *ctx, const char *bytes, size_t len)
{
	(void)ctx;
	if (len > ANSWER_MAX - proof.len)
		len = ANSWER_MAX - proof.len;
	memcpy(proof.answer + proof.len, bytes, len);
	proof.len += len;
	return true;
}

/* Returns NULL and the engine's version, or what is wrong. */
static const char *
read_version(char *version, size_t cap)
{
	struct docker_head head;
	const char *why = "the answer is not complete";
	int at = docker_head_parse(&head, proof.answer, proof.len, &why);
	cJSON *json;
	const cJSON *v;

	if (at <= 0)
		return why;
	if (head.status != 200)
		return "the answer to /version is not 200";
	json = cJSON_Parse(proof.answer + at);
	v = cJSON_GetObjectItemCaseSensitive(json, "Version");
	if (cJSON_IsString(v))
		snprintf(version, cap, "%s", v->valuestring);
	why = cJSON_IsString(v) ? NULL : "the answer to /version has no Version";
	cJSON_Delete(json);
	return why;
}

static void
on_end(void *ctx, const struct msg_gate_end *end)
{
	char version[64];
	const char *why;

	(void)ctx;
	if (end->how == GATE_NO_SOCKET && !proof.role->config.containers_given)
		role_proved(proof.role, PROOF_HOLDS, "%s; docker skipped: no socket", proof.memory);
	else if (end->how != GATE_COMPLETE)
		role_proved(proof.role, PROOF_FAILED, "%s; docker: %s", proof.memory, end->error == 0 ? "no answer" : strerror(end->error));
	else if ((why = read_version(version, sizeof(version))) != NULL)
		role_proved(proof.role, PROOF_FAILED, "%s; docker: %s", proof.memory, why);
	else
		role_proved(proof.role, PROOF_HOLDS, "%s; docker %s", proof.memory, version);
}

void
prove_start(struct role *role, struct gate_client *gate, const struct host *host)
{
	static const struct gate_sink sink = {.bytes = on_bytes, .end = on_end};
	char error[TEXT_MAX_LEN / 2];
	double pct = host_read_mem(host, error, sizeof(error));

	proof.role = role;
	if (error[0] != '\0') {
		role_proved(role, PROOF_FAILED, "%s", error);
		return;
	}
	snprintf(proof.memory, sizeof(proof.memory), "memory %.0f %% used", pct);
	if (role->config.containers.n == 0)
		role_proved(role, PROOF_HOLDS, "%s; docker skipped: it is off", proof.memory);
	else if (gate_call_start(gate, &(struct msg_gate_ask){.op = GATE_VERSION}, &sink, NULL) == NULL)
		role_proved(role, PROOF_FAILED, "the gate cannot be asked");
}
