"""At least once, in order for each chat, never silently lost."""

import re

import pytest

from support import telegram as tg
from support.telegram import Telegram
from support.wait import never, wait_for


@pytest.fixture
def incident(watch, telegram, dep):
    """A daemon that has something to tell: the dependency git is down."""
    def begin(**keys):
        keys = {"deps": f"git={dep.tcp()}", **keys}
        daemon = watch(**keys)
        dep.down()
        return daemon
    return begin


@pytest.mark.parametrize("where", ["body", "header", "both"])
def test_429_waits_as_long_as_asked_and_no_less(incident, telegram, where):
    telegram.script(tg.too_many(3, where))
    incident()
    first, second = telegram.wait_attempts(2)
    assert second.time - first.time >= 3.0
    assert second.taken


@pytest.mark.parametrize("trouble", [
    tg.server_error, tg.bad_gateway, tg.reset, tg.garbage("<html>welcome</html>"), tg.garbage(b"\x00\xff\xfe"), tg.garbage(""),
    tg.garbage('{"ok":false}'), tg.garbage('{"ok":"true"}'), tg.garbage("[" * 100000)],
    ids=["500", "502-html", "reset", "200-html", "200-bytes", "200-empty", "200-not-ok", "200-ok-string", "200-deep"])
def test_a_trouble_of_the_channel_is_tried_again(incident, telegram, trouble):
    telegram.script(trouble)
    incident()
    telegram.wait(r"^🔴 dep git: ")
    assert telegram.attempts[0].raw == telegram.attempts[1].raw


@pytest.mark.limit(90)
def test_an_answer_that_never_comes_ends_at_a_deadline(incident, telegram):
    telegram.script(tg.hang)
    incident()
    telegram.wait(r"^🔴 dep git: ", timeout=45)


def test_a_slow_answer_is_an_answer(incident, telegram):
    telegram.script(tg.slow)
    incident()
    telegram.wait(r"^🔴 dep git: ")
    never(lambda: len(telegram.attempts) > 1, "a second attempt", 2)


def test_a_lost_reply_is_sent_again_with_the_same_mark(incident, telegram):
    telegram.script(tg.lost_reply)
    incident()
    first, second = telegram.wait_attempts(2)
    wait_for(lambda: second.taken, "the second taken")
    assert first.taken
    assert first.mark is not None
    assert first.mark == second.mark


def test_a_request_is_not_repeated_unseen_on_a_connection_that_was_used_before(incident, telegram, dep):
    """Else the failure of a repetition would hide that the first may have been taken, and what was told is told anew, merged."""
    incident()
    telegram.wait(r"^🔴 dep git: ")
    telegram.script(tg.lost_reply, tg.server_error)
    dep.up()
    _, lost, refused = telegram.wait_attempts(3)
    assert refused.time - lost.time > 0.3, "repeated without a wait"
    dep.down()
    again = telegram.wait_attempts(4)[3]
    assert again.raw == lost.raw, "the retry of what may have been told is the same message"


def test_waits_grow_between_attempts(incident, telegram):
    telegram.script(*[tg.server_error] * 3)
    incident()
    times = [a.time for a in telegram.wait_attempts(4, timeout=20)]
    waits = [b - a for a, b in zip(times, times[1:])]
    assert waits[0] >= 0.4
    assert waits[2] > waits[0]


def test_order_is_kept_over_a_failing_channel(incident, telegram, dep):
    telegram.script(*[tg.server_error] * 2)
    daemon = incident()
    telegram.wait_attempts(1)
    dep.up()
    wait_for(lambda: len(telegram.taken()) >= 1, "delivery", 15)
    daemon.tick()
    telegram.wait(r"🟢 dep git: ", timeout=15)
    text = "\n".join(a.text for a in telegram.taken())
    if "🔴" in text:
        assert text.index("🔴") < text.index("🟢")
    else:
        assert re.search(r"🟢 dep git: was down", text)


def test_html_that_does_not_parse_is_sent_once_more_as_plain_text(incident, telegram):
    telegram.script(tg.cannot_parse)
    incident()
    first, second = telegram.wait_attempts(2)
    assert (first.parse_mode, second.parse_mode) == ("HTML", "")
    assert second.lines[0].startswith("🔴 dep git: ")


def test_a_poisoned_message_gets_a_minimal_line_then_is_set_aside(incident, telegram, dep):
    refusal = tg.error(400, "Bad Request: something about this message")
    telegram.script(refusal, refusal, refusal)
    daemon = incident()
    html, plain, minimal = telegram.wait_attempts(3, timeout=15)
    assert (html.parse_mode, plain.parse_mode, minimal.parse_mode) == ("HTML", "", "")
    assert "🔴 dep git" in minimal.raw and len(minimal.raw) < len(plain.raw)
    daemon.wait_log(r"set aside|something about this message")
    dep.up()
    telegram.wait(r"🟢 dep git: ", timeout=15)


