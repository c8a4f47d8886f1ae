"""What a person meets at the shell: usage, configuration errors, -n, -V, -h."""

import subprocess

import re

import pytest

from support.daemon import WATCHDOG, environment, run
from support.telegram import Telegram


@pytest.fixture
def conf(tmp_path):
    def write(*lines):
        path = tmp_path / "watchdog.conf"
        path.write_text("\n".join(lines) + "\n")
        return path
    return write


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_version_names_the_program(option):
    done = run(option)
    assert done.returncode == 0
    assert done.stdout.startswith("watchdog ")


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_lists_every_option(option):
    done = run(option)
    assert done.returncode == 0
    for letter in "fn1tTvV":
        assert f"-{letter}" in done.stdout


@pytest.mark.parametrize("option", ["-n", "-V", "-h"])
def test_what_cannot_be_written_is_no_success(option):
    with open("/dev/full", "w") as full:
        done = subprocess.run([str(WATCHDOG), option], env=environment({}), stdin=subprocess.DEVNULL, stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=30, check=False)
    assert done.returncode == 74
    assert done.stderr == "watchdog: what was printed could not be written: No space left on device\n"


@pytest.mark.parametrize("args", [["--nonsense"], ["-x"], ["-f"], ["stray"], ["-1", "-n"]])
def test_bad_usage_is_one_line_and_64(args):
    done = run(*args)
    assert done.returncode == 64
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


def test_bad_configuration_shows_every_error_with_its_line_and_is_78(conf):
    path = conf("# a comment", "WATCHDOG_MEM_PCT=9O", "", "WATCHDOG_INTERVAL_S=soon", "WATCHDOG_ENABLED=maybe")
    done = run("-n", "-f", path, quick=False)
    assert done.returncode == 78
    assert f'{path}:2: WATCHDOG_MEM_PCT: expected a percentage from 1 to 100, found "9O"' in done.stderr
    assert f"{path}:4: WATCHDOG_INTERVAL_S: expected" in done.stderr
    assert f"{path}:5: WATCHDOG_ENABLED: expected" in done.stderr
    assert len(done.stderr.splitlines()) == 3


def test_the_daemon_itself_refuses_a_bad_configuration(conf):
    assert run("-f", conf("WATCHDOG_MEM_PCT=0"), quick=False).returncode == 78


def test_a_file_that_is_not_there_is_an_error_that_names_it(tmp_path):
    done = run("-n", "-f", tmp_path / "nowhere.conf", quick=False)
    assert done.returncode == 78
    assert "nowhere.conf" in done.stderr


def test_an_unknown_key_in_the_file_is_an_error_with_the_nearest_name(conf):
    done = run("-n", "-f", conf("WATCHDOG_MEM_PTC=90"), quick=False)
    assert done.returncode == 78
    assert "WATCHDOG_MEM_PCT" in done.stderr


def test_an_unknown_key_in_the_environment_is_only_a_warning():
    done = run("-n", keys={"WATCHDOG_MEM_PTC": "90"}, quick=False)
    assert done.returncode == 0
    assert "WATCHDOG_MEM_PTC" in done.stderr


