/*
 * Every key of the configuration, in the order in which they are printed and
 * documented.
 *
 * K(name, type, member, fallback, min, max, roles, flags, help)
 *   name      without WATCHDOG_
 *   type      one of config_types.h
 *   member    of struct config
 *   fallback  the default's text, "" = none (or from the host, see config_load())
 *   min, max  of a number; max is the most bytes of a text, the most entries of a list
 *   roles     the children that are told
 *   flags     see config.h
 *   help      one line for people
 */
#ifndef WATCHDOG_CONFIG_KEYS_H
#define WATCHDOG_CONFIG_KEYS_H

#define TO_NONE 0u
#define TO_COLLECTOR ROLE_BIT(ROLE_COLLECTOR)
#define TO_BRAIN ROLE_BIT(ROLE_BRAIN)
#define TO_NOTIFIER ROLE_BIT(ROLE_NOTIFIER)
#define TO_RESOLVER ROLE_BIT(ROLE_RESOLVER)
#define TO_PROBER ROLE_BIT(ROLE_PROBER)
#define TO_ALL (TO_COLLECTOR | TO_BRAIN | TO_NOTIFIER | TO_RESOLVER | TO_PROBER)

#define DAY_S 86400.0
#define YEAR_S (366 * DAY_S)
#define TICKS_MOST 100000
#define SUN_PATH_MOST 107 /* bytes of a socket's path, unix(7) */

