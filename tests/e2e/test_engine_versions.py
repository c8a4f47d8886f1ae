"""
Every version of the engine's API from 1.24 to 1.55, and those that may come,
by a scripted engine that refuses what is outside its own versions and answers
each as that version does; and events that are lost, doubled, late or silent.
"""

import re
import time

import pytest

from support.fake_engine import container, minor
from support.wait import never, wait_for

# What engines were released with: newest and oldest version.
RELEASED = [
    ("1.24", "1.12"), ("1.25", "1.12"), ("1.30", "1.12"), ("1.40", "1.12"), ("1.41", "1.12"), ("1.42", "1.12"), ("1.43", "1.12"),
    ("1.44", "1.24"), ("1.45", "1.24"), ("1.46", "1.24"), ("1.47", "1.24"), ("1.48", "1.24"), ("1.49", "1.24"), ("1.51", "1.24"),
    ("1.52", "1.44"), ("1.53", "1.44"), ("1.54", "1.40"), ("1.55", "1.40"),
    ("1.41", "1.41"), ("1.55", "1.55"), ("1.60", "1.57"),  # an administrator may move the oldest up to the newest
]


@pytest.fixture
def seen(watch, fake_engine):
    """A daemon that looks once an hour, has looked, and hears the engine's events."""
    def begin(names="*", **more):
        daemon = watch("-v", docker_sock=fake_engine.path, **{"containers": names, "interval_s": 3600, "docker_resync_s": 3600,
                                                                  "http_timeout_s": 20, **more})
        daemon.wait_log(r"docker +(ok|bad)", timeout=20)
        assert fake_engine.streams or "events" in fake_engine.behave
        return daemon
    return begin


def becomes(engine, name, state, **more):
    """The engine's list changes; returns the item."""
    item = container(name, state, **more)
    engine.containers = [item if c["Names"] == item["Names"] else c for c in engine.containers]
    return item


@pytest.mark.parametrize("api, min_api", RELEASED)
def test_each_version_is_watched_in_full(seen, telegram, fake_engine, api, min_api):
    fake_engine.api, fake_engine.min_api = api, min_api
    fake_engine.containers = [container("web", health="healthy"), container("db")]
    daemon = seen()
    assert not daemon.log_find("no events")
    fake_engine.tell("health_status: unhealthy", becomes(fake_engine, "web", "running", health="unhealthy"))
    telegram.wait(r"^🔴 container web: unhealthy")
    fake_engine.tell("die", becomes(fake_engine, "db", "exited", exit_code=3), exitCode="3")
    telegram.wait(r"🔴 container db: exited")
    asked = {int(v) for v in re.findall(r"/v1\.(\d+)/", "\n".join(fake_engine.requests))}
    # No more than the engine knows, nor than is of use; unless it insists, and then it is asked once in vain.
    assert max(asked) == (min(52, minor(api)) if minor(min_api) <= 52 else minor(api))


def test_an_engine_that_is_too_old_is_said_to_be(watch, telegram, fake_engine):
    fake_engine.api, fake_engine.min_api = "1.23", "1.12"
    watch(docker_sock=fake_engine.path, containers="web")
    assert "API 1.23 is too old" in telegram.wait(r"^🔴 docker: ").text


@pytest.mark.parametrize("before, after", [(("1.41", "1.12"), ("1.52", "1.44")), (("1.55", "1.40"), ("1.41", "1.12"))],
                         ids=["upgrade", "downgrade"])
def test_an_engine_that_is_exchanged_is_asked_in_its_own_version(seen, telegram, fake_engine, before, after):
    fake_engine.api, fake_engine.min_api = before
    fake_engine.containers = [container("web")]
    seen()
    fake_engine.api, fake_engine.min_api = after
    fake_engine.cut_streams()
    fresh = min(52, minor(after[0]))
    wait_for(lambda: any(f"/v1.{fresh}/events" in r for r in fake_engine.requests), "events of the new version", 20)
    fake_engine.tell("die", becomes(fake_engine, "web", "exited", exit_code=1))
    telegram.wait(r"^🔴 container web: exited", timeout=20)
    assert not telegram.find("docker")


def test_an_engine_that_is_exchanged_behind_our_back_is_asked_again(seen, telegram, fake_engine):
    fake_engine.api, fake_engine.min_api = "1.41", "1.12"
    fake_engine.containers = [container("web")]
    seen("web", interval_s=0.4)
    fake_engine.api, fake_engine.min_api = "1.52", "1.44"
    wait_for(lambda: any("/v1.52/containers" in r for r in fake_engine.requests), "a list of the new version", 20)
    never(lambda: telegram.attempts, "an alarm", 1)


