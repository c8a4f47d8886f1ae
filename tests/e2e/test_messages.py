"""What a person reads in the chat."""

import json
import re
import time

import pytest

from support import application
from support.wait import never, wait_for

LAST_LINE = re.compile(r"host1 · \d\d:\d\d:\d\d · #\w+")


def test_starts_with_no_configuration_and_says_where_messages_go(start):
    daemon = start("-v", quick=False)
    daemon.wait_log(r"mem\b")
    daemon.wait_log(r"disk:?.*/")
    daemon.wait_log(r"notify:")
    daemon.wait_roles("collector", "brain", "notifier")


def test_without_a_token_messages_are_printed(start, dep):
    daemon = start(deps=f"git={dep.tcp()}")
    dep.down()
    daemon.wait_log(r"notify:.*🔴 dep git: ")
    dep.up()
    daemon.wait_log(r"notify:.*🟢 dep git: ")


def test_alert_and_recovery_of_the_application(watch, telegram, app):
    watch(metrics_url=app.metrics_url()).wait_looked()
    app.down()
    alert = telegram.wait(r"^🔴 orchestrator: ")
    app.up()
    recovery = telegram.wait(r"^🟢 orchestrator: recovered after ")
    assert LAST_LINE.fullmatch(alert.lines[-1])
    assert LAST_LINE.fullmatch(recovery.lines[-1])
    assert len(telegram.taken()) == 2


def test_one_incident_is_repeated_at_the_cooldown_and_not_before(watch, telegram, dep):
    watch(deps=f"git={dep.tcp()}", cooldown_s="3")
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    again = telegram.wait(r"^🔁 dep git: still .+, for ")
    # By the daemon's own clock: the way to Telegram takes as long as it takes.
    assert int(re.search(r", for (\d+) s$", again.lines[0])[1]) >= 3
    telegram.wait(r"^🔁 dep git: still ", count=2)
    assert len(telegram.find("🔴")) == 1


def test_never_means_told_once(watch, telegram, dep):
    watch(deps=f"git={dep.tcp()}", cooldown_s="never")
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    never(lambda: telegram.find("🔁"), "a repetition", 3)


def test_a_debounce_of_three_needs_three_looks(watch, telegram, dep):
    daemon = watch(deps=f"git={dep.url('/')}", dep_down_ticks="3", interval_s="3600")
    daemon.wait_looked()
    dep.status = "500 Internal Server Error"
    for look in (2, 3):
        daemon.look()
        assert dep.pings == look
    never(lambda: telegram.attempts, "an alert after two looks", 0.7)
    daemon.tick()
    telegram.wait(r"^🔴 dep git: .*500")


def test_a_failed_job_is_told_each_time_the_count_rises(watch, telegram, app):
    app.failed = 7
    daemon = watch(metrics_url=app.metrics_url(), interval_s="3600")
    daemon.wait_looked()
    for failed, told in ((9, 1), (3, 1), (4, 2)):
        app.failed = failed
        daemon.look()
        telegram.wait(r"^🔴 job_failed: ", count=told)
    assert app.fetches == 4
    assert len(telegram.find("job_failed")) == 2


def test_an_agent_whose_ticks_stand_still_is_stalled_and_one_that_goes_is_gone(watch, telegram, app):
    app.agents = {"41": 100, "42": 100}

    def work(connection, a):
        a.agents = {**a.agents, "42": a.agents["42"] + 1}
        connection.reply("200 OK", json.dumps(a.envelope()))
    app.behave = work
    watch(metrics_url=app.metrics_url(), agent_stall_s="2")
    telegram.wait(r"agent 41: ")
    assert not telegram.find("agent 42")
    app.agents, app.behave = {"42": 1000}, None
    telegram.wait(r"^🟢 agent 41: .*gone")


@pytest.fixture
def proc_path(short_dir):
    """A /proc with a meminfo of one's own."""
    folder = short_dir / "proc"
    folder.mkdir()

    def used(percent):
        text = f"MemTotal: 1000000 kB\nMemFree: 1 kB\nMemAvailable: {(100 - percent) * 10000} kB\n"
        (folder / "meminfo").write_text(text)
        return folder
    return used


def test_memory_alerts_at_the_mark_and_recovers_under_the_clear_mark(watch, telegram, proc_path):
    watch(proc_path=proc_path(95), mem_pct="90", mem_clear_pct="80", mem_ticks="1")
    telegram.wait(r"^🔴 memory: .*95")
    proc_path(85)
    never(lambda: telegram.find("🟢"), "a recovery between the marks", 2.5)
    proc_path(70)
    telegram.wait(r"^🟢 memory: recovered after ")


