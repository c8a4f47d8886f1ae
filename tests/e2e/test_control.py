"""watchdogctl and the control socket: what it tells, who may what, and clients that mean no good."""

import html
import json
import os
import re
import signal
import socket
import stat
import subprocess
import threading
import time

import pytest

from support import proc
from support import telegram as tg
from support.daemon import BRAIN, ROLES, STAGE, WATCHDOGCTL, environment
from support.dependency import Dependency
from support.wait import never, settle, wait_for


def run_ctl(*args, env=None):
    return subprocess.run([str(WATCHDOGCTL), *args], env=env or {}, capture_output=True, text=True, timeout=60, check=False)


def connect(daemon, patience=10):
    """A connection to the socket, as a program of its own would make it."""
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(patience)
    client.connect(daemon.socket)
    return client


def all_of(client):
    """What is said until the connection is closed."""
    said = b""
    try:
        while piece := client.recv(65536):
            said += piece
    except ConnectionResetError:
        pass
    return said


# --- what it tells ---

@pytest.fixture
def daemon(watch, dep):
    started = watch(deps=f"git={dep.tcp('localhost')}")
    started.wait_roles(*ROLES)
    started.wait_status(lambda s: s["status"]["last_tick"] and any(x["key"] == "dep:git" for x in s["signals"]), "a tick")
    return started


def test_status_is_a_table_of_signals_roles_and_delivery(daemon, dep, telegram):
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    daemon.wait_told()
    done = daemon.ctl("status")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^SIGNAL +STATE +SINCE +VALUE +LAST MESSAGE +DETAIL$", done.stdout, re.M)
    assert re.search(r"^dep git +active +\d\d:\d\d:\d\d +\d\d:\d\d:\d\d +not answering: ", done.stdout, re.M)
    assert re.search(r"^memory +ok +[\d.]+ % of 100 % +", done.stdout, re.M)
    for role in ("parent", *ROLES):
        assert re.search(rf"^{role} +running +\d+ s +[\d.]+ MiB +0 +enforce, \d+ calls( forbidden)?, Landlock ABI \d+$", done.stdout, re.M)
    assert re.search(r"^last message +\d\d:\d\d:\d\d$", done.stdout, re.M)
    assert "\033" not in done.stdout


def test_status_as_json_has_what_the_table_has(daemon):
    status = daemon.wait_status(lambda s: all(r["sandbox"] == "enforce" for r in s["roles"]), "everybody, confined")
    assert {s["key"] for s in status["signals"]} >= {"mem", "dep:git", "disk:/"}
    assert [r["role"] for r in status["roles"]] == ["parent", *ROLES]
    assert all(r["memory"] > 100000 for r in status["roles"])
    assert status["roles"][0]["pid"] == daemon.pid
    assert {r["role"]: r["pid"] for r in status["roles"][1:]} == daemon.roles()
    assert status["status"]["host"] == "host1"


@pytest.mark.parametrize("command, last, status", [
    ("tick", {"exit": 256}, 76), ("tick", {"exit": -1}, 76), ("tick", {"exit": "0"}, 76), ("tick", {}, 76), ("tick", {"exit": 1}, 1),
    ("tick", {"exit": 0, "error": "no"}, 76), ("tick", {"exit": 0}, 0),
    ("health", {"exit": 256, "text": "?"}, 1), ("health", {"exit": 77, "text": "?"}, 1), ("health", {"exit": 0, "text": "?"}, 0),
])
def test_no_answer_makes_a_success_of_what_is_none(short_dir, command, last, status):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(short_dir / "w.sock"))
        listener.listen()

        def answer():
            with listener.accept()[0] as client:
                client.recv(100)
                client.sendall(json.dumps({"end": True, **last}).encode() + b"\n")
        server = threading.Thread(target=answer, daemon=True)
        server.start()
        assert run_ctl("-s", str(short_dir / "w.sock"), command).returncode == status
        server.join()


