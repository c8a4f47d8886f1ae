"""SIGTERM, SIGINT, SIGHUP, SIGUSR1 and the kill switch."""

import os
import signal
import sys
import time

import pytest

from support import proc
from support import telegram as tg
from support.telegram import Telegram
from support.wait import never, settle, wait_for


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_at_once_when_nothing_waits(watch, number):
    daemon = watch()
    children = daemon.wait_roles("collector", "brain", "notifier").values()
    daemon.signal(number)
    assert daemon.wait_exit() == 0
    assert not daemon.log_find("could not be sent|does not|killing")  # it ended before any deadline did
    assert not any(proc.alive(pid) for pid in children)


def test_ctrl_c_hits_the_whole_group_and_still_ends_well(watch):
    daemon = watch()
    daemon.wait_roles("collector", "brain", "notifier")
    os.killpg(daemon.pid, signal.SIGINT)
    assert daemon.wait_exit() == 0
    assert not daemon.log_find(r"SIGINT.*(died|killed)|killed by")


BLOCKED = (sys.executable, "-c", "import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals()); "
           "os.execvp(sys.argv[1], sys.argv[1:])")
IGNORED = (sys.executable, "-c", "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); "
           "os.execvp(sys.argv[1], sys.argv[1:])")


@pytest.mark.parametrize("through", [BLOCKED, IGNORED], ids=["blocked", "ignored"])
def test_signals_that_who_starts_it_does_not_want_are_its_own(watch, telegram, dep, short_dir, through):
    """execve(2) keeps what is blocked, and what is ignored: of a child that ends nobody would then hear."""
    state = short_dir / "state"
    daemon = watch(deps=f"git={dep.tcp()}", state_file=state, through=through)
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    daemon.expect_deaths = True
    old = daemon.role("collector")
    os.kill(old, signal.SIGKILL)
    daemon.wait_new("collector", old)
    assert daemon.stop() == 0
    again = watch(deps=f"git={dep.tcp()}", state_file=state, through=through)
    again.wait_log("going on from the state")


def test_what_is_sent_before_it_listens_waits(watch, telegram, dep, short_dir):
    """It is held in the reading of its configuration, and signalled there."""
    file, later = short_dir / "watchdog.conf", short_dir / "later"
    os.mkfifo(file)
    later.write_text("WATCHDOG_HOST_NAME=host2\n")
    daemon = watch("-f", file, deps=f"git={dep.tcp()}", host_name=None)
    with open(file, "w", encoding="ascii") as writer:  # once it reads
        daemon.reload()
        daemon.tick()
        later.rename(file)
        writer.write("WATCHDOG_HOST_NAME=host1\n")
    daemon.wait_log("watchdog .* starts on host1")
    daemon.wait_log("configuration reloaded")
    dep.down()
    telegram.wait("^🔴 dep git: (.*\n)*host2 · ")


def test_what_waits_is_sent_before_the_end(watch, telegram, dep):
    telegram.script(tg.server_error)
    daemon = watch(deps=f"git={dep.tcp()}")
    dep.down()
    telegram.wait_attempts(1)
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    assert telegram.find(r"^🔴 dep git: ")


@pytest.mark.limit(90)
def test_a_hanging_channel_delays_the_end_by_five_seconds_at_most(watch, telegram, dep):
    telegram.always(tg.hang)
    daemon = watch(deps=f"git={dep.tcp()}")
    dep.down()
    telegram.wait_attempts(1)
    began = time.monotonic()
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit(40) == 0
    assert time.monotonic() - began > 3
    assert daemon.log_find("some messages could not be sent in 5 s")


def test_nothing_new_is_decided_while_it_ends(watch, telegram, dep, app):
    telegram.always(tg.hang)
    daemon = watch(deps=f"git={dep.tcp()}", metrics_url=app.metrics_url())
    dep.down()
    telegram.wait_attempts(1)
    daemon.signal(signal.SIGTERM)
    app.down()
    telegram.well()
    daemon.wait_exit()
    assert "orchestrator" not in "\n".join(a.raw for a in telegram.attempts)


def test_tick_now(watch, app):
    daemon = watch(metrics_url=app.metrics_url(), interval_s="3600")
    wait_for(lambda: app.fetches == 1, "the first fetch")
    for count in (2, 3):
        daemon.tick()
        wait_for(lambda count=count: app.fetches == count, f"fetch {count}")


# --- reload ---

@pytest.fixture
def conf(tmp_path):
    path = tmp_path / "watchdog.conf"

    def write(**keys):
        path.write_text("".join(f"WATCHDOG_{k.upper()}={v}\n" for k, v in keys.items()))
        return path
    return write


def test_a_reload_takes_the_new_and_keeps_what_it_knew(watch, telegram, dep, app, conf):
    deps = f"git={dep.tcp()}"
    daemon = watch("-f", conf(deps=deps))
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    daemon.wait_told()
    app.down()
    conf(deps=f"{deps},web={app.url('/')}")
    daemon.reload()
    telegram.wait(r"^🔴 dep web: ")
    dep.up()
    telegram.wait(r"^🟢 dep git: recovered after ")
    assert len(telegram.find(r"🔴 dep git")) == 1