def test_memory_shows_how_it_came_to_that(watch, telegram, proc_path):
    daemon = watch("-v", proc_path=proc_path(30), mem_pct="90", mem_ticks="1", interval_s="1")
    daemon.wait_log(r"mem\s+ok")
    for percent in (50, 70, 95):
        time.sleep(1.3)
        proc_path(percent)
    told = telegram.wait(r"^🔴 memory: 95 % used, mark 90 % ")
    past = re.search(r"mark 90 % ([▁▂▃▄▅▆▇█]+)(?: rising \S+ % in \d+ s)?$", told.lines[0])
    assert past and past.group(1)[0] == "▁" and past.group(1)[-1] == "█", told.lines[0]


def test_the_disk_alarm_is_opt_in(watch, telegram):
    watch(disk_crit_enabled="yes", disk_crit_pct="1", disk_clear_pct="1", disk_paths="/")
    telegram.wait(r"^🔴 disk /: ")


def test_a_disk_path_that_does_not_exist_is_said_at_once(watch, telegram):
    watch(disk_paths="/,/no/such/path")
    telegram.wait(r"/no/such/path")


def test_transitions_of_one_tick_are_one_message_worst_first(watch, telegram, app):
    app.failed = 1
    daemon = watch(metrics_url=app.metrics_url(), deps=f"git=tcp://127.0.0.1:{app.port}", interval_s="3600", group_wait_s="60")
    daemon.wait_looked()
    app.down()
    daemon.tick()
    telegram.wait(r"🔴 orchestrator: ")
    [digest] = telegram.taken()
    assert len([line for line in digest.lines if line.startswith("🔴 ")]) == 2
    assert "dep git" in digest.text
    assert LAST_LINE.fullmatch(digest.lines[-1])


def test_a_warning_comes_after_what_is_critical(watch, telegram, app, proc_path):
    app.failed = 1
    daemon = watch(metrics_url=app.metrics_url(), interval_s="3600", proc_path=proc_path(10), mem_pct="90", mem_ticks="1", group_wait_s="60")
    daemon.wait_looked()
    app.failed = 5
    proc_path(99)
    daemon.tick()
    digest = telegram.wait(r"memory: ")
    assert "job_failed" in digest.text, "both in one message"
    assert digest.text.index("memory") < digest.text.index("job_failed")


def test_foreign_text_is_shown_as_it_is_and_breaks_nothing(watch, telegram, app):
    strange = "<b>&amp;</i> \"x\" <script>"
    app.behave = lambda connection, a: application.envelope(
        agents=[{"run_id": strange, "cpu_ticks": 5, "name": strange}])(connection, a)
    watch(metrics_url=app.metrics_url(), agent_stall_s="1")
    message = telegram.wait(r"agent <b>")
    assert strange in message.text
    assert len(telegram.attempts) == len(telegram.taken()), "taken at the first attempt"


def test_nothing_is_left_out_of_a_message_that_is_too_long(watch, telegram, app):
    names = {f"{i:03d}-{'x' * 60}": 1 for i in range(150)}
    app.agents = names
    watch(metrics_url=app.metrics_url(), agent_stall_s="1")

    def all_told():
        text = "\n".join(a.text for a in telegram.taken())
        return all(name in text for name in names)
    wait_for(all_told, "150 agents told", 30)
    assert len(telegram.taken()) > 1
    assert not [a for a in telegram.attempts if not a.taken], "never over the limit"


def test_russian(watch, telegram, dep):
    watch(deps=f"git={dep.tcp()}", lang="ru", cooldown_s="2")
    dep.down()
    alert = telegram.wait(r"^🔴 dep git: ")
    assert re.search("[а-я]{3}", alert.lines[0])
    assert re.search("[а-я]{3}", telegram.wait(r"^🔁 dep git: ").lines[0])
    dep.up()
    telegram.wait(r"^🟢 dep git: восстановление")


def test_russian_follows_the_locale(watch, telegram, dep):
    watch(keys={"LANG": "ru_RU.UTF-8"}, deps=f"git={dep.tcp()}")
    dep.down()
    assert re.search("[а-я]{3}", telegram.wait(r"^🔴 dep git: ").lines[0])


def test_the_time_is_that_of_tz(watch, telegram, dep):
    watch(keys={"TZ": "XYZ-5:30"}, deps=f"git={dep.tcp()}")
    dep.down()
    told = telegram.wait("🔴").lines[-1]
    hours, minutes = (int(x) for x in re.search(r"(\d\d):(\d\d):", told).groups())
    ahead = (hours * 60 + minutes - int(time.time() // 60) - 330) % 1440
    assert ahead in (0, 1439), told
