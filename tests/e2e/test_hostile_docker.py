"""A hostile engine costs its own signals; it is sent a fixed set of GETs and nothing else."""

import json
import re

import pytest

from support import fake_engine as fake
from support import proc
from support.fake_engine import container
from support.wait import never, wait_for

ROLE_MAX_KIB = 160 * 1024
ALLOWED = re.compile(r"GET (/_ping|/version|/v1\.\d+/containers/json\?all=1(&filters=[^ ]*)?|/v1\.\d+/events(\?[^ ]*)?) HTTP/1\.0")

UNUSABLE = {
    "hang": fake.hang,
    "close": fake.close,
    "truncated": fake.truncated,
    "garbage": fake.garbage,
    "status 500": fake.status_500,
    "not a list": fake.answer('{"message": "hello"}'),
    "a list of other things": fake.answer('[null, 1, "x", []]'),
    "text": fake.answer("page not found"),
    "empty": fake.answer(""),
    "endless": fake.huge,
    "one endless container": fake.huge_element,
    "deep": fake.answer("[" * 100_000),
}

ODD = {
    "nulls": '[{}, {"Names": null}, {"Names": [null], "State": 3}, %s]',
    "no state": '[{"Id": "x", "Names": ["/odd"]}, %s]',
    "unknown state": '[{"Id": "x", "Names": ["/odd"], "State": "levitating", "Status": "Up"}, %s]',
    "invalid utf-8": '[{"Id": "x", "Names": ["/\udcff\udcfe"], "State": "running", "Status": "Up"}, %s]',
    "long name": '[{"Id": "x", "Names": ["/' + "n" * 50_000 + '"], "State": "running", "Status": "Up"}, %s]',
    "deep element": '[{"Labels": ' + "[" * 500 + "]" * 500 + ', "Names": ["/odd"]}, %s]',
    "brackets in text": '[{"Id": "x", "Names": ["/odd"], "Labels": {"a": "]}[{\\\\\\"}]"}, "State": "running"}, %s]',
}


@pytest.fixture
def watched(watch, telegram, fake_engine, dep):
    """A daemon on a scripted engine, beside an honest dependency."""
    def begin(names="api", **keys):
        return watch(**{"containers": names, "docker_sock": fake_engine.path, "deps": f"git={dep.tcp()}", "docker_resync_s": 0, **keys})
    return begin


def only_allowed_requests(engine):
    assert engine.requests
    for line in engine.requests:
        assert ALLOWED.fullmatch(line), line