@pytest.mark.parametrize("trouble", [tg.unauthorized, tg.blocked, tg.not_found, tg.chat_not_found],
                         ids=["401", "403", "404", "chat-not-found"])
def test_a_dead_chat_is_shouted_waits_and_is_tried_at_once_after_a_reload(incident, telegram, trouble):
    telegram.always(trouble)
    daemon = incident()
    telegram.wait_attempts(1)
    daemon.wait_log(r"^(error|warning).*" + re.escape(Telegram.CHAT) + r"|Unauthorized|Not Found|chat not found|blocked")
    never(lambda: len(telegram.attempts) > 1, "an early retry", 2.5)
    telegram.well()
    daemon.reload()
    telegram.wait(r"^🔴 dep git: ")


def test_two_chats_do_not_wait_for_each_other(incident, telegram, dep):
    telegram.chats = {"-1001", "-1002"}
    telegram.always(tg.hang, chat="-1001")
    incident(tg_chat_id="-1001,-1002")
    telegram.wait(r"^🔴 dep git: ", chat="-1002")
    dep.up()
    telegram.wait(r"^🟢 dep git: ", chat="-1002")
    assert not telegram.taken("-1001")


def test_every_chat_gets_every_message(incident, telegram):
    telegram.chats = {"-1001", "-1002", "77"}
    incident(tg_chat_id="-1001, -1002 77")
    for chat in telegram.chats:
        telegram.wait(r"^🔴 dep git: ", chat=chat)


def test_a_topic_is_part_of_the_chat(incident, telegram):
    telegram.threads = {45}
    incident(tg_chat_id=f"{telegram.CHAT}:45")
    assert telegram.wait("🔴").thread == 45


def test_a_chat_that_moved_is_followed_and_said(incident, telegram, dep):
    telegram.chats.add("-100999")
    telegram.always(tg.migrate(-100999), chat=telegram.CHAT)
    daemon = incident()
    telegram.wait(r"^🔴 dep git: ", chat="-100999")
    daemon.wait_log("-100999")
    before = len([a for a in telegram.attempts if a.chat == telegram.CHAT])
    dep.up()
    telegram.wait(r"🟢 dep git: ", chat="-100999")
    assert len([a for a in telegram.attempts if a.chat == telegram.CHAT]) == before, "the old id is not asked again"


def test_a_chat_gets_no_more_than_one_message_a_second(watch, telegram, dep):
    watch(deps=f"git={dep.tcp()}", keys={"WATCHDOG_COOLDOWN_S": "1"})
    dep.down()
    telegram.wait("🔁", count=3, timeout=15)
    times = [a.time for a in telegram.taken()]
    assert min(b - a for a, b in zip(times, times[1:])) > 0.85


def test_a_channel_that_is_down_at_start_gets_everything_later(incident, telegram):
    telegram.down()
    daemon = incident()
    daemon.wait_log(r"refused|connect")
    telegram.up()
    telegram.wait(r"🔴 dep git: ", timeout=20)


def test_a_redirect_is_not_followed(incident, telegram, authority, closing):
    elsewhere = closing(Telegram(authority))

    def redirect(t, connection, attempt):
        attempt.outcome = "302"
        connection.reply("302 Found", "", headers=(f"Location: {elsewhere.url('/bot' + t.TOKEN + '/sendMessage')}",))
    telegram.script(redirect)
    incident()
    telegram.wait(r"^🔴 dep git: ")
    assert elsewhere.requests == []


def test_a_handshake_that_hangs_is_given_up(incident, telegram):
    telegram.silent = True
    incident()
    wait_for(lambda: telegram.connections, "a connection")
    telegram.silent = False
    telegram.wait(r"🔴 dep git: ", timeout=45)


def test_looking_goes_on_while_the_channel_hangs(incident, telegram, dep):
    telegram.always(tg.hang)
    incident(deps=f"git={dep.tcp()},web={dep.url('/')}")
    telegram.wait_attempts(1)
    dep.up()
    before = dep.pings
    wait_for(lambda: dep.pings >= before + 3, "three more pings")


@pytest.mark.limit(150)
def test_what_leaves_over_a_minute_late_says_so(watch, telegram, dep, app):
    telegram.script(tg.too_many(62))
    daemon = watch(deps=f"git={dep.tcp()}", metrics_url=app.metrics_url())
    daemon.wait_looked()
    dep.down()
    telegram.wait_attempts(1)
    app.down()
    daemon.wait_log("alert orchestrator")
    app.up()
    daemon.wait_log("recovery orchestrator")
    telegram.wait(r"🔴 dep git: ", timeout=90)
    wait_for(lambda: any("late" in line for line in telegram.lines()), "the word late")
    over = telegram.wait(r"🟢 orchestrator: was down \d\d:\d\d(:\d\d)?–\d\d:\d\d(:\d\d)?, told late")
    assert "🔴 orchestrator" not in "\n".join(telegram.lines()), over.text