def test_what_systemd_sets_is_not_warned_of():
    done = run("-n", keys={"WATCHDOG_USEC": "10", "WATCHDOG_PID": "1"}, quick=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_trailing_comment_is_an_error_with_a_hint(conf):
    done = run("-n", "-f", conf("WATCHDOG_MEM_PCT=90  # high"), quick=False)
    assert done.returncode == 78
    assert "comment" in done.stderr


def test_the_environment_wins_over_the_file(conf):
    done = run("-n", "-f", conf("WATCHDOG_MEM_PCT=80"), keys={"WATCHDOG_MEM_PCT": "70"}, quick=False)
    assert done.returncode == 0
    assert "WATCHDOG_MEM_PCT=70" in done.stdout


def test_quotes_are_stripped_and_an_empty_value_is_unset(conf):
    done = run("-n", "-f", conf('WATCHDOG_MEM_PCT="80"', "WATCHDOG_INTERVAL_S="), quick=False)
    assert done.returncode == 0
    assert "WATCHDOG_MEM_PCT=80" in done.stdout
    assert "WATCHDOG_INTERVAL_S=30" in done.stdout


def test_a_key_may_come_from_a_file_of_its_own(conf, tmp_path):
    (tmp_path / "mark").write_text("77\nsecond line\n")
    done = run("-n", "-f", conf(f"WATCHDOG_MEM_PCT_FILE={tmp_path}/mark"), quick=False)
    assert done.returncode == 0
    assert "WATCHDOG_MEM_PCT=77" in done.stdout


def test_a_key_and_its_file_at_once_are_an_error(conf, tmp_path):
    (tmp_path / "mark").write_text("77\n")
    assert run("-n", "-f", conf("WATCHDOG_MEM_PCT=80", f"WATCHDOG_MEM_PCT_FILE={tmp_path}/mark"), quick=False).returncode == 78


@pytest.mark.parametrize("alone", [{"WATCHDOG_TG_BOT_TOKEN": Telegram.TOKEN}, {"WATCHDOG_TG_CHAT_ID": "1"}])
def test_token_and_chat_need_each_other(alone):
    assert run("-n", keys=alone, quick=False).returncode == 78


def test_checking_prints_the_configuration_with_secrets_masked():
    done = run("-n", keys={"WATCHDOG_TG_BOT_TOKEN": Telegram.TOKEN, "WATCHDOG_TG_CHAT_ID": "-1"}, quick=False)
    assert done.returncode == 0
    assert "WATCHDOG_TG_BOT_TOKEN" in done.stdout
    assert Telegram.TOKEN.split(":")[1] not in done.stdout + done.stderr


def test_a_bad_token_is_refused_without_being_shown():
    done = run("-n", keys={"WATCHDOG_TG_BOT_TOKEN": Telegram.TOKEN + "/../x", "WATCHDOG_TG_CHAT_ID": "1"}, quick=False)
    assert done.returncode == 78
    assert Telegram.TOKEN.split(":")[1] not in done.stdout + done.stderr


@pytest.mark.parametrize("key", ["WATCHDOG_CA_FILE", "WATCHDOG_TG_CA_FILE"])
@pytest.mark.parametrize("option", ["-n", "-t", "-1"])
def test_a_file_of_certificates_that_cannot_be_read_is_an_error(key, option, tmp_path):
    done = run(option, keys={key: tmp_path / "nowhere.pem"}, quick=False)
    assert done.returncode == 78
    assert done.stderr == f"error: {key}: {tmp_path}/nowhere.pem: No such file or directory\n"


@pytest.mark.root
@pytest.mark.parametrize("user", ["nobody-has-this-name", "root"])
def test_a_user_that_the_daemon_would_refuse_is_an_error_of_checking_too(user):
    done = run("-n", keys={"WATCHDOG_USER": user}, quick=False)
    assert done.returncode == 78 and done.stdout == ""
    assert re.fullmatch(f'error: WATCHDOG_USER: expected an (existing|ordinary) user, found "{user}".*\n', done.stderr)


@pytest.mark.parametrize("level", ["info", "debug"])
def test_checking_shows_the_level_that_the_daemon_would_log_at(level):
    assert f"WATCHDOG_LOG_LEVEL={level}\n" in run("-n", keys={"WATCHDOG_LOG_LEVEL": level}, quick=False).stdout


def test_a_clear_mark_over_the_alert_mark_is_an_error():
    assert run("-n", keys={"WATCHDOG_MEM_PCT": "80", "WATCHDOG_MEM_CLEAR_PCT": "81"}, quick=False).returncode == 78
    assert run("-n", keys={"WATCHDOG_MEM_PCT": "80", "WATCHDOG_MEM_CLEAR_PCT": "80"}, quick=False).returncode == 0
