"""The scripted world itself: a stand-in that forgives what the real thing refuses would prove nothing."""

import json
import socket
import ssl
import subprocess
import urllib.error
import urllib.request

import pytest

from support import proc
from support import telegram as tg
from support.fake_engine import container
from support.telegram import Telegram, parse_html
from support.wait import wait_for


@pytest.fixture
def post(telegram, authority):
    """Send as the daemon would; (status, answer)."""
    context = ssl.create_default_context(cafile=authority.ca_file)

    def send(text="hello", chat=Telegram.CHAT, token=Telegram.TOKEN, **more):
        data = text if isinstance(text, bytes) else json.dumps({"chat_id": chat, "text": text, **more}).encode()
        request = urllib.request.Request(telegram.url(f"/bot{token}/sendMessage", "localhost"), data,
                                         {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, context=context, timeout=5) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())
    return send


def test_telegram_takes_a_good_message(post, telegram):
    assert post()[1]["ok"] is True
    assert telegram.taken()[0].text == "hello"


@pytest.mark.parametrize("text, more, words", [
    ("", {}, "text is empty"),
    ("  \n ", {}, "text is empty"),
    ("x" * 4097, {}, "too long"),
    ("😀" * 4097, {}, "too long"),
    ("<b>" * 11000, {"parse_mode": "HTML"}, "too long"),
    ("<b>never closed", {"parse_mode": "HTML"}, "can't parse entities"),
    ("<script>x</script>", {"parse_mode": "HTML"}, "can't parse entities"),
    ("a < b", {"parse_mode": "HTML"}, "can't parse entities"),
    ("x", {"chat": "77"}, "chat not found"),
    ("x", {"message_thread_id": 5}, "thread not found"),
    (b'{"chat_id": 1, "text": "\xff"}', {}, "UTF-8"),
], ids=["empty", "blank", "long", "long emoji", "raw", "unclosed", "script", "less than", "chat", "thread", "bytes"])
def test_telegram_refuses_what_telegram_refuses(post, telegram, text, more, words):
    status, answer = post(text, **more)
    assert status == 400
    assert words in answer["description"]
    assert telegram.taken() == []


def test_telegram_counts_code_points_after_entities(post):
    assert post("😀" * 4096)[0] == 200
    assert post("<b>" + "&lt;" * 4096 + "</b>", parse_mode="HTML")[0] == 200


def test_telegram_knows_its_token(post):
    assert post(token="1:wrong")[0] == 401


def test_html_becomes_what_a_person_sees():
    assert parse_html('<b>a &lt;b&gt; &amp;amp;</b> <a href="x">c</a> &copy;') == "a <b> &amp; c &copy;"


def test_telegram_plays_its_script_once(post, telegram):
    telegram.script(tg.too_many(7), tg.bad_gateway)
    assert post()[1]["parameters"] == {"retry_after": 7}
    with pytest.raises(json.JSONDecodeError):
        post()
    assert post()[0] == 200


def test_a_lost_reply_was_taken(post, telegram):
    telegram.script(tg.lost_reply)
    with pytest.raises((OSError, urllib.error.URLError)):
        post()
    assert len(telegram.taken()) == 1


def connects(peer):
    try:
        socket.create_connection(("127.0.0.1", peer.port), 2).close()
        return True
    except ConnectionRefusedError:
        return False


def test_a_peer_goes_down_and_comes_back_on_its_port(app):
    for _ in range(3):
        assert connects(app)
        app.down()
        assert not connects(app)
        app.up()
        assert connects(app)


def ask(engine, target):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(engine.path)
        sock.sendall(f"GET {target} HTTP/1.0\r\n\r\n".encode())
        return b"".join(iter(lambda: sock.recv(65536), b"")).decode()


def test_the_scripted_engine_filters_names_as_docker_does(fake_engine):
    fake_engine.containers = [container("web"), container("myweb"), container("db")]
    listed = ask(fake_engine, '/v1.41/containers/json?all=1&filters=%7B%22name%22%3A%5B%22web%22%5D%7D')
    assert [c["Names"] for c in json.loads(listed.split("\r\n\r\n", 1)[1])] == [["/web"], ["/myweb"]]
    listed = ask(fake_engine, '/v1.41/containers/json?all=1&filters=%7B%22name%22%3A%5B%22%5E%2Fweb%24%22%5D%7D')
    assert len(json.loads(listed.split("\r\n\r\n", 1)[1])) == 1
    assert fake_engine.received.startswith(b"GET /v1.41/containers/json?all=1&filters=")


def test_a_secret_in_memory_is_found():
    with subprocess.Popen(["sleep", "60"], env={"HIDDEN": "find-me-123"}) as sleeper:
        wait_for(lambda: proc.argv0(sleeper.pid) == "sleep", "the exec")
        assert proc.find_in_memory(sleeper.pid, b"find-me-123")
        assert not proc.find_in_memory(sleeper.pid, b"find-me-124")
        sleeper.kill()


def test_a_real_engine_runs_containers(engine):
    engine.run("hello")
    assert engine.state("hello") == "running"
    engine.docker("kill", "hello")
    engine.wait_state("hello", "exited")

