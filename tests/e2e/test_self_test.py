"""watchdog -T: every role, in its sandbox, does its real work once."""

import re

import pytest

from support.daemon import run
from support.tls import Authority


def self_test(keys):
    """The exit status, and the rows by role."""
    done = run("-T", keys=keys)
    rows = {line.split()[0]: line for line in done.stdout.splitlines()[1:] if line}
    return done.returncode, rows


def test_without_configuration_what_is_not_configured_is_skipped():
    status, rows = self_test({})
    assert status == 0, rows
    assert "memory" in rows["collector"] and "skipped: no token" in rows["notifier"]
    assert "statvfs" in rows["prober"]


def test_every_role_is_confined(telegram_keys):
    status, rows = self_test(telegram_keys)
    assert status == 0, rows
    for role in ("collector", "brain", "notifier", "resolver", "prober"):
        assert re.search(r" none +filter, \d+ calls ", rows[role]), rows[role]
    assert re.search(r"filter, \d+ forbidden", rows["parent"])


@pytest.mark.root
def test_capabilities_are_named():
    _, rows = self_test({})
    assert re.match(r"parent +0 +kill,setgid,setuid +filter", rows["parent"]), rows["parent"]


def test_the_api_is_reached_and_its_certificate_verified(telegram, telegram_keys):
    status, rows = self_test(telegram_keys)
    assert status == 0, rows
    assert "connected, certificate verified" in rows["notifier"] and "found" in rows["resolver"]
    assert telegram.attempts == []


def test_a_certificate_of_somebody_else_fails(telegram_keys, tmp_path):
    stranger = Authority(tmp_path)
    status, rows = self_test({**telegram_keys, "WATCHDOG_TG_CA_FILE": stranger.ca_file})
    assert status == 1, rows
    assert "FAILED" in rows["notifier"] and "certificate" in rows["notifier"]


def test_a_name_that_is_not_there_fails(telegram_keys):
    status, rows = self_test({**telegram_keys, "WATCHDOG_TG_API_URL": "https://watchdog.invalid"})
    assert status == 1, rows
    assert "FAILED" in rows["resolver"] and "FAILED" in rows["notifier"]


def test_docker_is_asked_for_its_version(engine):
    status, rows = self_test(engine.keys("*"))
    assert status == 0, rows
    assert re.search(r"docker \d+\.\d+", rows["collector"])


@pytest.mark.parametrize("mode", ["log", "off"])
def test_without_enforce_it_does_not_hold(mode):
    status, rows = self_test({"WATCHDOG_SANDBOX": mode})
    assert status == 1, rows
