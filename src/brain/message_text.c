/*
 * The table of texts and the few forms that are computed.  Trusts its
 * callers for clean UTF-8; knows nothing of signals.
 */
#include "build_config.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "message_text.h"

#define LANGUAGES (LANGUAGE_RU + 1)
#define ARGS_MAX 9
#define MINUTE 60.0
#define HOUR 3600.0
#define DAY 86400.0

static const char *const texts[TEXT_COUNT][LANGUAGES] = {
	[TEXT_ALERT] = {"{1}: {2}", "{1}: {2}"},
	[TEXT_REALERT] = {"{1}: still {2}, for {3}", "{1}: всё ещё {2}, уже {3}"},
	[TEXT_STILL] = {"{1}: still {2}", "{1}: всё ещё {2}"},
	[TEXT_RECOVERY] = {"{1}: recovered after {3}, {2}", "{1}: восстановление через {3}, {2}"},
	[TEXT_UNWATCHED] = {"{1}: no longer watched, it was alerting for {2}", "{1}: больше не под наблюдением, тревога длилась {2}"},
	[TEXT_GONE] = {"{1}: gone after {2}", "{1}: больше нет, тревога длилась {2}"},
	[TEXT_WAS_DOWN] = {"{1}: was down {2}–{3}", "{1}: не работал {2}–{3}"},
	[TEXT_WAS_OVER] = {"{1}: was over the mark {2}–{3}", "{1}: превышение порога {2}–{3}"},
	[TEXT_WAS_STALLED] = {"{1}: was stalled {2}–{3}", "{1}: стоял на месте {2}–{3}"},
	[TEXT_WAS_UNREADABLE] = {"{1}: could not be read {2}–{3}", "{1}: не читался {2}–{3}"},
	[TEXT_WAS_CUT_OFF] = {"{1}: this host's network was down {2}–{3}", "{1}: сеть этого хоста не работала {2}–{3}"},
	[TEXT_WAS_FAILING] = {"{1}: kept failing {2}–{3}", "{1}: падал {2}–{3}"},
	[TEXT_WAS_TOLD_LATE] = {", told late", ", сообщено с опозданием"},
	[TEXT_LATE] = {"told {1} late, at {2}", "с опозданием на {1}, отправлено в {2}"},
	[TEXT_COVERED] = {" ({1} covered)", " (скрыто: {1})"},
	[TEXT_NETWORK_DOWN] = {
		"this host's network is down: no dependency on it can be reached, nor Telegram",
		"сеть этого хоста не работает: недоступны все зависимости в сети и Telegram",
	},
	[TEXT_NETWORK_UP] = {"this host's network works", "сеть этого хоста работает"},
	[TEXT_FLAPPING] = {"🌀 {1}: {2}", "🌀 {1}: {2}"},
	[TEXT_FLAPS] = {
		"flapping, {1} in {2}; silent until it is steady for {3}",
		"состояние скачет, {1} за {2}; молчу, пока не будет стабильно {3}",
	},
	[TEXT_STEADY] = {", steady for {1}", ", стабильно уже {1}"},
	[TEXT_ACKED] = {"👤 {1}: acknowledged by {2}", "👤 {1}: принято, {2}"},
	[TEXT_WAS_ACKED] = {" (acknowledged by {1})", " (было принято, {1})"},
	[TEXT_SILENCED] = {"🔇 {1}: silenced for {2} by {3}", "🔇 {1}: не сообщать в течение {2}, {3}"},
	[TEXT_UNSILENCED] = {"🔈 {1}: no longer silenced, by {2}", "🔈 {1}: снова сообщать, {2}"},
	[TEXT_ORDERS_BOUNDED] = {
		"👤 {1}: {2} orders in a row; from now on only one is taken every {3}",
		"👤 {1}: команд подряд: {2}; теперь принимается не больше одной за {3}",
	},
	[TEXT_STARTED] = {"👁 watchdog started: {1}; {2} fine", "👁 watchdog запущен: {1}; в норме: {2}"},
	[TEXT_STARTED_WELL] = {"👁 watchdog started: no problems; {1} fine", "👁 watchdog запущен: проблем нет; в норме: {1}"},
	[TEXT_CHAT_MOVED] = {
		"👁 this chat has a new id, {1}: put it into WATCHDOG_TG_CHAT_ID",
		"👁 у этого чата новый id, {1}: впишите его в WATCHDOG_TG_CHAT_ID",
	},
	[TEXT_MORE] = {" ({1})", " ({1})"},

	[TEXT_MANY_DOWN] = {"{1} down: {2}", "не работает {1}: {2}"},
	[TEXT_MANY_STALLED] = {"{1} stalled: {2}", "нет прогресса, {1}: {2}"},
	[TEXT_MANY_OVER] = {"{1} over the mark: {2}", "выше порога {1}: {2}"},
	[TEXT_MANY_UNREADABLE] = {"{1} cannot be read: {2}", "не читается {1}: {2}"},
	[TEXT_MANY_FAILING] = {"{1} keep failing: {2}", "падает {1}: {2}"},
	[TEXT_MANY_STILL_DOWN] = {"{1} still down: {2}", "всё ещё не работает {1}: {2}"},
	[TEXT_MANY_STILL_STALLED] = {"{1} still stalled: {2}", "всё ещё нет прогресса, {1}: {2}"},
	[TEXT_MANY_STILL_OVER] = {"{1} still over the mark: {2}", "всё ещё выше порога {1}: {2}"},
	[TEXT_MANY_STILL_UNREADABLE] = {"{1} still cannot be read: {2}", "всё ещё не читается {1}: {2}"},
	[TEXT_MANY_STILL_FAILING] = {"{1} still keep failing: {2}", "всё ещё падает {1}: {2}"},
	[TEXT_MANY_WERE_DOWN] = {"{1} were down: {2}", "был простой, {1}: {2}"},
	[TEXT_MANY_WERE_STALLED] = {"{1} were stalled: {2}", "не было прогресса, {1}: {2}"},
	[TEXT_MANY_WERE_OVER] = {"{1} were over the mark: {2}", "было превышение порога, {1}: {2}"},
	[TEXT_MANY_WERE_UNREADABLE] = {"{1} could not be read: {2}", "были ошибки чтения, {1}: {2}"},
	[TEXT_MANY_WERE_FAILING] = {"{1} kept failing: {2}", "были падения, {1}: {2}"},
	[TEXT_MANY_RECOVERED] = {"{1} recovered: {2}", "восстановление, {1}: {2}"},
	[TEXT_MANY_UNWATCHED] = {"{1} no longer watched: {2}", "больше не под наблюдением {1}: {2}"},
	[TEXT_MANY_GONE] = {"{1} gone: {2}", "больше нет, {1}: {2}"},
	[TEXT_TREND_RISING] = {"rising {1} in {2}", "растёт, +{1} за {2}"},
	[TEXT_TREND_FALLING] = {"falling {1} in {2}", "падает, −{1} за {2}"},
	[TEXT_TREND_STEADY] = {"steady for {1}", "ровно уже {1}"},
	[TEXT_TREND_UNSTEADY] = {"up and down for {1}", "то вверх, то вниз уже {1}"},
	[TEXT_TREND_FULL] = {", full in {1} at this rate", ", при такой скорости заполнится через {1}"},
	[TEXT_MORE_FOLLOW] = {" … {1} more follow", " … и ещё {1} далее"},

	[TEXT_SILENT] = {"not answering: {1}", "не отвечает: {1}"},
	[TEXT_SILENT_WHY_UNKNOWN] = {"not answering", "не отвечает"},
	[TEXT_STANDS_STILL] = {"not answering: generated_at stands still for {1}", "не отвечает: generated_at не меняется {1}"},
	[TEXT_ANSWERS] = {"answers", "отвечает"},
	[TEXT_ANSWERS_IN] = {"answers in {1} ms", "отвечает за {1} мс"},
	[TEXT_ANSWERS_WITH] = {"answers: {1}", "отвечает: {1}"},
	[TEXT_NO_PROGRESS] = {"no progress for {1}", "нет прогресса {1}"},
	[TEXT_NAMED] = {"{1}: {2}", "{1}: {2}"},
	[TEXT_NAMED_BEHIND] = {"{1} ({2})", "{1} ({2})"},
	[TEXT_PROGRESS] = {"making progress", "работает"},
	[TEXT_JOBS] = {"{1}, {2} in all", "{1}, всего {2}"},
	[TEXT_NO_JOBS] = {"no more failed jobs, {1} in all", "новых упавших задач нет, всего {1}"},
	[TEXT_USED] = {"{1} used", "занято {1}"},
	[TEXT_USED_MARK] = {"{1} used, mark {2}", "занято {1}, порог {2}"},
	[TEXT_INODES_MARK] = {"{1} of inodes used, mark {2} (space: {3})", "занято {1} inode, порог {2} (места: {3})"},
	[TEXT_UNREADABLE] = {"cannot be read: {1}", "не читается: {1}"},
	[TEXT_UNREADABLE_WHY_UNKNOWN] = {"cannot be read", "не читается"},
	[TEXT_UNSEEN] = {
		"cannot be looked at for a reason of watchdog's own: {1}",
		"не проверяется по причине самого watchdog: {1}",
	},
	[TEXT_SEEN_AGAIN] = {"looked at again", "снова проверяется"},
	[TEXT_ABSENT] = {"does not exist", "не существует"},
	[TEXT_UNMOUNTED] = {"nothing is mounted there any more", "там больше ничего не смонтировано"},
	[TEXT_READABLE] = {"readable", "читается"},
	[TEXT_RESTARTED] = {"failing, restarted {1}", "падает, перезапущен {1}"},
	[TEXT_NOT_STARTED] = {"cannot be started", "не запускается"},
	[TEXT_RUNS_AGAIN] = {"running", "работает"},
	[TEXT_IS_UNWATCHED] = {"no longer watched", "больше не под наблюдением"},
	[TEXT_IS_GONE] = {"gone", "больше нет"},
	[TEXT_NOT_WATCHED] = {"alarm is off", "тревога выключена"},
	[TEXT_DROPPED] = {
		"{1} of what is well again could not be kept: too many waited to be sent",
		"слишком много сообщений ждало отправки; о том, что уже в норме, не сохранилось: {1}",
	},

	[TEXT_RUNNING] = {"running", "работает"},
	[TEXT_RUNNING_HEALTHY] = {"running, healthy", "работает, здоров"},
	[TEXT_RUNNING_STARTING] = {"running, health check starting", "работает, проверка здоровья начинается"},
	[TEXT_UNHEALTHY] = {"unhealthy", "нездоров (unhealthy)"},
	[TEXT_RESTARTING] = {"restarting", "перезапускается (restarting)"},
	[TEXT_RESTARTING_CODE] = {"restarting (code {1})", "перезапускается (restarting, код {1})"},
	[TEXT_PAUSED] = {"paused", "приостановлен (paused)"},
	[TEXT_DEAD] = {"dead", "мёртв (dead)"},
	[TEXT_EXITED] = {"exited", "остановлен (exited)"},
	[TEXT_EXITED_CODE] = {"exited (code {1})", "остановлен (exited, код {1})"},
	[TEXT_CREATED] = {"created, never started", "создан, но не запущен (created)"},
	[TEXT_CREATED_CODE] = {"created, could not be started (code {1})", "создан, не смог запуститься (created, код {1})"},
	[TEXT_MISSING] = {"missing", "отсутствует (missing)"},
	[TEXT_NO_MATCH] = {"no container matches", "нет ни одного такого контейнера"},
	[TEXT_MATCHES] = {"{1} is there", "{1} на месте"},
	[TEXT_STATE_UNKNOWN] = {"in an unknown state: {1}", "в неизвестном состоянии: {1}"},
	[TEXT_CAME_BACK] = {"ended, and was started again", "завершился и запущен снова"},
	[TEXT_CAME_BACK_CODE] = {"ended (code {1}), and was started again", "завершился (код {1}) и запущен снова"},
	[TEXT_LOOP] = {"crash loop: {1} in {2}", "падает по кругу: {1} за {2}"},
	[TEXT_LOOP_GOES_ON] = {"in a crash loop: {1} in {2}", "падает по кругу: {1} за {2}"},
	[TEXT_LOOP_CODE] = {", exit code {1}", ", код {1}"},
	[TEXT_STILL_STARTING] = {"not healthy {1} after its start", "не здоров спустя {1} после запуска"},
	[TEXT_BY_PERSON] = {", stopped by a person", ", остановлен человеком"},
	[TEXT_BY_OOM] = {", out of memory", ", не хватило памяти"},
	[TEXT_REPLACED] = {"a new container took its place within {1}", "новый контейнер занял его место за {1}"},
	[TEXT_RETURNED] = {"stopped on purpose and running again within {1}", "остановлен намеренно и снова работает через {1}"},
	[TEXT_RENAMED] = {"was called {1} before", "раньше назывался {1}"},

	[TEXT_HEAD_SIGNAL] = {"SIGNAL", "СИГНАЛ"},
	[TEXT_HEAD_STATE] = {"STATE", "СОСТОЯНИЕ"},
	[TEXT_HEAD_VALUE] = {"VALUE", "ЗНАЧЕНИЕ"},
	[TEXT_HEAD_DETAIL] = {"DETAIL", "ПОДРОБНОСТИ"},
	[TEXT_STATE_OK] = {"ok", "норма"},
	[TEXT_STATE_ACTIVE] = {"ACTIVE", "ТРЕВОГА"},
	[TEXT_STATE_PENDING] = {"bad {1} of {2}", "плохо {1} из {2}"},
	[TEXT_STATE_NO_DATA] = {"no data", "нет данных"},
	[TEXT_STATE_OFF] = {"off", "выключен"},
	[TEXT_VALUE_MS] = {"{1} ms", "{1} мс"},
	[TEXT_VALUE_MARK] = {"{1} (mark {2})", "{1} (порог {2})"},
};

