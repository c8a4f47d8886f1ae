/*
 * The table of reasons.  Trusts nothing of a reason but that it is clean
 * text: it is looked up, and what stands in a '*' is looked up in its turn.
 */
#include "build_config.h"

#include <string.h>
#include <strings.h>

#include "reason_text.h"

#define DEPTH_MAX 3

static const struct reason reasons[] = {
	/* of connections */
	{"connection refused", "соединение отклонено"},
	{"connection reset by peer", "соединение сброшено"},
	{"no route to host", "нет маршрута до узла"},
	{"network is unreachable", "сеть недоступна"},
	{"connection timed out", "соединение не установлено вовремя"},
	{"cannot connect", "не удалось соединиться"},
	{"no answer in * s", "нет ответа за {1} с"},
	{"closed without an answer", "закрыто без ответа"},
	{"the connection broke", "соединение оборвалось"},
	{"the connection broke before the request", "соединение оборвалось до запроса"},
	{"name look-up: *", "поиск адреса: {1}"},
	{"name or service not known", "такого имени нет"},
	{"temporary failure in name resolution", "сервер имён сейчас не отвечает"},
	{"no address associated with hostname", "у имени нет адреса"},
	{"the resolver does not answer", "watchdog-resolver не отвечает"},
	{"no answer from a name server in time", "сервер имён не ответил вовремя"},
	{"certificate: *", "сертификат: {1}"},
	{"it is for another host name", "выдан на другое имя"},
	{"certificate has expired", "срок истёк"},
	{"self-signed certificate", "подписан сам собой"},
	{"unable to get local issuer certificate", "неизвестно, кем выдан"},

	/* of answers */
	{"status *", "статус {1}"},
	{"the answer ended early", "ответ оборвался"},
	{"the answer is not HTTP", "ответ не по HTTP"},
	{"the answer is too large", "ответ слишком большой"},
	{"too large: over * MiB", "больше {1} МиБ"},
	{"not JSON", "не JSON"},
	{"not a JSON object", "не объект JSON"},

	/* of docker */
	{"no socket", "нет сокета"},
	{"no socket: docker is not running, or WATCHDOG_DOCKER_SOCK names another file",
	    "нет сокета: docker не запущен, или в WATCHDOG_DOCKER_SOCK другой файл"},
	{"permission denied: the daemon's user is not in group *, which owns the socket",
	    "нет прав: пользователь демона не в группе {1}, которой принадлежит сокет"},
	{"permission denied: the socket is its owner's alone, so the daemon must run as that user",
	    "нет прав: сокет доступен только владельцу, демон должен работать от его имени"},
	{"no complete answer in * s", "нет полного ответа за {1} с"},
	{"no answer to /version in * s: the engine or its containerd hangs", "нет ответа на /version за {1} с: завис docker или containerd"},
	{"incomplete reply", "ответ неполный"},
	{"too many requests at once", "слишком много запросов сразу"},
	{"its list came faster than it could be taken in", "его список приходил быстрее, чем его успевали принять"},

	/* of files and of what this host has too little of */
	{"does not answer", "не отвечает"},
	{"not looked at: * does not answer", "не проверен: не отвечает {1}"},
	{"not looked at: the prober is being started", "не проверен: процесс проверки ещё запускается"},
	{"its file system has no blocks", "у файловой системы нет блоков"},
	{"permission denied", "нет прав"},
	{"input/output error", "ошибка ввода-вывода"},
	{"too many open files", "слишком много открытых файлов"},
	{"too many open files in system", "слишком много открытых файлов в системе"},
	{"cannot allocate memory", "не хватает памяти"},
	{"out of memory", "не хватает памяти"},
	{"no buffer space available", "не хватает места в буферах"},
	{"cannot assign requested address", "нет свободного порта или адреса"},

	/* of our own processes */
	{"was killed by * (*)", "завершён сигналом {1} ({2})"},
	{"was killed by *", "завершён сигналом {1}"},
	{"ended with status * (*)", "завершился с кодом {1} ({2})"},
	{"ended with status *", "завершился с кодом {1}"},
	{"it does not answer", "не отвечает"},
	{"it was not ready in time", "не успел запуститься"},
	{"its call did not return", "вызов не вернулся"},
	{"it closed its link", "закрыл соединение"},
};

#define REASONS (sizeof(reasons) / sizeof(reasons[0]))

struct piece {
	const char *p;
	size_t len;
};

const struct reason *
reason_at(size_t i)
{
	return i < REASONS ? &reasons[i] : NULL;
}

/* Where the part of a pattern up to its next star stands in text, NULL = nowhere; the last part must end it. */
static const char *
find_part(const char *text, const char *part, size_t len, bool last)
{
	size_t have = strlen(text);

	if (last)
		return have >= len && strncasecmp(text + have - len, part, len) == 0 ? text + have - len : NULL;
	for (; have >= len; text++, have--)
		if (strncasecmp(text, part, len) == 0)
			return text;
	return NULL;
}

/* Whether text is what the pattern says; what its stars stand for goes into star. */
static bool
match(const char *pattern, const char *text, struct piece star[REASON_STARS_MAX])
{
	size_t len = strcspn(pattern, "*"), n = 0;

	if (strncasecmp(text, pattern, len) != 0)
		return false;
	text += len;
	while (pattern[len] == '*' && n < REASON_STARS_MAX) {
		const char *found;

		pattern += len + 1;
		len = strcspn(pattern, "*");
		if ((found = find_part(text, pattern, len, pattern[len] == '\0')) == NULL)
			return false;
		star[n++] = (struct piece){text, (size_t)(found - text)};
		text = found + len;
	}
	return *text == '\0' && pattern[len] == '\0';
}

static void say(struct strbuf *out, const char *english, size_t len, unsigned depth);

/* The Russian of a reason, its {1} {2} replaced. */
static void
fill_in(struct strbuf *out, const char *russian, const struct piece *star, unsigned depth)
{
	const char *brace;

	for (; (brace = strchr(russian, '{')) != NULL; russian = brace + 3) {
		const struct piece *s = &star[brace[1] - '1'];

		strbuf_add(out, russian, (size_t)(brace - russian));
		say(out, s->p, s->len, depth + 1);
	}
	strbuf_puts(out, russian);
}

static void
say(struct strbuf *out, const char *english, size_t len, unsigned depth)
{
	struct piece star[REASON_STARS_MAX] = {{"", 0}};
	char text[1024];

	if (depth < DEPTH_MAX && len < sizeof(text)) {
		memcpy(text, english, len);
		text[len] = '\0';
		for (size_t i = 0; i < REASONS; i++) {
			if (!match(reasons[i].english, text, star))
				continue;
			fill_in(out, reasons[i].russian, star, depth);
			return;
		}
	}
	strbuf_add(out, english, len);
}

void
reason_say(struct strbuf *out, enum language lang, const char *english)
{
	if (lang == LANGUAGE_RU)
		say(out, english, strlen(english), 0);
	else
		strbuf_puts(out, english);
}
