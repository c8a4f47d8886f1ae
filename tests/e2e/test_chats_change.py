"""Chats come and go by a reload: each keeps what waits for it, and who is new hears of no end whose beginning it did not."""

import pytest

from support import telegram as tg
from support.wait import settle

OTHER = "-100999"
THIRD = "-100777"


@pytest.fixture
def daemon(watch, telegram, dep, tmp_path):
    """daemon(chats): one that watches a dependency; .chats(chats): other ones, by a reload."""
    conf = tmp_path / "watchdog.conf"
    telegram.chats |= {OTHER, THIRD}

    def begin(*chats):
        conf.write_text(f"WATCHDOG_TG_CHAT_ID={','.join(chats)}\n")
        started = watch("-f", conf, deps=f"git={dep.tcp('localhost')}", keys={"WATCHDOG_TG_CHAT_ID": None})
        started.wait_roles("collector", "brain", "notifier")
        reloads = 0

        def change(*others):
            nonlocal reloads
            reloads += 1
            old = started.role("notifier"), started.role("brain")
            conf.write_text(f"WATCHDOG_TG_CHAT_ID={','.join(others)}\n")
            started.reload()
            started.wait_log("configuration reloaded", count=reloads)
            started.wait_new("notifier", old[0])
            started.wait_new("brain", old[1])
        started.chats = change
        return started
    return begin


@pytest.mark.parametrize("order", [(tg.Telegram.CHAT, OTHER), (OTHER, tg.Telegram.CHAT)])
def test_one_that_is_added_hears_of_no_recovery_of_what_it_was_not_told(daemon, telegram, dep, order):
    running = daemon(telegram.CHAT)
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    settle()
    running.chats(*order)
    dep.up()
    telegram.wait(r"^🟢 dep git: ", chat=telegram.CHAT)
    dep.down()
    telegram.wait(r"^🔴 dep git: ", chat=OTHER)
    dep.up()
    telegram.wait(r"^🟢 dep git: ", chat=OTHER)
    assert telegram.lines(OTHER)[0].startswith("🔴 dep git: ")


def test_what_waits_for_a_wrong_chat_is_told_to_the_right_one(daemon, telegram, dep):
    running = daemon("-100111")
    dep.down()
    running.wait_log("chat 1 cannot be used")
    running.chats(OTHER)
    telegram.wait(r"^🔴 dep git: ", chat=OTHER)


def test_what_waits_for_one_is_told_to_it_after_another_has_gone(daemon, telegram, dep):
    telegram.always(tg.chat_not_found, chat=OTHER)
    running = daemon(telegram.CHAT, OTHER)
    dep.down()
    telegram.wait(r"^🔴 dep git: ", chat=telegram.CHAT)
    running.wait_log("chat 2 cannot be used")
    telegram.always(None, chat=OTHER)
    running.chats(OTHER, THIRD)
    telegram.wait(r"^🔴 dep git: ", chat=OTHER)
    dep.up()
    telegram.wait(r"^🟢 dep git: ", chat=THIRD)
    assert not telegram.find("🔴", chat=THIRD)
