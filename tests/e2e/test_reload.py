"""SIGHUP at every bad moment: state is kept for each signal that still exists, and no message is lost or doubled."""

import time

import pytest

from support import application
from support import telegram as tg
from support.wait import never, wait_for

REPEATS = 8


@pytest.fixture
def conf(tmp_path):
    """conf(key=value): the file, written anew; what it says last is what counts."""
    path = tmp_path / "watchdog.conf"

    def write(**keys):
        fresh = path.with_suffix(".new")
        fresh.write_text("".join(f"WATCHDOG_{k.upper()}={v}\n" for k, v in keys.items()))
        fresh.rename(path)
        return path
    return write


def reload(daemon, count=1):
    daemon.reload()
    daemon.wait_log("configuration reloaded", count=count)


# --- during a tick ---

def test_in_the_middle_of_a_tick(watch, telegram, dep, app, closing, conf):
    """A source hangs, so that the tick is under way; what is decided before and after it is the same."""
    daemon = watch("-f", conf(mem_ticks="2"), deps=f"git={dep.tcp('localhost')}", metrics_url=app.metrics_url(), http_timeout_s="3",
                   orch_down_ticks="3")
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    daemon.wait_told()
    app.behave = application.hang
    before = app.fetches
    wait_for(lambda: app.fetches > before, "a request that hangs")
    conf(mem_ticks="3")
    reload(daemon)
    app.behave = None
    never(lambda: len(telegram.find("🔴 dep git")) > 1 or telegram.find("🟢"), "a repetition or a false recovery", 2)
    dep.up()
    telegram.wait(r"^🟢 dep git: recovered after ")


# --- during a send ---