/* English uses the first two, Russian all three: 1, 2 to 4, many. */
static const char *const plurals[PLURAL_COUNT][LANGUAGES][3] = {
	[PLURAL_JOBS] = {
		{"more job failed", "more jobs failed", NULL},
		{"новая упавшая задача", "новые упавшие задачи", "новых упавших задач"},
	},
	[PLURAL_CHANGES] = {
		{"change", "changes", NULL},
		{"изменение", "изменения", "изменений"},
	},
	[PLURAL_CONTAINERS] = {
		{"container", "containers", NULL},
		{"контейнер", "контейнера", "контейнеров"},
	},
	[PLURAL_AGENTS] = {
		{"agent", "agents", NULL},
		{"агент", "агента", "агентов"},
	},
	[PLURAL_DEPS] = {
		{"dependency", "dependencies", NULL},
		{"зависимость", "зависимости", "зависимостей"},
	},
	[PLURAL_SIGNALS] = {
		{"signal", "signals", NULL},
		{"сигнал", "сигнала", "сигналов"},
	},
	[PLURAL_PROBLEMS] = {
		{"problem", "problems", NULL},
		{"проблема", "проблемы", "проблем"},
	},
	[PLURAL_RESTARTS] = {
		{"restart", "restarts", NULL},
		{"перезапуск", "перезапуска", "перезапусков"},
	},
	[PLURAL_DISKS] = {
		{"disk", "disks", NULL},
		{"диск", "диска", "дисков"},
	},
	[PLURAL_SOURCES] = {
		{"source", "sources", NULL},
		{"источник", "источника", "источников"},
	},
	[PLURAL_ROLES] = {
		{"process of watchdog", "processes of watchdog", NULL},
		{"процесс watchdog", "процесса watchdog", "процессов watchdog"},
	},
	[PLURAL_TIMES] = {
		{"time", "times", NULL},
		{"раз", "раза", "раз"},
	},
};