@pytest.mark.parametrize("behaviour", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_three_unusable_lists_are_the_docker_alarm(watched, telegram, fake_engine, dep, behaviour):
    fake_engine.containers = [container("api")]
    fake_engine.behave["list"] = behaviour
    daemon = watched()
    collector = daemon.role("collector")
    telegram.wait(r"🔴 docker: ", timeout=40)
    assert not telegram.find("container api"), "no data is not missing"
    dep.down()
    telegram.wait(r"🔴 dep git: ", timeout=20)
    assert daemon.role("collector") == collector, "it was not restarted"
    for name, pid in daemon.all_pids().items():
        assert proc.memory_kib(pid)["rss"] < ROLE_MAX_KIB, name
    fake_engine.behave.clear()
    telegram.wait(r"🟢 docker: ", timeout=20)
    only_allowed_requests(fake_engine)


@pytest.mark.parametrize("form", ODD.values(), ids=ODD.keys())
def test_an_odd_container_costs_itself_only(watched, telegram, fake_engine, form):
    exited = json.dumps(container("api", "exited", exit_code=3))
    text = form % exited
    fake_engine.behave["list"] = lambda connection, _: connection.send(
        b"HTTP/1.0 200 OK\r\n\r\n" + text.encode("utf-8", "surrogateescape"))
    watched()
    telegram.wait(r"🔴 container api: ", timeout=15)
    assert not telegram.find("🔴 docker")


def test_one_byte_at_a_time_is_still_a_list(watched, telegram, fake_engine):
    fake_engine.containers = [container("api", "exited", exit_code=1)]
    fake_engine.behave["list"] = lambda connection, good: connection.slowly(b"HTTP/1.0 200 OK\r\n\r\n" + good.encode(), 0.002)
    watched(http_timeout_s="5")
    telegram.wait(r"🔴 container api: ", timeout=20)


def test_ten_thousand_containers(watched, telegram, fake_engine):
    fake_engine.containers = [container(f"filler{i}") for i in range(10000)] + [container("api", "exited", exit_code=1)]
    watched(names="*", http_timeout_s="20")
    wait_for(lambda: len([r for r in fake_engine.requests if "json" in r]) >= 3, "three lists", 60)
    never(lambda: telegram.attempts, "an alarm for one that was never seen running", 0.5)
    fake_engine.containers[77] = container("filler77", "exited", exit_code=1)
    telegram.wait(r"🔴 container filler77: ", timeout=40)


def test_podman_is_understood(watched, telegram, fake_engine):
    fake_engine.podman = True
    fake_engine.containers = [container("api", State="stopped", Status="Exited (0) 4 days ago"), container("web", Status="Up 4 days")]
    fake_engine.containers[0]["State"] = "exited"
    watched(names="api,web")
    telegram.wait(r"🔴 container api: ", timeout=15)
    assert not telegram.find("container web")


def test_the_oldest_and_newest_version_is_asked_for_what_it_knows(watched, fake_engine):
    fake_engine.api, fake_engine.min_api = "1.54", "1.44"
    watched()
    wait_for(lambda: [r for r in fake_engine.requests if "containers/json" in r], "a list")
    minor = int(re.search(r"/v1\.(\d+)/containers", "\n".join(fake_engine.requests)).group(1))
    assert 44 <= minor <= 54


def test_a_name_is_not_a_prefix(watched, telegram, fake_engine):
    fake_engine.containers = [container("web2"), container("myweb")]
    watched(names="web")
    telegram.wait(r"🔴 container web: .*missing")


@pytest.mark.parametrize("item, word", [
    (container("api", "exited", exit_code=3), "exited"),
    (container("api", "paused"), "paused"),
    (container("api", "restarting", exit_code=1), "restarting"),
    (container("api", "dead"), "dead"),
    (container("api", "created"), ""),
    (container("api", health="unhealthy"), "unhealthy"),
], ids=lambda x: x if isinstance(x, str) else "")
def test_a_named_container_is_bad_in_each_bad_state_and_recovers(watched, telegram, fake_engine, item, word):
    fake_engine.containers = [item]
    watched()
    telegram.wait(rf"🔴 container api: .*{word}")
    fake_engine.containers = [container("api")]
    telegram.wait(r"🟢 container api: recovered after .*running")


@pytest.mark.parametrize("item", [container("api"), container("api", health="healthy"), container("api", health="starting")],
                         ids=["running", "healthy", "starting"])
def test_a_container_that_runs_is_well(watched, telegram, fake_engine, item):
    fake_engine.containers = [item]
    watched()
    wait_for(lambda: len([r for r in fake_engine.requests if "json" in r]) >= 3, "three lists")
    assert not telegram.attempts


def test_globs_name_containers(watched, telegram, fake_engine):
    fake_engine.containers = [container("api-1", "exited", exit_code=2), container("db", "exited", exit_code=2)]
    watched(names="api-*")
    telegram.wait(r"🔴 container api-1: ")
    assert not telegram.find("container db")


def test_a_discovered_container_that_crashes_is_told_and_one_that_ended_well_is_not(watched, telegram, fake_engine):
    fake_engine.containers = [container("api"), container("job"), container("old", "exited", exit_code=1)]
    daemon = watched(names="*")
    wait_for(lambda: len([r for r in fake_engine.requests if "json" in r]) >= 2, "two lists")
    daemon.wait_roles("collector")
    fake_engine.containers = [container("api", "exited", exit_code=137), container("job", "exited", exit_code=0),
                              container("old", "exited", exit_code=1)]
    telegram.wait(r"🔴 container api: ")
    assert not telegram.find("container (job|old)")


def test_an_alerting_discovered_container_that_goes_is_gone(watched, telegram, fake_engine):
    fake_engine.containers = [container("api"), container("other")]
    watched(names="*")
    wait_for(lambda: len([r for r in fake_engine.requests if "json" in r]) >= 2, "two lists")
    fake_engine.containers = [container("api", health="unhealthy"), container("other")]
    telegram.wait(r"🔴 container api: unhealthy")
    fake_engine.containers = [container("other")]
    telegram.wait(r"🟢 container api: .*gone")


def test_the_socket_goes_and_comes_back(watched, telegram, fake_engine):
    fake_engine.containers = [container("api")]
    watched()
    wait_for(lambda: fake_engine.requests, "a request")
    fake_engine.gone()
    telegram.wait(r"🔴 docker: ", timeout=15)
    fake_engine.back()
    telegram.wait(r"🟢 docker: recovered after ", timeout=15)
    assert not telegram.find("container api")


def test_every_byte_sent_to_the_engine_is_one_of_the_built_in_requests(watched, fake_engine):
    fake_engine.containers = [container("api"), container("web")]
    watched(names="api,web,lost")
    wait_for(lambda: len([r for r in fake_engine.requests if "json" in r]) >= 3, "three lists")
    only_allowed_requests(fake_engine)
    heads = [h for h in fake_engine.received.split(b"\r\n\r\n") if h]
    for head in heads:
        assert re.fullmatch(rb"GET [^ ]+ HTTP/1\.0\r\nUser-Agent: watchdog/[0-9.]+", head), head