#define CONFIG_KEYS(K) \
	K(ENABLED, BOOL, enabled, "true", 0, 0, TO_NONE, 0, \
	    "false: stay alive and do nothing") \
	K(INTERVAL_S, SECONDS, interval, "30", 0.1, DAY_S, TO_COLLECTOR | TO_BRAIN, 0, \
	    "time between ticks") \
	K(COOLDOWN_S, COOLDOWN, cooldown, "3600", 0, YEAR_S, TO_BRAIN, 0, \
	    "an active signal is told again after this time; never = told once") \
	COOLDOWN_KEY(K, ORCHESTRATOR, "orchestrator") \
	COOLDOWN_KEY(K, AGENT, "agent") \
	COOLDOWN_KEY(K, MEM, "mem") \
	COOLDOWN_KEY(K, DISK, "disk") \
	COOLDOWN_KEY(K, CONTAINER, "container") \
	COOLDOWN_KEY(K, DOCKER, "docker") \
	COOLDOWN_KEY(K, DEP, "dep") \
	COOLDOWN_KEY(K, SOURCE, "source") \
	COOLDOWN_KEY(K, WATCHDOG, "watchdog") \
	K(HTTP_TIMEOUT_S, SECONDS, http_timeout, "5", 0.1, 300, TO_COLLECTOR | TO_NOTIFIER, 0, \
	    "total time for one HTTP exchange or one ping") \
	K(HOST_NAME, TEXT, host_name, "", 0, 255, TO_BRAIN | TO_NOTIFIER, 0, \
	    "the host's name in every message") \
	K(LANG, LANGUAGE, lang, "en", 0, 0, TO_BRAIN | TO_NOTIFIER, 0, \
	    "language of the messages") \
	K(METRICS_URL, HTTP_URL, metrics_url, "", 0, 0, TO_COLLECTOR, 0, \
	    "the application's /metrics") \
	K(ORCH_DOWN_TICKS, TICKS, orch_down_ticks, "3", 1, TICKS_MOST, TO_BRAIN, 0, \
	    "failed fetches of /metrics in a row before the alert") \
	K(AGENT_STALL_S, SECONDS, agent_stall, "300", 0, YEAR_S, TO_BRAIN, 0, \
	    "an agent whose cpu_ticks stand still this long is stalled; 0 = off") \
	K(MEM_PCT, PERCENT, mem_pct, "90", 1, 100, TO_BRAIN, 0, \
	    "memory used: alert at this mark") \
	K(MEM_CLEAR_PCT, PERCENT, mem_clear_pct, "", 1, 100, TO_BRAIN, 0, \
	    "memory used: recovered under this mark; 5 under the alert mark if not set") \
	K(MEM_TICKS, TICKS, mem_ticks, "2", 1, TICKS_MOST, TO_BRAIN, 0, \
	    "looks in a row at or over the mark before the alert") \
	K(DISK_CRIT_ENABLED, BOOL, disk_crit_enabled, "false", 0, 0, TO_BRAIN, 0, \
	    "whether a full disk is an alert") \
	K(DISK_CRIT_PCT, PERCENT, disk_crit_pct, "97", 1, 100, TO_BRAIN, 0, \
	    "df's Use%, of space or of inodes: alert at this mark") \
	K(DISK_CLEAR_PCT, PERCENT, disk_clear_pct, "", 1, 100, TO_BRAIN, 0, \
	    "df's Use%, of space and of inodes: recovered under this mark; 2 under the alert mark if not set") \
	K(DISK_PATHS, PATHS, disk_paths, "/", 0, 1000, TO_COLLECTOR | TO_BRAIN | TO_PROBER, 0, \
	    "file systems to look at, as paths of the host") \
	K(DOCKER_SOCK, PATH, docker_sock, "/var/run/docker.sock", 0, SUN_PATH_MOST, TO_COLLECTOR, 0, \
	    "docker's socket") \
	K(CONTAINERS, CONTAINERS, containers, "*", 0, 1000, TO_COLLECTOR | TO_BRAIN, CONFIG_EMPTY_IS_NONE, \
	    "names or globs of containers that must run; * = discover; empty = leave docker alone") \
	K(CONTAINERS_LABELED_ONLY, BOOL, containers_labeled_only, "false", 0, 0, TO_COLLECTOR, 0, \
	    "discover only containers that have the label watchdog.enable=true") \
	K(DOCKER_RESYNC_S, SECONDS, docker_resync, "60", 0, DAY_S, TO_COLLECTOR, 0, \
	    "a full list of containers this often while docker's events come; 0 = with every tick") \
	K(CONTAINER_DOWN_TICKS, TICKS, container_down_ticks, "1", 1, TICKS_MOST, TO_COLLECTOR | TO_BRAIN, 0, \
	    "bad looks in a row before a container's alert") \
	K(RECREATE_GRACE_S, SECONDS, recreate_grace, "30", 0, DAY_S, TO_BRAIN, 0, \
	    "a container that was stopped or removed on purpose may come back for so long before that is an alarm; 0 = off") \
	K(CONTAINER_STABLE_S, SECONDS, container_stable, "10", 0, DAY_S, TO_BRAIN, 0, \
	    "a container that is up again within 10 s of its end has recovered after this time") \
	K(LOOP_RESTARTS, TICKS, loop_restarts, "3", 0, 16, TO_BRAIN, 0, \
	    "so many ends within LOOP_WINDOW_S are a crash loop; 0 = off") \
	K(LOOP_WINDOW_S, SECONDS, loop_window, "300", 1, DAY_S, TO_BRAIN, 0, \
	    "time in which a crash loop's restarts are counted, and after which it is over") \
	K(STARTING_MAX_S, SECONDS, starting_max, "600", 0, YEAR_S, TO_BRAIN, 0, \
	    "a health check that is starting for longer is an alarm; 0 = off") \
	K(DEPS, DEPS, deps, "", 0, 1000, TO_COLLECTOR | TO_BRAIN, 0, \
	    "dependencies to ping: name=http://..., name=https://..., name=tcp://host:port") \
	K(DEP_DOWN_TICKS, TICKS, dep_down_ticks, "2", 1, TICKS_MOST, TO_BRAIN, 0, \
	    "failed pings in a row before a dependency's alert") \
	K(RECOVER_TICKS, TICKS, recover_ticks, "1", 1, TICKS_MOST, TO_COLLECTOR | TO_BRAIN, 0, \
	    "good looks in a row before a recovery") \
	K(CONFIRM_S, SECONDS, confirm, "0", 0, 300, TO_COLLECTOR | TO_BRAIN, 0, \
	    "a failed look is confirmed at this pace instead of the interval's; 0 = at the interval") \
	K(GROUP_WAIT_S, SECONDS, group_wait, "1", 0, 300, TO_BRAIN, 0, \
	    "the first news of a tick waits so long for the others, at the most") \
	K(START_MESSAGE, START, start_message, "problems", 0, 0, TO_BRAIN, 0, \
	    "what a new start tells: problems = a summary if there are any; always = a summary; never = alerts only") \
	K(MAINTENANCE, WINDOWS, maintenance, "", 0, 100, TO_BRAIN, 0, \
	    "windows in local time in which nothing is told: Sun 03:00-04:00, Mon-Fri 23:50-00:10, daily 02:00-02:15") \
	K(FLAP_CHANGES, TICKS, flap_changes, "6", 0, 20, TO_BRAIN, 0, \
	    "a signal that changes more often than this within FLAP_WINDOW_S is flapping; 0 = off") \
	K(FLAP_WINDOW_S, SECONDS, flap_window, "1800", 1, YEAR_S, TO_BRAIN, 0, \
	    "the time in which changes are counted, and after which a signal without any is steady") \
	K(DEPENDS, DEPENDS, depends, "", 0, 200, TO_BRAIN, 0, \
	    "what covers what: dep:api>dep:router, container:web>container:db: the second, when down, covers the first") \
	K(PROC_PATH, PATH, proc_path, "/proc", 0, 4000, TO_COLLECTOR, 0, \
	    "where the host's /proc is mounted") \
	K(ROOTFS_PATH, PATH, rootfs_path, "/", 0, 4000, TO_PROBER, 0, \
	    "where the host's root file system is mounted") \
	K(TG_BOT_TOKEN, TOKEN, tg_bot_token, "", 0, 0, TO_NOTIFIER, CONFIG_SECRET, \
	    "the Telegram bot's token; without it messages go to the log") \
	K(TG_CHAT_ID, CHATS, tg_chat_ids, "", 0, 16, TO_NOTIFIER, CONFIG_SECRET, \
	    "Telegram chats to write to: -100123, -100123:45 (a topic), @name") \
	K(TG_API_URL, API_URL, tg_api_url, "https://api.telegram.org", 0, 0, TO_NOTIFIER, 0, \
	    "the Telegram Bot API") \
	K(TG_PROXY, PROXY_URL, tg_proxy, "", 0, 0, TO_NOTIFIER, CONFIG_SECRET, \
	    "a proxy on the way to Telegram: http://host:port or socks5h://host:port") \
	K(TG_SILENT, SILENT, tg_silent, "recovery,warning", 0, 0, TO_BRAIN, 0, \
	    "messages that make no sound: recovery, warning, both, or none") \
	K(CA_FILE, PATH, ca_file, "", 0, 4000, TO_COLLECTOR | TO_NOTIFIER, 0, \
	    "CA certificates (PEM) that https is verified against; default: the system's") \
	K(TG_CA_FILE, PATH, tg_ca_file, "", 0, 4000, TO_NOTIFIER, 0, \
	    "certificates of a private CA for the Bot API, in PEM form") \
	K(CONTROL_SOCK, PATH, control_sock, "/run/watchdog/watchdog.sock", 0, SUN_PATH_MOST, TO_NONE, \
	    CONFIG_EMPTY_IS_NONE | CONFIG_RESTART, \
	    "where watchdogctl(8) finds the daemon; empty = nowhere") \
	K(STATE_FILE, PATH, state_file, "", 0, 4000, TO_NONE, CONFIG_RESTART, \
	    "keep the state of all alerts in this file, for a start without a service manager that keeps it") \
	K(USER, USER, user, "watchdog", 0, 32, TO_NONE, CONFIG_RESTART, \
	    "who the children become when started as root") \
	K(SANDBOX, SANDBOX, sandbox, "enforce", 0, 0, TO_ALL, CONFIG_RESTART, \
	    "what happens to a child that leaves its sandbox; anything but enforce is for debugging") \
	K(LOG_LEVEL, LEVEL, log_level, "info", 0, 0, TO_ALL, 0, \
	    "the least important lines that are logged") \
	K(LOG_FORMAT, FORMAT, log_format, "text", 0, 0, TO_NONE, 0, \
	    "how lines are written to stderr")

#define COOLDOWN_KEY(K, KIND, kind) \
	K(COOLDOWN_##KIND##_S, COOLDOWN, cooldown_kind[KIND_##KIND], "", 0, YEAR_S, TO_BRAIN, 0, \
	    "as COOLDOWN_S, for " kind " alone")

#endif
