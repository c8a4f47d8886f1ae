"""What Telegram said holds for the next notifier too; and chats that change."""

import os
import signal

import pytest

from support import telegram as tg
from support.wait import never, settle, wait_for


@pytest.fixture
def incident(watch, dep):
    """A daemon that has something to tell: the dependency git is down."""
    def begin(**keys):
        daemon = watch(**{"deps": f"git={dep.tcp()}", **keys})
        dep.down()
        return daemon
    return begin


def kill_notifier(daemon):
    daemon.expect_deaths = True
    old = daemon.role("notifier")
    os.kill(old, signal.SIGKILL)
    return daemon.wait_new("notifier", old)


def test_a_flood_is_waited_for_by_the_next_notifier_too(incident, telegram):
    telegram.script(tg.too_many(8))
    daemon = incident()
    [first] = telegram.wait_attempts(1)
    daemon.wait_log("Telegram asks all chats to wait")
    settle()
    kill_notifier(daemon)
    second = telegram.wait_attempts(2, timeout=20)[1]
    assert second.time - first.time >= 8.0
    assert second.mark == first.raw[first.raw.rindex("#"):]


@pytest.mark.parametrize("where", ["body", "header"])
def test_a_flood_of_years_is_shouted(incident, telegram, where):
    telegram.script(tg.too_many(10 * 365 * 86400, where))
    daemon = incident()
    daemon.wait_log(r"^error.* asks to wait 315360000 s, over a day")
    never(lambda: len(telegram.attempts) > 1, "a second attempt", 3)


def test_a_chat_that_moved_is_known_to_the_next_notifier(incident, telegram, dep):
    telegram.chats.add("-100999")
    telegram.always(tg.migrate(-100999), chat=telegram.CHAT)
    daemon = incident()
    telegram.wait(r"^🔴 dep git: ", chat="-100999")
    telegram.wait(r"^👁 this chat has a new id, -100999: put it into WATCHDOG_TG_CHAT_ID$", chat="-100999")
    kill_notifier(daemon)
    asked = len([a for a in telegram.attempts if a.chat == telegram.CHAT])
    dep.up()
    telegram.wait(r"^🟢 dep git: ", chat="-100999")
    assert len([a for a in telegram.attempts if a.chat == telegram.CHAT]) == asked, "the old id is not asked again"
    assert len({a.text for a in telegram.find("new id")}) == 1, "told once, or the same message again"


def test_a_chat_that_moved_is_known_to_the_next_brain(incident, telegram, dep):
    telegram.chats.add("-100999")
    telegram.always(tg.migrate(-100999), chat=telegram.CHAT)
    daemon = incident()
    telegram.wait(r"^🔴 dep git: ", chat="-100999")
    daemon.expect_deaths = True
    for role in ("brain", "notifier"):
        old = daemon.role(role)
        os.kill(old, signal.SIGKILL)
        daemon.wait_new(role, old)
    asked = len([a for a in telegram.attempts if a.chat == telegram.CHAT])
    dep.up()
    telegram.wait(r"🟢 dep git: ", chat="-100999", timeout=20)
    assert len([a for a in telegram.attempts if a.chat == telegram.CHAT]) == asked, "the old id is not asked again"


def test_a_deleted_topic_falls_back_to_the_chat_once(incident, telegram, dep):
    daemon = incident(tg_chat_id=f"{telegram.CHAT}:45")
    assert telegram.wait(r"^🔴 dep git: ").thread == 0
    daemon.wait_log("its topic is gone")
    dep.up()
    telegram.wait(r"^🟢 dep git: ")
    assert [a.thread for a in telegram.attempts] == [45, 0, 0]


def test_a_message_that_was_under_way_when_the_notifier_died_is_told_with_its_mark(incident, telegram):
    telegram.script(tg.hang)
    daemon = incident()
    [first] = telegram.wait_attempts(1)
    kill_notifier(daemon)
    wait_for(telegram.taken, "a message taken", 20)
    assert telegram.taken()[0].text.splitlines()[-1].endswith(first.raw[first.raw.rindex("#"):])
