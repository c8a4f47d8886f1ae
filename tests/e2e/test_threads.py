"""A chat reads as incidents: what follows an alert replies to it; and what need not wake anybody makes no sound."""

import os
import signal

import pytest

from support import telegram as tg


def test_a_repetition_and_the_recovery_reply_to_their_alert(watch, telegram, dep):
    watch(deps=f"git={dep.tcp()}", cooldown_s="3")
    dep.down()
    alert = telegram.wait(r"^🔴 dep git: ")
    again = telegram.wait(r"^🔁 dep git: ")
    dep.up()
    recovery = telegram.wait(r"^🟢 dep git: ")
    assert alert.reply is None
    assert again.reply_to == recovery.reply_to == alert.message_id != 0
    assert recovery.reply == {"message_id": alert.message_id, "allow_sending_without_reply": True}
    dep.down()
    assert telegram.wait(r"^🔴 dep git: ", count=2).reply is None, "a new incident is a new thread"


def test_each_incident_has_its_own_thread(watch, telegram, dep, app):
    watch(deps=f"git={dep.tcp()}", metrics_url=app.metrics_url()).wait_looked()
    dep.down()
    git = telegram.wait(r"^🔴 dep git: ")
    app.down()
    orchestrator = telegram.wait(r"^🔴 orchestrator: ")
    dep.up()
    assert telegram.wait(r"^🟢 dep git: ").reply_to == git.message_id
    app.up()
    assert telegram.wait(r"^🟢 orchestrator: ").reply_to == orchestrator.message_id


def test_each_chat_has_its_own_message_ids(watch, telegram, dep):
    telegram.chats = {"-1001", "-1002"}
    telegram.message_id = 100
    watch(tg_chat_id="-1001,-1002", deps=f"git={dep.tcp()}")
    dep.down()
    alerts = {chat: telegram.wait(r"^🔴 dep git: ", chat=chat) for chat in telegram.chats}
    dep.up()
    for chat in telegram.chats:
        assert telegram.wait(r"^🟢 dep git: ", chat=chat).reply_to == alerts[chat].message_id


def test_the_thread_is_known_to_a_new_brain(watch, telegram, dep, app):
    daemon = watch(deps=f"git={dep.tcp()}", metrics_url=app.metrics_url())
    daemon.wait_looked()
    dep.down()
    alert = telegram.wait(r"^🔴 dep git: ")
    app.down()
    telegram.wait(r"^🔴 orchestrator: ")  # no message leaves before what was known by then is kept
    daemon.expect_deaths = True
    old = daemon.role("brain")
    os.kill(old, signal.SIGKILL)
    daemon.wait_new("brain", old)
    dep.up()
    assert telegram.wait(r"^🟢 dep git: ", timeout=20).reply_to == alert.message_id


def test_a_message_that_was_deleted_is_no_hindrance(watch, telegram, dep):
    watch(deps=f"git={dep.tcp()}")
    dep.down()
    alert = telegram.wait(r"^🔴 dep git: ")
    telegram.message_ids.clear()
    dep.up()
    recovery = telegram.wait(r"^🟢 dep git: ")
    assert recovery.reply["message_id"] == alert.message_id
    assert recovery.reply_to == 0
    assert len(telegram.attempts) == 2, "taken at the first attempt"


def test_after_a_move_the_old_ids_are_not_used(watch, telegram, dep):
    telegram.chats.add("-100999")
    watch(deps=f"git={dep.tcp()}")
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    telegram.always(tg.migrate(-100999), chat=telegram.CHAT)
    dep.up()
    assert telegram.wait(r"^🟢 dep git: ", chat="-100999").reply is None


@pytest.mark.parametrize("silent, alert_silent, recovery_silent", [
    (None, False, True), ("none", False, False), ("warning", False, False), ("recovery", False, True)])
def test_a_critical_alert_sounds_and_a_recovery_as_configured(watch, telegram, dep, silent, alert_silent, recovery_silent):
    watch(deps=f"git={dep.tcp()}", tg_silent=silent)
    dep.down()
    assert telegram.wait(r"^🔴 dep git: ").silent == alert_silent
    dep.up()
    assert telegram.wait(r"^🟢 dep git: ").silent == recovery_silent


@pytest.mark.parametrize("silent, expected", [(None, True), ("recovery", False)])
def test_a_warning_makes_no_sound_unless_configured(watch, telegram, app, silent, expected):
    daemon = watch(metrics_url=app.metrics_url(), interval_s="3600", tg_silent=silent)
    daemon.wait_looked()
    app.failed = 3
    daemon.tick()
    assert telegram.wait(r"^🔴 job_failed: ").silent == expected


def test_a_message_is_silent_only_if_all_of_it_is(watch, telegram, app, dep):
    daemon = watch(metrics_url=app.metrics_url(), deps=f"git={dep.url('/')}", interval_s="3600", group_wait_s="60")
    daemon.wait_looked()
    app.failed = 3
    dep.status = "500 Internal Server Error"
    daemon.tick()
    told = telegram.wait(r"^🔴 job_failed: ")
    assert told.lines[0].startswith("🔴 dep git: ")
    assert not told.silent