CHANGES = {
    "the brain's": {"mem_ticks": "3"},
    "the notifier's": {"http_timeout_s": "2.5"},
    "both": {"host_name": "host2"},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_while_telegram_takes_its_time_to_answer(watch, telegram, dep, conf, change):
    """The message is taken, its answer is on its way: it is waited for, and nothing is sent twice."""
    telegram.always(tg.late(0.7))
    daemon = watch("-f", conf(mem_ticks="2", host_name="host1"), deps=f"git={dep.tcp('localhost')}",
                   keys={"WATCHDOG_HOST_NAME": None, "WATCHDOG_HTTP_TIMEOUT_S": None})
    daemon.wait_roles("collector", "brain", "notifier")
    dep.down()
    telegram.wait_attempts(1)
    conf(**{"mem_ticks": "2", "host_name": "host1", **change})
    reload(daemon)
    telegram.wait(r"^🔴 dep git: ")
    never(lambda: len(telegram.attempts) > 1, "a second sending", 3)
    dep.up()
    telegram.wait(r"^🟢 dep git: recovered after ")
    assert not daemon.log_find("killing the")


def test_just_after_telegram_has_answered(watch, telegram, dep, conf):
    """The few milliseconds between an answer and its record, hit again and again."""
    deps = f"git={dep.tcp('localhost')}"
    daemon = watch("-f", conf(mem_ticks="2"), deps=deps, interval_s="0.2")
    for turn in range(REPEATS):
        before = len(telegram.attempts)
        (dep.up if turn % 2 else dep.down)()
        wait_for(lambda: len(telegram.attempts) > before, "a message", 15)  # noqa: B023
        time.sleep(turn * 0.002)
        conf(mem_ticks=str(3 + turn))
        reload(daemon, turn + 1)
        wait_for(lambda: telegram.attempts[before].taken, "its being taken")  # noqa: B023
        time.sleep(1.2)  # group pace
    assert len(telegram.find("🔴 dep git")) == REPEATS // 2
    assert len(telegram.find("🟢 dep git")) == REPEATS // 2


def test_while_telegram_hangs_nothing_is_lost_and_nobody_is_killed(watch, telegram, dep, conf):
    telegram.always(tg.hang)
    daemon = watch("-f", conf(mem_ticks="2"), deps=f"git={dep.tcp('localhost')}")
    dep.down()
    telegram.wait_attempts(1)
    old = daemon.role("brain")
    conf(mem_ticks="3", host_name="host2")
    reload(daemon)
    daemon.wait_new("brain", old)
    telegram.well()
    telegram.wait(r"^🔴 dep git: ", timeout=20)
    assert not daemon.log_find("killing the")


# --- again and again, and with what is wrong ---

def test_twice_in_a_row_counts_what_is_written_last(watch, telegram, dep, app, conf):
    daemon = watch("-f", conf(deps=f"git={dep.tcp('localhost')}"))
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    daemon.wait_told()
    app.down()
    conf(deps=f"git={dep.tcp('localhost')},one={app.url('/')}")
    daemon.reload()
    conf(deps=f"git={dep.tcp('localhost')},two={app.url('/')}")
    daemon.reload()
    telegram.wait(r"^🔴 dep two: ")
    dep.up()
    telegram.wait(r"^🟢 dep git: recovered after ")
    assert len(telegram.find("🔴 dep git")) == 1


def test_a_broken_file_twice_and_then_a_good_one(watch, telegram, dep, conf):
    daemon = watch("-f", conf(deps=f"git={dep.tcp('localhost')}"))
    roles = daemon.wait_roles("collector", "brain", "notifier")
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    daemon.wait_told()
    for turn in (1, 2):
        conf(deps="git=gopher://nowhere")
        daemon.reload()
        daemon.wait_log("the new configuration is refused", count=turn)
    assert {k: v for k, v in daemon.roles().items() if k in roles} == roles
    dep.up()
    telegram.wait(r"^🟢 dep git: recovered after ")
    conf(deps=f"git2={dep.tcp('localhost')}")
    reload(daemon)
    dep.down()
    telegram.wait(r"^🔴 dep git2: ")


def test_a_file_that_is_gone_is_refused(watch, conf):
    path = conf(mem_ticks="2")
    daemon = watch("-f", path)
    daemon.wait_roles("collector", "brain", "notifier")
    path.unlink()
    daemon.reload()
    daemon.wait_log("the new configuration is refused")


# --- what is no longer watched ---

def test_a_source_that_is_taken_out_while_alerting_is_told_no_longer_watched(watch, telegram, dep, app, conf):
    git = f"git={dep.tcp('localhost')}"
    daemon = watch("-f", conf(deps=f"{git},web={app.url('/')}"))
    dep.down()
    app.down()
    telegram.wait(r"🔴 dep git: ")
    telegram.wait(r"🔴 dep web: ")
    daemon.wait_told()
    conf(deps=git)
    reload(daemon)
    telegram.wait(r"^🟢 dep web: .*no longer watched, it was alerting for")
    never(lambda: len(telegram.find("🔴 dep git")) > 1 or telegram.find("🟢 dep git"), "a word of what stays", 2)
    dep.up()
    telegram.wait(r"^🟢 dep git: recovered after ")


def test_a_source_that_is_taken_out_while_well_is_not_worth_a_word(watch, telegram, dep, app, conf):
    git = f"git={dep.tcp('localhost')}"
    daemon = watch("-f", conf(deps=f"{git},web={app.url('/')}"))
    daemon.wait_roles("collector", "brain", "notifier")
    conf(deps=git)
    reload(daemon)
    never(lambda: telegram.attempts, "a word", 2)


def test_what_comes_back_after_that_is_a_new_incident(watch, telegram, dep, conf):
    git = f"git={dep.tcp('localhost')}"
    daemon = watch("-f", conf(deps=git))
    dep.down()
    telegram.wait(r"🔴 dep git: ")
    daemon.wait_told()
    conf()
    reload(daemon)
    telegram.wait(r"^🟢 dep git: .*no longer watched, it was alerting for")
    daemon.wait_told()
    conf(deps=git)
    reload(daemon, 2)
    telegram.wait(r"🔴 dep git: ", count=2)


# --- the channel ---

def test_a_new_token_is_used_and_nothing_is_told_twice(start, telegram, telegram_keys, dep, conf):
    keys = {k: v for k, v in telegram_keys.items() if k != "WATCHDOG_TG_BOT_TOKEN"}
    daemon = start("-f", conf(tg_bot_token="654321:" + "B" * 35), keys=keys, deps=f"git={dep.tcp('localhost')}")
    dep.down()
    daemon.wait_log("chat 1 cannot be used, what is for it waits")
    conf(tg_bot_token=telegram.TOKEN)
    reload(daemon)
    telegram.wait(r"^🔴 dep git: ", timeout=20)
    dep.up()
    telegram.wait(r"^🟢 dep git: ")
    assert len(telegram.find("🔴 dep git")) == 1


def test_a_new_token_while_alerting_neither_repeats_nor_forgets(start, telegram, telegram_keys, dep, conf):
    keys = {k: v for k, v in telegram_keys.items() if k != "WATCHDOG_TG_BOT_TOKEN"}
    other = "654321:" + "B" * 35
    telegram.tokens.add(other)
    daemon = start("-f", conf(tg_bot_token=telegram.TOKEN), keys=keys, deps=f"git={dep.tcp('localhost')}")
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    conf(tg_bot_token=other)
    reload(daemon)
    never(lambda: len(telegram.find("🔴 dep git")) > 1, "a repetition", 2)
    dep.up()
    telegram.wait(r"^🟢 dep git: recovered after ")
