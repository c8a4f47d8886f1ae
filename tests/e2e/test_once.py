"""watchdog -1, one look as a table, and watchdog -t, one message through the real channel."""

import re
import subprocess

import pytest

from support import telegram as tg
from support.daemon import PLAIN, STAGE, WATCHDOG, environment, run


def once(keys, **more):
    return run("-1", keys=keys, **more)


def test_all_well_is_0_and_shows_every_signal(app, dep):
    done = once({"WATCHDOG_METRICS_URL": app.metrics_url(), "WATCHDOG_DEPS": f"git={dep.url('/')}"})
    assert done.returncode == 0, done.stderr
    for key in ("orchestrator", "mem", "disk:/", "dep:git"):
        assert key in done.stdout


def test_something_active_is_1_and_needs_no_second_look(app):
    app.down()
    done = once({"WATCHDOG_METRICS_URL": app.metrics_url(), "WATCHDOG_ORCH_DOWN_TICKS": "3"})
    assert done.returncode == 1, done.stderr
    assert "orchestrator" in done.stdout


def test_a_table_is_for_people_so_nothing_is_sent(app, telegram, telegram_keys):
    app.down()
    assert once({**telegram_keys, "WATCHDOG_METRICS_URL": app.metrics_url()}).returncode == 1
    assert telegram.requests == []


def test_with_no_configuration_at_all():
    done = once({}, quick=False)
    assert done.returncode in (0, 1), done.stderr
    assert "mem" in done.stdout and "disk:/" in done.stdout


@pytest.mark.root
def test_a_program_that_cannot_start_is_2():
    hide = f"mount --bind /dev/null {STAGE}/libexec/watchdog/watchdog-brain && exec {WATCHDOG} -1"
    done = subprocess.run(["unshare", "--mount", "sh", "-c", hide], env=environment({}), capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "brain" in done.stderr


def test_a_dependency_that_hangs_ends_at_its_deadline(dep):
    dep.hanging = True
    done = once({"WATCHDOG_DEPS": f"git={dep.url('/')}"}, timeout=15)
    assert done.returncode == 1, done.stderr


def test_the_test_message_arrives(telegram, telegram_keys):
    done = run("-t", keys=telegram_keys)
    assert done.returncode == 0, done.stdout + done.stderr
    [attempt] = telegram.taken()
    assert attempt.chat == telegram.CHAT
    assert "host1" in attempt.text


@pytest.mark.parametrize("option,status", [("-1", 2), ("-T", 1)])
def test_nothing_is_looked_at_while_watching_is_off_and_that_is_said_at_once(option, status):
    done = run(option, keys={"WATCHDOG_ENABLED": "false"})
    assert done.returncode == status
    assert done.stdout == "" and "WATCHDOG_ENABLED is false" in done.stderr


@pytest.mark.root
def test_who_gives_up_says_for_whom_he_waited():
    script = f'mount -t tmpfs none "{STAGE}/libexec/watchdog" && exec "{WATCHDOG}" -1'
    done = subprocess.run(["unshare", "--mount", "sh", "-c", script], env=environment({}), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert re.search(r"giving up: no result, for the collector is not at work \(.*No such file", done.stderr), done.stderr


def test_the_test_message_arrives_though_watching_is_off(telegram, telegram_keys):
    assert run("-t", keys={**telegram_keys, "WATCHDOG_ENABLED": "false"}).returncode == 0
    assert len(telegram.taken()) == 1


def test_a_refused_test_message_is_1_and_says_why(telegram, telegram_keys):
    telegram.always(tg.blocked)
    done = run("-t", keys=telegram_keys)
    assert done.returncode == 1
    assert "bot was blocked by the user" in done.stdout + done.stderr


def test_a_test_message_that_finds_nobody_is_1(telegram, telegram_keys):
    telegram.down()
    done = run("-t", keys=telegram_keys, timeout=60)
    assert done.returncode == 1
    assert telegram.TOKEN.split(":")[1] not in done.stdout + done.stderr


def test_a_wrong_certificate_is_1_and_the_token_never_leaves(telegram, telegram_keys, tmp_path):
    from support.tls import Authority
    other = Authority(tmp_path)
    done = run("-t", keys={**telegram_keys, "WATCHDOG_TG_CA_FILE": other.ca_file}, timeout=60)
    assert done.returncode == 1
    assert telegram.requests == []
    assert "certificate" in done.stdout + done.stderr


def test_a_process_that_cannot_come_up_is_not_waited_for(telegram_keys, tmp_path):
    (tmp_path / "ca.pem").write_text("no certificate\n")
    done = run("-t", keys={**telegram_keys, "WATCHDOG_TG_CA_FILE": tmp_path / "ca.pem"}, timeout=60)
    assert done.returncode == 1
    assert "CA bundle: expected certificates in PEM form, found none" in done.stderr
    assert done.stderr.count("it is started anew") == 3, done.stderr


def test_what_came_of_a_test_message_is_said_once_and_where(telegram, telegram_keys):
    telegram.down()
    done = run("-t", keys=telegram_keys, timeout=60)
    assert done.stdout == "chat 1: localhost: connection refused\n"
    assert done.stderr == ""


def test_a_proxy_that_refuses_is_told_as_one_and_its_url_is_not_shown(telegram_keys):
    done = run("-t", keys={**telegram_keys, "WATCHDOG_TG_PROXY": "http://user:secret@127.0.0.1:9"}, timeout=60)
    assert done.stdout == "chat 1: localhost through the proxy: connection refused\n"
    assert "secret" not in done.stderr


def test_the_environment_of_the_tests_is_clean():
    assert not [k for k in PLAIN if k.startswith("WATCHDOG_")]
