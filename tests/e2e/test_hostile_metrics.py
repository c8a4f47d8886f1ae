"""A hostile /metrics costs its own signals: the tick goes on, nobody dies, memory stays small."""

import pytest

from support import application, proc
from support.application import body
from support.wait import never, wait_for

COLLECTOR_MAX_KIB = 160 * 1024  # a sanitizer build included

UNUSABLE = {
    "hang": application.hang,
    "status 500": application.status_500,
    "status 404": body("{}", "404 Not Found"),
    "redirect": application.redirect("http://127.0.0.1:1/metrics"),
    "slow bytes": application.slow_bytes,
    "truncated": application.truncated,
    "not http": application.not_http,
    "1 GiB": application.huge,
    "endless head": application.endless_head,
    "deep": application.deep(),
    "deeper than 64": body('{"a":' + "[" * 65 + "]" * 65 + "}"),
    "empty": body(""),
    "a list": body("[1, 2]"),
    "a number": body("42"),
    "null": body("null"),
    "half an object": body('{"generated_at": 1, "queue": {'),
    "two objects": body('{"generated_at": 1} {"generated_at": 2}'),
    "html": body("<html>welcome</html>"),
    "bytes": body(bytes(range(256)) * 100),
    "over 4 MiB": body('{"a":"' + "x" * (4 << 20) + '"}'),
}

COSTS_A_FIELD = {
    "no fields": body("{}"),
    "wrong types": body('{"generated_at": [], "queue": 3, "agents": {"a": 1}}'),
    "counts are text": application.envelope(queue={"counts": {"failed": "many"}}),
    "negative": application.envelope(queue={"counts": {"failed": -5}}, agents=[{"run_id": 1, "cpu_ticks": -1}]),
    "absurd": application.envelope(queue={"counts": {"failed": 1e300}}, agents=[{"run_id": 1e300, "cpu_ticks": 1e308}]),
    "odd agents": application.envelope(agents=[None, 3, [], {}, {"run_id": None}, {"run_id": ""}, {"run_id": {}, "cpu_ticks": "x"}]),
    "duplicate keys": body('{"generated_at": 1, "generated_at": 2, "queue": {"counts": {"failed": 1, "failed": 2}}, "queue": []}'),
    "duplicate agents": application.envelope(agents=[{"run_id": 1, "cpu_ticks": 1}] * 50),
    "long name": application.envelope(agents=[{"run_id": "r" * 100_000, "cpu_ticks": 1, "name": "n" * 100_000}]),
    "10,000 agents": application.many_agents(10_000),
    "unknown fields": application.envelope(more={"deep": [[[[{"x": None}]]]]}),
}

EITHER = {
    "NaN": body('{"generated_at": NaN, "queue": {"counts": {"failed": NaN}}}'),
    "number too large": body('{"generated_at": 1e999, "queue": {"counts": {"failed": 1e999}}}'),
    "invalid utf-8": body(b'{"generated_at": 1, "agents": [{"run_id": "\xff\xfe\xc0\x80", "cpu_ticks": 1}]}'),
    "nul in a name": body('{"agents": [{"run_id": "a\\u0000b", "cpu_ticks": 1}]}'),
    "half a surrogate": body('{"agents": [{"run_id": "\\ud800", "cpu_ticks": 1}]}'),
}


@pytest.fixture
def hostile(watch, telegram, app, dep):
    """A daemon beside a hostile application and an honest dependency."""
    def begin(behaviour):
        app.behave = behaviour
        daemon = watch(metrics_url=app.metrics_url(), deps=f"git={dep.url('/')}", http_timeout_s="2", agent_stall_s="600")
        daemon.collector = daemon.role("collector")
        return daemon
    return begin


def the_rest_goes_on(daemon, telegram, dep):
    dep.down()
    telegram.wait(r"🔴 dep git: ", timeout=20)
    assert daemon.role("collector") == daemon.collector, "it was not restarted"
    assert proc.memory_kib(daemon.collector)["rss"] < COLLECTOR_MAX_KIB


@pytest.mark.parametrize("behaviour", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_what_cannot_be_used_is_a_failed_fetch(hostile, telegram, app, dep, behaviour):
    daemon = hostile(behaviour)
    telegram.wait(r"🔴 orchestrator: ", timeout=15)
    the_rest_goes_on(daemon, telegram, dep)
    app.behave = None
    telegram.wait(r"🟢 orchestrator: ", timeout=15)


@pytest.mark.parametrize("behaviour", COSTS_A_FIELD.values(), ids=COSTS_A_FIELD.keys())
def test_a_bad_field_costs_that_field_only(hostile, telegram, app, dep, behaviour):
    daemon = hostile(behaviour)
    wait_for(lambda: app.fetches >= 2, "two fetches")
    the_rest_goes_on(daemon, telegram, dep)
    assert not telegram.find("orchestrator")


@pytest.mark.parametrize("behaviour", EITHER.values(), ids=EITHER.keys())
def test_the_tick_goes_on_whatever_it_is_taken_for(hostile, telegram, app, dep, behaviour):
    daemon = hostile(behaviour)
    wait_for(lambda: app.fetches >= 2, "two fetches")
    the_rest_goes_on(daemon, telegram, dep)


def test_a_failed_count_that_is_nonsense_does_not_hide_a_later_failure(hostile, telegram, app):
    app.failed = 3
    hostile(None)
    wait_for(lambda: app.fetches >= 1, "a first fetch")
    app.behave = application.envelope(queue={"counts": {"failed": "many"}})
    seen = app.fetches
    wait_for(lambda: app.fetches >= seen + 2, "two more")
    app.failed, app.behave = 4, None
    telegram.wait(r"job_failed: ")


def test_a_generated_at_in_the_past_is_no_alarm_by_itself(hostile, telegram, app):
    app.generated_at = 1000.5
    hostile(None)
    wait_for(lambda: app.fetches >= 3, "three fetches")
    never(lambda: telegram.attempts, "an alarm", 0.5)