def test_an_answer_that_cannot_be_written_is_no_success(daemon):
    with open("/dev/full", "w") as full:
        for args in (["status"], ["--json", "status"], ["history"]):
            done = subprocess.run([WATCHDOGCTL, "-s", daemon.socket, *args], stdout=full, stderr=subprocess.PIPE,
                                  text=True, timeout=30, check=False)
            assert done.returncode == 74, args
            assert "could not be written" in done.stderr


def test_colours_are_for_a_terminal_that_wants_them(daemon):
    def through_terminal(**env):
        done = subprocess.run(["script", "-qec", f"{WATCHDOGCTL} -s {daemon.socket} status", "/dev/null"],
                              env={"PATH": os.environ["PATH"], "TERM": "xterm", **env}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60, check=True)
        return done.stdout
    assert "\033[32m" in through_terminal()
    assert "\033[3" not in through_terminal(NO_COLOR="1")
    assert "\033[3" not in through_terminal(TERM="dumb")


def test_status_says_how_often_a_role_was_restarted(daemon):
    daemon.expect_deaths = True
    os.kill(daemon.role("collector"), signal.SIGKILL)
    status = daemon.wait_status(lambda s: any(r["restarts"] == 1 and r["state"] == "running" for r in s["roles"]), "a restart")
    assert [r["role"] for r in status["roles"] if r["restarts"]] == ["collector"]


