"""WATCHDOG_CONFIRM_S: what takes several looks is decided in seconds, whatever the interval."""

import time

from support.wait import PATIENCE, never, wait_for

HOUR = "3600"


def test_an_application_that_ends_is_told_long_before_the_next_tick(watch, telegram, app):
    """The kept connection ends with it: a hint; then two more looks a second apart."""
    daemon = watch(metrics_url=app.metrics_url(), interval_s=HOUR, confirm_s="1", orch_down_ticks="3")
    daemon.wait_looked()
    assert app.fetches == 1
    app.down()
    telegram.wait("🔴 orchestrator: .*refused", timeout=30)
    app.up()
    daemon.tick()
    telegram.wait("🟢 orchestrator")


def test_a_dependency_that_fails_is_confirmed_and_recovers_as_quickly(watch, telegram, dep):
    daemon = watch(deps=f"git={dep.url('/')}", interval_s=HOUR, confirm_s="1", dep_down_ticks="3", recover_ticks="2")
    wait_for(lambda: dep.pings == 1, "the first look")
    dep.status = "503 Service Unavailable"
    daemon.tick()
    telegram.wait("🔴 dep git: .*503", timeout=30)
    assert dep.pings == 4
    dep.status = "200 OK"
    daemon.tick()
    telegram.wait("🟢 dep git", timeout=30)
    assert dep.pings == 6


def test_without_it_a_failure_waits_for_the_tick(watch, telegram, dep):
    daemon = watch(deps=f"git={dep.url('/')}", interval_s=HOUR, dep_down_ticks="2")
    wait_for(lambda: dep.pings == 1, "the first look")
    dep.status = "503 Service Unavailable"
    daemon.tick()
    wait_for(lambda: dep.pings == 2, "the second look")
    never(lambda: dep.pings > 2 or telegram.find("🔴"), "a third look", 3)


def test_an_application_that_closes_kept_connections_is_not_polled_for_it(watch, app):
    """A server's own keep-alive timeout: believed once."""
    app.behave = lambda connection, a: (connection.reply("200 OK", '{"queue": {"counts": {"failed": 0}}}'), connection.close())
    watch(metrics_url=app.metrics_url(), interval_s=HOUR, confirm_s="1")
    wait_for(lambda: app.fetches >= 1, "the first look")
    time.sleep(3 * PATIENCE)
    assert app.fetches <= 2