def test_a_bad_new_configuration_is_refused_whole(watch, telegram, dep, app, conf):
    daemon = watch("-f", conf(deps=f"git={dep.tcp()}"))
    before = daemon.wait_roles("collector", "brain", "notifier")
    app.down()
    path = conf(deps=f"web={app.url('/')}", mem_ticks="many", disk_clear_pct="-3")
    daemon.reload()
    daemon.wait_log(rf"{path}:2: WATCHDOG_MEM_TICKS: expected")
    daemon.wait_log(rf"{path}:3: WATCHDOG_DISK_CLEAR_PCT: expected")
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    assert not telegram.find("dep web")
    assert {k: v for k, v in daemon.roles().items() if k in before} == before


def test_a_new_address_of_the_channel_is_used(start, telegram, telegram_keys, authority, closing, dep, conf):
    other = closing(Telegram(authority))
    keys = {k: v for k, v in telegram_keys.items() if k != "WATCHDOG_TG_API_URL"}
    daemon = start("-f", conf(tg_api_url=telegram.url()), keys=keys, deps=f"git={dep.tcp()}")
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    conf(tg_api_url=other.url(host="localhost"))
    daemon.reload()
    daemon.wait_log("reloaded")
    dep.up()
    other.wait(r"^🟢 dep git: ")
    assert not telegram.find("🟢")


def test_a_reload_without_a_change_disturbs_nobody(watch, conf):
    daemon = watch("-f", conf(mem_ticks="3"))
    before = daemon.wait_roles("collector", "brain", "notifier")
    daemon.reload()
    daemon.wait_log("reloaded")
    never(lambda: any(daemon.roles().get(k) != v for k, v in before.items()), "a new process", 1)


def test_what_waits_is_tried_at_once_after_a_reload(watch, telegram, dep):
    telegram.always(tg.server_error)
    daemon = watch(deps=f"git={dep.tcp()}")
    dep.down()
    fourth = telegram.wait_attempts(4, timeout=40)[3]
    settle()
    telegram.well()
    daemon.reload()
    # After the fourth it would have waited for 8 s, less a quarter at most.
    assert telegram.wait(r"🔴 dep git: ").time - fourth.time < 6


def test_a_reload_does_not_shorten_what_telegram_asked_for(watch, telegram, dep):
    telegram.script(tg.too_many(4))
    daemon = watch(deps=f"git={dep.tcp()}")
    dep.down()
    daemon.wait_log("retry after 4")
    daemon.reload()
    first, second = telegram.wait_attempts(2)
    assert second.time - first.time >= 4


# --- the kill switch ---

def test_switched_off_it_is_inert_and_says_so_once(watch, telegram, app):
    app.down()
    daemon = watch(enabled="false", metrics_url=app.metrics_url())
    daemon.wait_log("WATCHDOG_ENABLED")
    never(lambda: telegram.requests or daemon.roles(), "any work", 2)
    assert len(daemon.log_find("WATCHDOG_ENABLED")) == 1
    assert daemon.running


def test_switched_off_and_on_again_by_reload(watch, telegram, dep, conf):
    daemon = watch("-f", conf(enabled="no"), deps=f"git={dep.tcp()}")
    daemon.wait_log("WATCHDOG_ENABLED")
    dep.down()
    conf(enabled="yes")
    daemon.reload()
    telegram.wait(r"^🔴 dep git: ")


def test_reloads_in_a_hurry_cost_no_child_its_life(watch, telegram, dep, app, conf):
    """The next one comes while children are still on their way, in or out."""
    daemon = watch("-f", conf(deps=f"git={dep.tcp()}"))
    daemon.wait_roles("collector", "brain", "notifier")
    for n in range(12):
        conf(deps=f"git={dep.tcp()},web={app.url('/')}" if n % 2 else f"git={dep.tcp()}", mem_pct=str(80 + n))
        daemon.reload()
        time.sleep(0.01 * n)
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    assert not daemon.log_find(r"started anew in|killing the")


def test_a_role_that_is_wanted_again_before_it_has_gone_comes_back(watch, telegram, dep, conf):
    daemon = watch("-f", conf(deps=f"git={dep.tcp()}"))
    daemon.expect_deaths = True
    old = daemon.wait_roles("collector", "brain", "notifier")
    os.kill(old["brain"], signal.SIGSTOP)  # so that it takes its time
    conf(deps=f"git={dep.tcp()}", enabled="false")
    daemon.reload()
    daemon.wait_log("nothing is watched")
    conf(deps=f"git={dep.tcp()}", enabled="true")
    daemon.reload()
    dep.down()
    telegram.wait(r"^🔴 dep git: ", timeout=20)


def test_an_application_that_is_no_longer_watched_is_told_so(watch, telegram, app, conf):
    daemon = watch("-f", conf(metrics_url=app.metrics_url()))
    app.down()
    telegram.wait(r"^🔴 orchestrator: ")
    daemon.wait_told()
    conf()
    daemon.reload()
    telegram.wait(r"^🟢 orchestrator: ")