def test_watch_shows_each_tick_until_it_is_ended(daemon, dep):
    command = [str(WATCHDOGCTL), "-s", daemon.socket, "--json", "--watch", "status"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watching:
        frames = [json.loads(watching.stdout.readline()) for _ in range(3)]
        assert frames[0]["status"]["last_tick"] < frames[1]["status"]["last_tick"] < frames[2]["status"]["last_tick"]
        dep.down()
        wait_for(lambda: any(s["key"] == "dep:git" and s["state"] == "active"
                             for s in json.loads(watching.stdout.readline())["signals"]), "the incident on show")
        watching.terminate()


def test_tick_looks_now(watch):
    daemon = watch(interval_s=3600)
    first = daemon.wait_status(lambda s: s["status"]["last_tick"], "the first tick")["status"]["last_tick"]
    assert daemon.ctl("tick").returncode == 0
    daemon.wait_status(lambda s: s["status"]["last_tick"] > first + 0.001, "another tick")


def test_test_goes_through_the_real_channel_and_says_what_came_of_it(daemon, telegram):
    daemon.wait_status(lambda s: any((r["role"], r["state"]) == ("notifier", "running") for r in s["roles"]), "a notifier at work")
    done = daemon.ctl("test")
    assert (done.returncode, done.stdout) == (0, "delivered to 1 chat\n")
    assert telegram.find("watchdog on host1: this is a test message")
    time.sleep(3.5)
    telegram.always(tg.error(400, "Bad Request: chat not found"))
    done = daemon.ctl("test", timeout=140)
    assert done.returncode == 1 and done.stdout.startswith("chat 1: ")


def test_the_test_message_is_in_the_chats_language(watch, dep, telegram):
    daemon = watch(deps=f"git={dep.tcp()}", lang="ru")
    wait_for(lambda: daemon.ctl("test").returncode == 0, "a notifier that is ready to send")
    assert telegram.find("watchdog на host1: это проверочное сообщение")


# --- what happened, and why ---

def test_explain_says_what_was_seen_and_told(daemon, dep, telegram):
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    for words in (("dep", "git"), ("dep git",), ("dep:git",)):
        done = daemon.ctl("explain", *words)
        assert done.returncode == 0, done.stderr
        assert re.search(r"^dep git: active since \d\d:\d\d:\d\d, for \d+ s$", done.stdout, re.M)
        assert re.search(r"^ +seen +not answering: ", done.stdout, re.M)
        assert re.search(r"^ +chats +told at \d\d:\d\d:\d\d, again in (1 h 0|59) min", done.stdout, re.M)
        assert re.search(r"^\d\d:\d\d:\d\d +dep:git +alert +yes +not answering: ", done.stdout, re.M)


def test_an_unknown_signal_is_answered_with_the_nearest_name(daemon):
    done = daemon.ctl("explain", "dep", "gti")
    assert done.returncode == 1 and 'did you mean "dep git"?' in done.stderr


def test_history_outlives_the_brain(daemon, dep, telegram):
    daemon.expect_deaths = True
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    dep.up()
    telegram.wait(r"^🟢 dep git: ")
    daemon.wait_told()
    old = daemon.role("brain")
    os.kill(old, signal.SIGKILL)
    daemon.wait_new("brain", old)

    def history(*args):
        done = daemon.ctl("--json", "history", *args)
        return [p["what"] for p in json.loads(done.stdout)["history"]] if done.returncode == 0 else None
    wait_for(lambda: history("dep", "git") == ["alert", "recovery"], "the history")
    assert history("memory") == []


# --- orders ---

def test_an_acknowledged_alert_is_not_repeated_and_its_recovery_says_who_knew(watch, dep, telegram):
    daemon = watch(deps=f"git={dep.tcp('localhost')}", cooldown_s=2)
    daemon.wait_status(lambda s: any(x["key"] == "dep:git" for x in s["signals"]), "a tick")
    assert daemon.ctl("ack", "dep", "git").returncode == 1  # it is well
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    telegram.wait(r"^🔁 dep git: ")
    done = daemon.ctl("ack", "dep", "git", "being", "rebuilt")
    assert done.returncode == 0 and done.stdout.startswith("dep git: acknowledged")
    note = telegram.wait(r"^👤 dep git: acknowledged by root: being rebuilt$")
    assert note.silent
    assert daemon.row("dep:git")["acked_by"] == "root"
    repeats = len(telegram.find(r"^🔁 dep git: "))
    never(lambda: len(telegram.find(r"^🔁 dep git: ")) > repeats, "a repetition", 5)
    dep.up()
    telegram.wait(r"^🟢 dep git: recovered after .* \(acknowledged by root: being rebuilt\)$")


def test_nothing_is_told_of_what_is_silenced_and_a_new_brain_knows_that(daemon, dep, telegram):
    daemon.expect_deaths = True
    assert daemon.ctl("silence", "dep *", "1h", "moving", "house").returncode == 0
    assert telegram.wait(r"^🔇 dep \*: silenced for 1 h 0 min by root: moving house$").silent
    daemon.wait_told()
    old = daemon.role("brain")
    os.kill(old, signal.SIGKILL)
    daemon.wait_new("brain", old)
    dep.down()
    daemon.wait_status(lambda s: any(x["key"] == "dep:git" and x["state"] == "active" for x in s["signals"]), "the incident")
    assert daemon.row("dep:git")["hushed"] == "silenced"
    assert "dep *" in daemon.ctl("status").stdout
    never(lambda: telegram.find(r"🔴 dep git: "), "an alert", 2)
    assert daemon.ctl("unsilence", "dep *").returncode == 0
    telegram.wait(r"^🔴 dep git: ")
    telegram.wait(r"^🔈 dep \*: no longer silenced, by root$")


def test_explain_promises_no_repetition_of_what_is_silenced(daemon, dep, telegram):
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    assert daemon.ctl("silence", "dep *", "1h").returncode == 0
    chats = r"^ +chats +told at \d\d:\d\d:\d\d, and "
    assert re.search(chats + "nothing more for now$", daemon.ctl("explain", "dep:git").stdout, re.M)
    dep.up()
    daemon.wait_status(lambda s: any(x["key"] == "dep:git" and x["state"] == "ok" for x in s["signals"]), "the end")
    assert re.search(chats + "not yet that it is over$", daemon.ctl("explain", "dep:git").stdout, re.M)


@pytest.mark.root
def test_an_order_takes_the_right_to_and_bears_the_name_of_who_gave_it(daemon, telegram):
    os.chmod(daemon.socket, 0o666)
    gid = os.stat(daemon.socket).st_gid
    assert daemon.ctl("silence", "*", "1h", user=65533, group=65533, extra_groups=[]).returncode == 77
    assert daemon.ctl("silence", "dep *", "1h", user=65533, group=gid, extra_groups=[]).returncode == 0
    telegram.wait(r"^🔇 dep \*: silenced for 1 h 0 min by uid 65533$")
    never(lambda: telegram.find(r"🔇 \*:"), "an order of a stranger", 0.5)


# --- recordings ---

PACE_S = 1.5  # messages that follow sooner wait for each other, and merge


def without_last_line(text):
    return text.rsplit("\n", 1)[0]


@pytest.mark.limit(300)
def test_a_replay_of_a_recording_says_what_was_said(watch, dep, app, telegram, telegram_keys, tmp_path):
    """A real incident: two causes, a repetition, an acknowledgement, a silence, and their ends."""
    keys = {"WATCHDOG_DEPS": f"git={dep.tcp('localhost')}", "WATCHDOG_METRICS_URL": app.metrics_url(), "WATCHDOG_COOLDOWN_S": "5"}
    daemon = watch(keys=keys)
    daemon.wait_status(lambda s: {x["key"] for x in s["signals"]} >= {"dep:git", "orchestrator"}, "a tick")
    trace = tmp_path / "trace"
    with trace.open("w") as out, subprocess.Popen([str(WATCHDOGCTL), "-s", daemon.socket, "record"], stdout=out) as recording:
        wait_for(lambda: trace.read_text().count("\n") >= 2, "the recording to begin")
        dep.down()
        telegram.wait(r"^🔴 dep git: ")
        time.sleep(PACE_S)
        daemon.ctl("ack", "dep", "git", "mine")
        telegram.wait(r"^👤 dep git: acknowledged by root: mine$")
        time.sleep(PACE_S)
        app.down()
        telegram.wait(r"^🔴 orchestrator: ")
        telegram.wait(r"^🔁 orchestrator: ", timeout=20)
        time.sleep(PACE_S)
        daemon.ctl("silence", "orch*", "2s")
        telegram.wait(r"^🔇 orch")
        app.up()
        telegram.wait(r"^🟢 orchestrator: recovered after ", timeout=20)
        time.sleep(PACE_S)
        dep.up()
        telegram.wait(r"^🟢 dep git: recovered after .*mine", timeout=20)
        daemon.wait_told()
        settle()
        recording.terminate()
    said = [without_last_line(attempt.text) for attempt in telegram.taken()]
    with trace.open() as lines:
        done = subprocess.run([str(BRAIN), "--replay", "--messages"], env=environment(keys), stdin=lines, capture_output=True,
                              text=True, timeout=60, check=True)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [without_last_line(html.unescape(x["message"])) for x in told if "message" in x] == said
    # Under another configuration another story: what if that had been acknowledged by nobody, and were not repeated?
    kept = "".join(line for line in trace.read_text().splitlines(True) if "operator" not in line)
    done = subprocess.run([str(BRAIN), "--replay", "--messages"], env=environment({**keys, "WATCHDOG_COOLDOWN_S": "never"}),
                          input=kept, capture_output=True, text=True, timeout=60, check=True)
    assert "🔁" not in done.stdout and "mine" not in done.stdout and "🟢 dep git: recovered" in done.stdout


@pytest.mark.limit(150)
def test_a_replay_of_a_recording_knows_when_the_channel_was_away(watch, telegram, closing, tmp_path):
    """This host's own network: what it watches and Telegram fail together, and are well together."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))

        class Remote(Dependency):
            address = probe.getsockname()[0]
    git, web = closing(Remote()), closing(Remote())
    # Looks are asked for, so that none sees the one of them down and the other up.
    keys = {"WATCHDOG_DEPS": f"git={git.tcp(git.address)},web={web.tcp(web.address)}", "WATCHDOG_COOLDOWN_S": "never",
            "WATCHDOG_INTERVAL_S": "3600"}
    daemon = watch(keys=keys)
    daemon.wait_looked()
    trace = tmp_path / "trace"
    with trace.open("w") as out, subprocess.Popen([str(WATCHDOGCTL), "-s", daemon.socket, "record"], stdout=out) as recording:
        wait_for(lambda: daemon.look() or trace.read_text().count("\n") >= 2, "the recording to begin")
        telegram.down()
        git.down()
        web.down()
        wait_for(lambda: daemon.look() or daemon.log_find(r"alert network"), "the network's alert")
        git.up()
        web.up()
        wait_for(lambda: daemon.look() or daemon.log_find(r"recovery network"), "the network's recovery")
        telegram.up()
        telegram.wait(r"network: ", timeout=70)
        daemon.wait_told()
        settle()
        recording.terminate()
    assert '"undelivered":true' in trace.read_text()
    with trace.open() as lines:
        done = subprocess.run([str(BRAIN), "--replay", "--messages"], env=environment(keys), stdin=lines, capture_output=True,
                              text=True, timeout=60, check=True)
    told = [html.unescape(x["message"]) for x in map(json.loads, done.stdout.splitlines()) if "message" in x]

    def subjects(text):
        return [line.split(":")[0] for line in text.split("\n")[:-1]]
    assert [subjects(text) for text in told] == [subjects(a.text) for a in telegram.taken()]


def test_who_records_and_does_not_read_is_cut_off_and_nobody_else_is(daemon):
    idle = connect(daemon, 60)
    idle.sendall(b"record\n")
    command = [str(WATCHDOGCTL), "-s", daemon.socket, "record"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as recording:
        ticks = [json.loads(recording.stdout.readline()) for _ in range(5)]
        assert all(a["now"] <= b["now"] for a, b in zip(ticks, ticks[1:]))
        assert all("mem_used_pct" in tick for tick in ticks)
        recording.terminate()
    idle.close()
    assert daemon.ctl("health").returncode == 0


# --- health ---

def test_health_is_0_while_all_answer_and_says_nothing_of_what_is_watched(daemon, dep, telegram):
    dep.down()
    telegram.always(tg.server_error)
    daemon.wait_status(lambda s: s["status"]["active"] > 0, "an incident")
    done = daemon.ctl("health")
    assert (done.returncode, done.stdout) == (0, "healthy\n")


@pytest.mark.parametrize("role", ["collector", "brain"])
def test_health_is_1_when_a_role_does_not_answer(daemon, role):
    daemon.expect_deaths = True
    old = daemon.role(role)
    os.kill(old, signal.SIGSTOP)
    # A stopped collector ends no tick, a stopped brain gives no answer.
    wait_for(lambda: daemon.ctl("health").returncode == 1, "ill health", 20)
    daemon.wait_new(role, old, timeout=40)
    wait_for(lambda: daemon.ctl("health").returncode == 0, "health again", 20)


def test_health_is_1_when_nobody_is_there():
    assert run_ctl("-s", "/tmp/no/such.sock", "health").returncode == 1


def test_a_disabled_daemon_is_healthy(start):
    daemon = start(enabled="false")
    wait_for(lambda: os.path.exists(daemon.socket), "the socket")
    for command in ("health", "status"):
        done = daemon.ctl(command)
        assert done.returncode == 0 and "disabled" in done.stdout


# --- the command line ---

def test_the_socket_comes_from_the_option_then_the_environment_then_the_default(daemon):
    assert run_ctl("health", env={"WATCHDOG_CONTROL_SOCK": daemon.socket}).returncode == 0
    assert run_ctl("-s", daemon.socket, "health", env={"WATCHDOG_CONTROL_SOCK": "/nowhere"}).returncode == 0
    done = run_ctl("status", env={"WATCHDOG_CONTROL_SOCK": "/tmp/no/such.sock"})
    assert done.returncode == 69 and "/tmp/no/such.sock: no daemon listens there" in done.stderr


@pytest.mark.parametrize("word,meant", [("stauts", "status"), ("explian", "explain"), ("his", None), ("frobnicate", None)])
def test_a_command_with_a_slip_of_the_pen_is_guessed_and_not_done(word, meant):
    done = run_ctl(word)
    assert done.returncode == 64
    assert done.stderr == f"watchdogctl: unknown command {word}" + (f": did you mean {meant}?" if meant else "") + "; try watchdogctl --help\n"


@pytest.mark.parametrize("args", [[], ["dance"], ["--no-such"], ["-s"], ["--watch", "health"], ["status", "now"],
                                  ["silence", "dep *"], ["silence", "dep *", "soon"], ["silence", "dep *", "31d"], ["silence", "dep *", "0"]])
def test_bad_usage_is_64(daemon, args):
    done = daemon.ctl(*args) if args != ["-s"] else run_ctl("-s")
    assert done.returncode == 64
    assert done.stderr.startswith("watchdogctl: ") and done.stderr.count("\n") == 1


def test_help_and_version():
    assert run_ctl("--help").stdout.startswith("usage: watchdogctl ")
    assert run_ctl("-V").stdout.startswith("watchdogctl ")


# --- who may ---

@pytest.mark.root
def test_the_socket_is_for_root_and_the_daemons_group(daemon):
    st = os.stat(daemon.socket)
    assert stat.S_IMODE(st.st_mode) == 0o660
    assert st.st_gid == proc.uid(daemon.role("brain"))
    stranger = daemon.ctl("status", user=65533, group=65533, extra_groups=[])
    assert stranger.returncode == 77 and "permission denied" in stranger.stderr
    for more in ({"user": 65533, "group": st.st_gid, "extra_groups": []}, {"user": 65533, "group": 65533, "extra_groups": [st.st_gid]}):
        assert daemon.ctl("tick", **more).returncode == 0


@pytest.mark.root
def test_whoever_the_socket_was_opened_to_may_read_and_change_nothing(daemon):
    os.chmod(daemon.socket, 0o666)
    stranger = {"user": 65533, "group": 65533, "extra_groups": []}
    assert daemon.ctl("status", **stranger).returncode == 0
    for command in ("tick", "test"):
        done = daemon.ctl(command, **stranger)
        assert done.returncode == 77 and "only root" in done.stderr


def test_the_socket_is_removed_at_the_end_and_a_stale_one_is_replaced(start):
    first = start()
    first.wait_status(lambda s: True, "an answer")
    first.expect_exit = -signal.SIGKILL
    first.process.kill()
    first.wait_exit()
    assert os.path.exists(first.socket)
    second = start(control_sock=first.socket)
    second.wait_status(lambda s: True, "an answer")
    third = start(control_sock=first.socket)
    third.wait_log("another daemon listens there")
    third.wait_log("starts on")
    third.stop()
    assert second.ctl("health").returncode == 0
    second.stop()
    assert not os.path.exists(second.socket)


@pytest.fixture
def socket_in_root():
    path = f"/watchdog-test-{os.getpid()}.sock"
    yield path
    os.unlink(path)


@pytest.mark.root
def test_a_socket_in_the_root_stays_which_is_said_and_is_replaced(socket_in_root, start):
    first = start(control_sock=socket_in_root)
    first.wait_log(rf"warning: WATCHDOG_CONTROL_SOCK: {socket_in_root}: it is in / and stays there when the daemon ends")
    first.wait_status(lambda s: True, "an answer")
    first.stop()
    second = start(control_sock=socket_in_root)
    second.wait_status(lambda s: True, "an answer")


# --- completion ---

def completed(daemon, *words):
    """What bash offers for the last word."""
    script = """
        source "$1"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _watchdogctl && printf '%s\\n' "${COMPREPLY[@]}"
    """
    done = subprocess.run(["bash", "-c", script, "bash", str(STAGE / "share/bash-completion/completions/watchdogctl"),
                           str(WATCHDOGCTL), "-s", daemon.socket, *words],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.split("\n")[:-1]


def test_bash_completes_commands_options_and_the_daemons_own_names(daemon):
    assert completed(daemon, "hea") == ["health"]
    assert set(completed(daemon, "")) >= {"ack", "status", "record"}
    assert completed(daemon, "--w") == ["--watch"]
    assert completed(daemon, "ack", "dep") == [r"dep\ git"]
    assert completed(daemon, "explain", r"dep\ g") == [r"dep\ git"]
    assert completed(daemon, "status", "") == [""]
    assert daemon.ctl("silence", "dep *", "1h").returncode == 0
    assert completed(daemon, "unsilence", "") == [r"dep\ \*"]
    assert "1h" in completed(daemon, "silence", "dep *", "")


# --- clients that mean no good ---

def test_garbage_ends_that_client_only(daemon):
    bad = [b"\0" * 100 + b"\n", b"\xff\xfe\n", b"GET / HTTP/1.1\r\n\r\n", b"{}\n", b"x" * 100000, b"status\nstatus\n", b"\n" * 5000,
           b"status\t" * 2000 + b"\n", os.urandom(5000)]
    before = daemon.roles()
    for request in bad:
        with connect(daemon) as client:
            try:
                client.sendall(request)
            except (BrokenPipeError, ConnectionResetError):
                pass
            assert b'"signal"' not in all_of(client)
    assert daemon.ctl("health").returncode == 0
    assert daemon.roles() == before


def test_half_a_request_is_given_ten_seconds(daemon):
    with connect(daemon, 40) as client:
        client.sendall(b"stat")
        assert all_of(client) == b""
    assert daemon.ctl("health").returncode == 0


@pytest.mark.limit(120)
def test_a_thousand_connections_hurt_nobody(daemon, telegram, dep):
    before, clients = daemon.roles(), []
    for _ in range(1000):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.setblocking(False)
        try:
            client.connect(daemon.socket)
        except BlockingIOError:
            pass  # as many wait as may
        clients.append(client)
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    for client in clients:
        client.close()
    wait_for(lambda: daemon.ctl("health").returncode == 0, "an answer for those who come after", 30)
    assert daemon.roles() == before


def test_one_user_cannot_keep_others_out(daemon):
    idle = [connect(daemon) for _ in range(40)]
    done = daemon.ctl("status")
    assert done.returncode == 75 and "too many ask at once" in done.stderr
    for client in idle:
        client.close()
    wait_for(lambda: daemon.ctl("health").returncode == 0, "room again")


@pytest.mark.limit(120)
def test_who_does_not_read_is_given_up(watch, app, telegram, dep):
    app.agents = {f"{n:0200}": 1 for n in range(1000)}
    daemon = watch(deps=f"git={dep.tcp()}", metrics_url=app.metrics_url())
    daemon.wait_status(lambda s: s["status"]["last_tick"], "a tick")
    clients = [connect(daemon, 60) for _ in range(8)]
    for client in clients:
        client.sendall(b"watch\n")
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    wait_for(lambda: len([d for d in proc.descriptors(daemon.role("brain")).values() if d.startswith("socket:")]) <= 3 + 1,
             "the brain to have given up on them", 60)
    for client in clients:
        client.close()


def test_a_flood_of_requests_delays_no_tick(daemon, telegram, dep):
    over = threading.Event()

    def flood():
        while not over.is_set():
            daemon.ctl("status")
    floods = [threading.Thread(target=flood, daemon=True) for _ in range(4)]
    for thread in floods:
        thread.start()
    before = daemon.roles()
    dep.down()
    telegram.wait(r"^🔴 dep git: ", timeout=20)
    dep.up()
    telegram.wait(r"^🟢 dep git: ", timeout=20)
    over.set()
    for thread in floods:
        thread.join()
    assert daemon.roles() == before
    never(lambda: daemon.roles() != before, "a role was replaced", 0.5)