# --- loss ---

def test_what_happened_while_the_stream_was_gone_is_told_by_its_history(seen, telegram, fake_engine):
    fake_engine.containers = [container("web")]
    seen()
    fake_engine.tell("start", fake_engine.containers[0])
    fake_engine.cut_streams()
    fake_engine.tell("die", becomes(fake_engine, "web", "exited", exit_code=1))
    telegram.wait(r"^🔴 container web: exited", timeout=20)


def test_what_even_its_history_has_lost_is_told_by_the_list(seen, telegram, fake_engine):
    fake_engine.containers = [container("web")]
    seen()
    becomes(fake_engine, "web", "exited", exit_code=1)
    fake_engine.cut_streams()
    telegram.wait(r"^🔴 container web: exited", timeout=20)


def test_a_clock_that_is_set_back_loses_nothing(seen, telegram, fake_engine):
    fake_engine.containers = [container("web")]
    seen()
    fake_engine.tell("start", fake_engine.containers[0], at=time.time() + 3600)  # before the clock was set back by an hour
    wait_for(lambda: any("filters=%7B%22id" in r for r in fake_engine.requests), "its check")
    fake_engine.cut_streams()
    fake_engine.tell("die", becomes(fake_engine, "web", "exited", exit_code=1))
    telegram.wait(r"^🔴 container web: exited", timeout=20)
    since = [float(re.search(r"since=([\d.]+)", r).group(1)) for r in fake_engine.requests if "/events" in r]
    assert since[-1] < time.time()


def test_a_stream_that_is_silent_though_containers_change_is_opened_anew(seen, telegram, fake_engine):
    fake_engine.containers = [container("web"), container("db")]
    daemon = seen(interval_s=0.4, docker_resync_s=0.8)
    becomes(fake_engine, "web", "exited", exit_code=1)
    telegram.wait(r"^🔴 container web: exited")
    daemon.wait_log("is silent though containers have changed")
    wait_for(lambda: sum("/events" in r for r in fake_engine.requests) >= 2, "a new stream")


def test_without_events_there_is_a_list_every_tick_and_that_is_said(seen, telegram, fake_engine):
    fake_engine.containers = [container("web")]
    fake_engine.behave["events"] = lambda connection, _: connection.send(b"HTTP/1.0 500 Internal Server Error\r\n\r\n")
    daemon = seen(interval_s=0.4)
    daemon.wait_log(r"docker: no events \(status 500\): a full list every tick")
    wait_for(lambda: re.search(r"docker events +none: status 500", daemon.ctl("status").stdout), "the status to say so")
    becomes(fake_engine, "web", "exited", exit_code=1)
    telegram.wait(r"^🔴 container web: exited")
    del fake_engine.behave["events"]
    daemon.wait_log("its events come again", timeout=40)
    wait_for(lambda: "docker events   none" not in daemon.ctl("status").stdout, "the status to say so", 20)


def test_a_flood_of_events_neither_stops_the_list_nor_floods_the_engine(seen, telegram, fake_engine):
    fake_engine.containers = [container(f"c{i}") for i in range(400)]
    seen(interval_s=0.5, docker_resync_s=0.5)
    before, began = len(fake_engine.requests), time.monotonic()
    for _ in range(10):
        for item in fake_engine.containers:
            fake_engine.tell("start", item)
    lists = sum("/containers/json?all=1 " in r for r in fake_engine.requests)
    wait_for(lambda: sum("/containers/json?all=1 " in r for r in fake_engine.requests) > lists, "the list's turn", 20)
    asked = len(fake_engine.requests) - before
    assert asked < 100 + 50 * (time.monotonic() - began)
    fake_engine.tell("die", becomes(fake_engine, "c7", "exited", exit_code=1))
    telegram.wait(r"🔴 container c7: exited", timeout=30)


def test_hostile_events_do_no_harm(seen, telegram, fake_engine):
    fake_engine.containers = [container("web")]
    junk = [b"\x00" * 300_000 + b"\n", b"[" * 100_000 + b"\n", b'{"Type":"container"}\n', b"\xff\xfe\n", b"{}\n\n\r\n", b'{"a":"' + b"x" * (1 << 20)]
    seen()
    for part in junk:
        for connection, _ in list(fake_engine.streams):
            connection.send(part)
    for connection, _ in list(fake_engine.streams):
        connection.send(b'"}\n')
    fake_engine.tell("die", becomes(fake_engine, "web", "exited", exit_code=1))
    telegram.wait(r"^🔴 container web: exited")
