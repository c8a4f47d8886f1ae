"""WATCHDOG_METRICS_URL is changed by a reload: what another application has behind it is no news."""

import pytest

from support.application import Application
from support.wait import wait_for


@pytest.fixture
def other(closing):
    return closing(Application())


@pytest.fixture
def daemon(watch, app, tmp_path):
    """A daemon that knows of 2 failed jobs of app; point(application) has it look at that one."""
    conf = tmp_path / "watchdog.conf"
    conf.write_text(f"WATCHDOG_METRICS_URL={app.metrics_url()}\n")
    app.failed = 2
    started = watch("-v", "-f", conf, interval_s=3600)
    started.wait_log(r"orchestrator +ok")
    reloads = 0

    def point(application):
        nonlocal reloads
        conf.write_text(f"WATCHDOG_METRICS_URL={application.metrics_url()}\nWATCHDOG_COOLDOWN_S={1000 + reloads}\n")
        before, reloads = application.fetches, reloads + 1
        started.reload()
        started.wait_log("configuration reloaded", count=reloads)
        wait_for(lambda: application.fetches > before, "a fetch after the reload")
    started.point = point
    return started


def test_the_failed_jobs_of_another_application_are_no_news_until_there_are_more(daemon, telegram, app, other):
    other.failed = 9
    daemon.point(other)
    other.failed = 10
    before = other.fetches
    daemon.tick()
    wait_for(lambda: other.fetches > before, "one more fetch")
    assert "1 more job failed" in telegram.wait(r"job_failed: ").lines[0]


def test_those_of_the_same_one_are_counted_through_a_reload(daemon, telegram, app):
    app.failed = 5
    daemon.point(app)
    assert "3 more jobs failed" in telegram.wait(r"job_failed: ").lines[0]