enum unit { UNIT_S, UNIT_MIN, UNIT_H, UNIT_D, UNIT_COUNT };

static const char *const units[UNIT_COUNT][LANGUAGES] = {
	[UNIT_S] = {"s", "с"},
	[UNIT_MIN] = {"min", "мин"},
	[UNIT_H] = {"h", "ч"},
	[UNIT_D] = {"d", "д"},
};

static const char decimal_point[LANGUAGES] = {'.', ','};

void
text_say(struct strbuf *out, enum language lang, enum text_id id, ...)
{
	const char *args[ARGS_MAX] = {NULL}, *s = texts[id][lang], *brace;
	va_list ap;

	va_start(ap, id);
	for (size_t i = 0; i < ARGS_MAX && (args[i] = va_arg(ap, const char *)) != NULL; i++)
		continue;
	va_end(ap);
	while ((brace = strchr(s, '{')) != NULL) {
		const char *arg = args[brace[1] - '1'];

		strbuf_add(out, s, (size_t)(brace - s));
		strbuf_puts(out, arg == NULL ? "?" : arg);
		s = brace + 3;
	}
	strbuf_puts(out, s);
}

static unsigned
plural_form(enum language lang, uint64_t n)
{
	if (lang != LANGUAGE_RU)
		return n == 1 ? 0 : 1;
	if (n % 10 == 1 && n % 100 != 11)
		return 0;
	return n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 12 || n % 100 > 14) ? 1 : 2;
}

