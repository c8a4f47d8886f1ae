"""watchdog --find-chat: the chats that wrote to the bot, for who has a token and no chat id yet."""

import pytest

from support.daemon import run
from support.telegram import Telegram


@pytest.fixture
def token_alone(telegram_keys):
    return {k: v for k, v in telegram_keys.items() if k != "WATCHDOG_TG_CHAT_ID"}


def written(number, **chat):
    return {"update_id": number, "message": {"message_id": 1, "text": "/start", "chat": chat}}


def test_each_chat_is_a_line_with_id_kind_and_name(telegram, token_alone):
    telegram.updates = [written(1, id=-1001234567890, type="supergroup", title="Ops alerts"),
                        written(2, id=4242, type="private", first_name="Ann", username="ann")]
    done = run("--find-chat", keys=token_alone)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split(None, 2) for line in done.stdout.splitlines()] == [
        ["-1001234567890", "supergroup", "Ops alerts"], ["4242", "private", "Ann @ann"]]
    assert "WATCHDOG_TG_CHAT_ID" in done.stderr


def test_it_is_one_question_that_takes_nothing_away_and_sends_nothing(telegram, token_alone):
    telegram.updates = [written(1, id=4242, type="private", first_name="Ann")]
    for _ in range(2):
        assert run("--find-chat", keys=token_alone).returncode == 0
    assert len(telegram.requests) == 2
    assert all("getUpdates" in r.path and "offset" not in r.path for r in telegram.requests)


def test_with_a_chat_configured_it_works_too(telegram, telegram_keys):
    telegram.updates = [written(1, id=4242, type="private", first_name="Ann")]
    assert run("--find-chat", keys=telegram_keys).returncode == 0


def test_the_kill_switch_does_not_forbid_it(telegram, token_alone):
    telegram.updates = [written(1, id=4242, type="private", first_name="Ann")]
    assert run("--find-chat", keys={**token_alone, "WATCHDOG_ENABLED": "false"}).returncode == 0


def test_nobody_has_written_is_1_and_says_what_to_do(telegram, token_alone):
    done = run("--find-chat", keys=token_alone)
    assert (done.returncode, done.stdout) == (1, "")
    assert "write" in done.stderr and "/start" in done.stderr


def test_a_webhook_is_1_and_says_why(telegram, token_alone):
    telegram.webhook = True
    done = run("--find-chat", keys=token_alone)
    assert done.returncode == 1
    assert "webhook" in done.stderr and "a bot of its own" in done.stderr


def test_a_name_cannot_steer_the_terminal(telegram, token_alone):
    telegram.updates = [written(1, id=5, type="group", title="a\x1b]0;x\x07\nb\u202ec"), {"message": [7]}, 7]
    done = run("--find-chat", keys=token_alone)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 1
    assert not set(done.stdout) & {"\x1b", "\x07", "\u202e"}


def test_a_wrong_token_is_1_and_is_never_shown(telegram, token_alone):
    telegram.tokens = set()
    done = run("--find-chat", keys=token_alone)
    assert done.returncode == 1
    assert "the token is wrong" in done.stderr
    assert Telegram.TOKEN.split(":")[1] not in done.stdout + done.stderr


def test_a_name_that_is_the_token_is_not_shown(telegram, token_alone):
    telegram.updates = [written(1, id=5, type="group", title=Telegram.TOKEN)]
    done = run("--find-chat", keys=token_alone)
    assert done.returncode == 0, done.stderr
    assert Telegram.TOKEN.split(":")[1] not in done.stdout + done.stderr


def test_an_answer_that_never_comes_is_1(telegram, token_alone):
    telegram.down()
    done = run("--find-chat", keys=token_alone, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("watchdog: ")


def test_without_a_token_there_is_nobody_to_ask():
    done = run("--find-chat")
    assert done.returncode == 1
    assert "WATCHDOG_TG_BOT_TOKEN" in done.stderr


def test_the_daemon_itself_still_wants_a_chat(token_alone):
    assert run("-n", keys=token_alone).returncode == 78
