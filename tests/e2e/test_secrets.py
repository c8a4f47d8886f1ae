"""The token is in the notifier's memory and nowhere else once the daemon has started."""

import pytest

from support import proc
from support import telegram as tg
from support.wait import wait_for

pytestmark = pytest.mark.root  # to look into every process


def by_environment(keys, tmp_path):
    return keys, []


def by_configuration_file(keys, tmp_path):
    keys = dict(keys)
    path = tmp_path / "watchdog.conf"
    path.write_text(f"WATCHDOG_TG_BOT_TOKEN={keys.pop('WATCHDOG_TG_BOT_TOKEN')}\n")
    return keys, ["-f", path]


def by_secret_file(keys, tmp_path):
    keys = dict(keys)
    path = tmp_path / "token"
    path.write_text(keys.pop("WATCHDOG_TG_BOT_TOKEN") + "\n")
    return {**keys, "WATCHDOG_TG_BOT_TOKEN_FILE": path}, []


@pytest.fixture(params=[by_environment, by_configuration_file, by_secret_file], ids=lambda f: f.__name__)
def told(request, start, telegram, telegram_keys, dep, tmp_path):
    """A daemon that got its token in one of the three ways and has used it, in trouble and in peace."""
    keys, args = request.param(telegram_keys, tmp_path)
    telegram.script(tg.server_error, tg.reset)
    daemon = start("-vv", *args, keys=keys, deps=f"git={dep.tcp()}")
    dep.down()
    telegram.wait(r"^🔴 dep git: ", timeout=20)
    return daemon


def secret(telegram):
    return telegram.TOKEN.split(":")[1]


def others(daemon):
    return {name: pid for name, pid in daemon.all_pids().items() if name != "notifier"}


def test_no_process_but_the_notifier_has_it_in_memory(told, telegram):
    needle = secret(telegram).encode()
    assert proc.find_in_memory(told.role("notifier"), needle), "the search must be able to find it"
    found = {name: proc.find_in_memory(pid, needle) for name, pid in others(told).items()}
    assert len(found) >= 4
    assert not any(found.values()), found


def test_it_is_in_no_environment_and_no_command_line(told, telegram):
    needle = secret(telegram).encode()
    for name, pid in told.all_pids().items():
        assert needle not in proc.environ(pid), name
        assert needle not in proc.cmdline(pid), name


def test_it_is_not_in_the_log(told, telegram):
    assert secret(telegram) not in told.log
    assert told.log


def test_a_new_notifier_gets_it_and_still_nobody_else(told, telegram, dep):
    told.expect_deaths = True
    old = told.role("notifier")
    import os
    import signal
    os.kill(old, signal.SIGKILL)
    told.wait_new("notifier", old)
    dep.up()
    telegram.wait(r"^🟢 dep git: ", timeout=20)
    needle = secret(telegram).encode()
    found = {name: proc.find_in_memory(pid, needle) for name, pid in others(told).items()}
    assert not any(found.values()), found


def test_a_reload_leaves_no_copy(told, telegram):
    told.reload()
    told.wait_log("reloaded")
    told.wait_roles("collector", "brain", "notifier")
    needle = secret(telegram).encode()
    assert not proc.find_in_memory(told.pid, needle)
    wait_for(lambda: not any(proc.find_in_memory(p, needle) for p in others(told).values()), "no copy anywhere")