void
text_counted(char *buf, size_t cap, enum language lang, enum plural_id id, uint64_t n)
{
	snprintf(buf, cap, "%" PRIu64 " %s", n, plurals[id][lang][plural_form(lang, n)]);
}

void
text_edge(struct strbuf *out, enum language lang, enum signal_kind kind, uint64_t amount, uint64_t total)
{
	char counted[TEXT_SHORT * 2], all[TEXT_SHORT];

	snprintf(all, sizeof(all), "%" PRIu64, total);
	if (kind == KIND_JOB_FAILED && amount == 0) {
		text_say(out, lang, TEXT_NO_JOBS, all, NULL);
		return;
	}
	text_counted(counted, sizeof(counted), lang, kind == KIND_JOB_FAILED ? PLURAL_JOBS : PLURAL_CHANGES, amount);
	text_say(out, lang, kind == KIND_JOB_FAILED ? TEXT_JOBS : TEXT_DROPPED, counted, all, NULL);
}

static void
two_units(char *buf, size_t cap, enum language lang, double seconds, double big, enum unit big_unit, double small)
{
	double rest = fmod(seconds, big);

	snprintf(buf, cap, "%.0f %s %.0f %s", floor(seconds / big), units[big_unit][lang],
	    floor(rest / small), units[big_unit - 1][lang]);
}

