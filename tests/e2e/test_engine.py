"""Against a real docker engine."""

import grp
import re

import pytest

from support.wait import never, wait_for

pytestmark = pytest.mark.limit(90)


def test_a_named_container_that_is_killed_is_told_and_its_return_too(watch, telegram, engine):
    engine.run("victim")
    watch(keys=engine.keys("victim"))
    never(lambda: telegram.attempts, "an alarm while it runs", 2)
    engine.docker("kill", "victim")
    alert = telegram.wait(r"^🔴 container victim: exited")
    assert "137" in alert.text
    engine.docker("start", "victim")
    telegram.wait(r"^🟢 container victim: recovered after .*, running$")
    assert len(telegram.taken()) == 2


def test_a_named_container_that_is_removed_is_missing(watch, telegram, engine):
    engine.run("victim")
    daemon = watch(keys=engine.keys("victim"))
    daemon.wait_roles("collector")
    engine.docker("rm", "-f", "victim")
    telegram.wait(r"^🔴 container victim: .*missing", timeout=20)
    engine.run("victim")
    telegram.wait(r"^🟢 container victim: recovered after ", timeout=20)


def test_a_discovered_container_that_crashes_is_told(watch, telegram, engine):
    engine.run("worker", command=("sh", "-c", "while ! test -e /tmp/crash; do sleep 0.1; done; exit 3"))
    engine.run("done", command=("sh", "-c", "while ! test -e /tmp/end; do sleep 0.1; done"))
    watch("-vv", keys=engine.keys("*")).wait_log(r"container:worker", timeout=15)
    engine.docker("exec", "done", "touch", "/tmp/end")
    engine.docker("exec", "worker", "touch", "/tmp/crash")
    alert = telegram.wait(r"^🔴 container worker: exited", timeout=20)
    assert "3" in alert.lines[0]
    never(lambda: telegram.find("container done"), "an alarm for code 0", 2)


def test_an_unhealthy_container_is_told_and_its_health_too(watch, telegram, engine):
    engine.run("api", "--health-cmd", "test -e /tmp/ok", "--health-interval", "1s", "--health-retries", "1")
    engine.docker("exec", "api", "touch", "/tmp/ok")
    watch(keys=engine.keys("api"))
    engine.wait_state("api", "running healthy")
    engine.docker("exec", "api", "rm", "/tmp/ok")
    telegram.wait(r"^🔴 container api: unhealthy", timeout=20)
    engine.docker("exec", "api", "touch", "/tmp/ok")
    telegram.wait(r"^🟢 container api: recovered after .*", timeout=20)


def test_a_paused_container_is_bad_and_its_stale_health_is_not_believed(watch, telegram, engine):
    engine.run("api")
    watch(keys=engine.keys("api"))
    engine.docker("pause", "api")
    telegram.wait(r"^🔴 container api: paused")
    engine.docker("unpause", "api")
    telegram.wait(r"^🟢 container api: recovered after ")


def test_a_restart_loop_is_restarting(watch, telegram, engine):
    engine.run("loop", "--restart", "always", command=("sh", "-c", "sleep 0.1; exit 4"))
    engine.wait_state("loop", "restarting", 30)
    watch(keys=engine.keys("loop"))
    telegram.wait(r"^🔴 container loop: restarting", timeout=30)


@pytest.mark.limit(150)
def test_a_stopped_engine_is_the_docker_alarm_and_no_container_is_accused(watch, telegram, engine):
    engine.run("api", "--restart", "always")
    watch(keys=engine.keys("api"))
    never(lambda: telegram.attempts, "an alarm while all is well", 2)
    engine.stop()
    telegram.wait(r"^🔴 docker: ", timeout=30)
    engine.restart()
    telegram.wait(r"^🟢 docker: recovered after ", timeout=30)
    assert not telegram.find(r"🔴 container api")


def test_once_shows_every_container(engine):
    from support.daemon import run
    engine.run("one")
    engine.run("two")
    done = run("-1", keys=engine.keys("*"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "container:one" in done.stdout and "container:two" in done.stdout


def test_an_ordinary_user_in_dockers_group_sees_containers(start, telegram, telegram_keys, engine, ordinary):
    engine.run("victim")
    start(keys={**ordinary.keys(telegram_keys), **engine.keys("victim")}, through=ordinary.command(engine.sock.stat().st_gid))
    wait_for(lambda: engine.docker("kill", "victim") or True, "the kill")
    telegram.wait(r"^🔴 container victim: exited", timeout=15)


def test_an_ordinary_user_outside_dockers_group_is_told_which_group_is_missing(start, telegram, telegram_keys, engine, ordinary):
    gid = engine.sock.stat().st_gid
    start(keys={**ordinary.keys(telegram_keys), **engine.keys("victim")}, through=ordinary.command())
    told = telegram.wait(r"^🔴 docker: ", timeout=15)
    assert re.search(rf"group.*\b{grp.getgrgid(gid).gr_name}\b|\b{grp.getgrgid(gid).gr_name}\b.*group", told.lines[0][len("🔴 docker: "):])