void
text_duration(char *buf, size_t cap, enum language lang, double seconds)
{
	double s = seconds > 0 ? round(seconds) : 0;

	if (s < MINUTE)
		snprintf(buf, cap, "%.0f %s", s, units[UNIT_S][lang]);
	else if (s < HOUR)
		snprintf(buf, cap, "%.0f %s", floor(s / MINUTE), units[UNIT_MIN][lang]);
	else if (s < DAY)
		two_units(buf, cap, lang, s, HOUR, UNIT_H, MINUTE);
	else
		two_units(buf, cap, lang, s, DAY, UNIT_D, HOUR);
}

void
text_percent(char *buf, size_t cap, enum language lang, double percent)
{
	double tenths = round(percent * 10);
	char *point;

	snprintf(buf, cap, fmod(tenths, 10) == 0 ? "%.0f %%" : "%.1f %%", tenths / 10);
	if ((point = strchr(buf, '.')) != NULL)
		*point = decimal_point[lang];
}

/* Returns false for a time that no calendar has. */
static bool
calendar(struct tm *tm, double wall)
{
	time_t t = wall > -1e11 && wall < 1e11 ? (time_t)floor(wall) : -1;

	return t != -1 && localtime_r(&t, tm) != NULL;
}

static bool
same_day(const struct tm *a, const struct tm *b)
{
	return a->tm_year == b->tm_year && a->tm_yday == b->tm_yday;
}

static void
clock_text(char *buf, size_t cap, double wall, double now, bool seconds)
{
	struct tm tm, today;
	size_t n;

	if (!calendar(&tm, wall))
		n = (size_t)snprintf(buf, cap, "?");
	else if (!calendar(&today, now) || !same_day(&tm, &today))
		n = strftime(buf, cap, "%Y-%m-%d %H:%M:%S", &tm);
	else
		n = strftime(buf, cap, seconds ? "%H:%M:%S" : "%H:%M", &tm);
	if (n == 0)
		buf[0] = '\0';
}

void
text_time(char *buf, size_t cap, double wall, double now)
{
	clock_text(buf, cap, wall, now, true);
}

void
text_minute(char *buf, size_t cap, double wall, double now)
{
	clock_text(buf, cap, wall, now, false);
}
