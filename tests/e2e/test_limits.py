"""What runs out: descriptors, room in pipes and on disks, readers of the log, time that stands still or differs between clocks."""

import contextlib
import ctypes
import fcntl
import itertools
import os
import resource
import signal
import socket
import subprocess
import time

import pytest

from support import proc
from support.daemon import ROLES, WATCHDOG, environment
from support.fake_engine import container
from support.wait import LOOK_EVERY_S, PATIENCE, never, settle, wait_for

ROLE_MAX_KIB = 160 * 1024
F_SETPIPE_SZ = 1031
PAGE = 4096
DAY_S = 86400
SAMPLES = 50


@pytest.fixture
def daemon(watch, dep, app):
    started = watch(deps=f"git={dep.tcp('localhost')}", metrics_url=app.metrics_url(), orch_down_ticks="2", dep_down_ticks="2")
    started.wait_status(lambda status: sum(role["state"] == "running" for role in status["roles"]) == len(ROLES) + 1, "all of them at work")
    wait_for(lambda: app.fetches >= 2, "two ticks")
    return started


# --- descriptors ---

@contextlib.contextmanager
def no_more_descriptors(pid):
    """All numbers under the limit are of those that it keeps: one that it has for a moment would leave it room."""
    kept = set(proc.descriptors(pid))
    for _ in range(SAMPLES):
        time.sleep(LOOK_EVERY_S)
        kept &= set(proc.descriptors(pid))
    before = proc.limit_descriptors(pid, next(n for n in itertools.count() if n not in kept))
    try:
        yield
    finally:
        proc.limit_descriptors(pid, before)


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("role", ["parent", "collector", "notifier", "resolver"])
def test_a_process_without_descriptors_lives_does_not_spin_and_recovers(daemon, telegram, dep, role):
    daemon.expect_deaths = True  # a parent that cannot make a pipe cannot start anybody, either
    pids = daemon.all_pids()
    with no_more_descriptors(pids[role]):
        spent, began = cpu_s(pids[role]), time.monotonic()
        time.sleep(3)
        busy = (cpu_s(pids[role]) - spent) / (time.monotonic() - began)
    assert busy < 0.5, f"it used {busy:.0%} of a processor"
    assert proc.alive(pids[role])
    settle()
    told = len(telegram.find(r"^🔴 dep git: "))
    assert told == len(telegram.find(r"^🔴 dep git: .*(descriptor|files|connect)")), "nobody else is accused without saying why"
    wait_for(lambda: len(telegram.find(r"^🟢 dep git: ")) == told, "what was told to be over", 20)
    dep.down()
    telegram.wait(r"^🔴 dep git: .*refused", timeout=30)
    dep.up()
    telegram.wait(r"^🟢 dep git: ", count=told + 1, timeout=30)


@pytest.mark.parametrize("free", range(2, 9))
def test_a_brain_that_cannot_be_started_for_want_of_descriptors_loses_nothing(daemon, telegram, dep, free):
    """So many are free that the parent can make a child, which then has none to begin with; and fewer, and more."""
    daemon.expect_deaths = True
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    daemon.wait_told()
    first = daemon.role("brain")
    os.kill(first, signal.SIGKILL)
    brain = daemon.wait_new("brain", first)
    daemon.wait_told()
    taken = proc.descriptors(daemon.pid)
    before = proc.limit_descriptors(daemon.pid, [n for n in range(256) if n not in taken][free])
    os.kill(brain, signal.SIGKILL)
    wait_for(lambda: len(daemon.log_find("the brain .*(cannot be started|started anew)")) >= 5 or
             daemon.roles().get("brain") not in (None, brain), "four starts that fail, or one that does not")
    proc.limit_descriptors(daemon.pid, before)
    daemon.wait_told()
    assert not daemon.log_find("without its snapshot")
    dep.up()
    telegram.wait(r"^🟢 dep git: ")
    assert len(telegram.find(r"^🔴 dep git: ")) == 1


def test_a_collector_without_descriptors_says_that_it_cannot_look_and_accuses_nobody(daemon, telegram, dep):
    # A connection that is kept needs no new descriptor: there is none.
    with no_more_descriptors(daemon.roles()["collector"]):
        telegram.wait(r"^🔴 source dep:git: cannot be looked at for a reason of watchdog's own: too many open files", timeout=30)
        assert daemon.row("dep:git")["state"] != "active"
    telegram.wait(r"^🟢 source dep:git: recovered", timeout=30)
    assert not telegram.find(r"^🔴 (dep git|orchestrator|docker)")
    dep.down()
    telegram.wait(r"^🔴 dep git: .*refused", timeout=30)


def test_a_collector_without_a_descriptor_for_dockers_answer_lives_and_accuses_nobody(watch, telegram, fake_engine):
    """The pipe with the answer is passed to it, and the kernel drops what there is no room for (MSG_CTRUNC)."""
    fake_engine.containers = [container("api")]
    daemon = watch(containers="api", docker_sock=fake_engine.path)
    wait_for(lambda: (daemon.row("container:api") or {}).get("state") == "ok", "api seen")
    before = daemon.all_pids()
    with no_more_descriptors(before["collector"]):
        telegram.wait(r"^🔴 source docker: cannot be looked at for a reason of watchdog's own: too many open files", timeout=30)
        daemon.wait_log("no descriptor is left for docker's answer")
        assert daemon.row("docker")["state"] == "no data"
        assert daemon.row("container:api")["state"] == "ok"
    telegram.wait(r"^🟢 source docker: recovered", timeout=30)
    wait_for(lambda: daemon.row("docker")["state"] == "ok", "docker seen again")
    assert daemon.all_pids() == before
    assert not telegram.find(r"^🔴 (docker|container|watchdog)")
    # What happens to the container is seen as before.
    fake_engine.containers = [container("api", "exited", exit_code=1)]
    telegram.wait(r"^🔴 container api: exited", timeout=30)


def test_a_parent_without_descriptors_starts_its_children_when_it_can(daemon, telegram, dep):
    daemon.expect_deaths = True
    old = daemon.roles()
    with no_more_descriptors(daemon.pid):
        for pid in old.values():
            os.kill(pid, signal.SIGKILL)
        daemon.wait_log("cannot be started: .*[Tt]oo many open files")
    for role, pid in old.items():
        daemon.wait_new(role, pid, timeout=30)
    dep.down()
    telegram.wait(r"^🔴 dep git: ", timeout=30)


def test_a_thousand_dependencies_fit_whatever_the_soft_limit():
    """More sockets than the soft limit, which we may raise ourselves."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]

    def small():
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    # Nobody accepts: the kernel connects up to the backlog.
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as port:
        deps = ",".join(f"d{i}=tcp://127.0.0.1:{port.getsockname()[1]}" for i in range(1000))
        done = subprocess.run([WATCHDOG, "-1"], env=environment({"WATCHDOG_DEPS": deps, "WATCHDOG_HTTP_TIMEOUT_S": "20"}),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60 * PATIENCE, check=False,
                              preexec_fn=small)
    rows = [line for line in done.stdout.splitlines() if line.startswith("dep:d")]
    assert len(rows) == 1000
    assert not [row for row in rows if " ok " not in row]


# --- the log ---

class Log:
    """The daemon's stderr, as bad as it can be."""

    def __init__(self, fd, keys):
        self.process = subprocess.Popen([WATCHDOG, "-vv"], env=environment(keys), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=fd, start_new_session=True)

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            assert self.process.wait(10 * PATIENCE) == 0
        finally:
            self.process.kill()


def incident(telegram, dep):
    dep.down()
    telegram.wait(r"^🔴 dep git: ", timeout=20)
    dep.up()
    telegram.wait(r"^🟢 dep git: ", timeout=20)


@pytest.fixture
def log_keys(telegram_keys, dep):
    return {**telegram_keys, "WATCHDOG_DEPS": f"git={dep.tcp()}", "WATCHDOG_INTERVAL_S": "0.1"}


def test_a_log_that_nobody_reads_stops_nothing(telegram, dep, closing, log_keys):
    reading, writing = os.pipe()
    fcntl.fcntl(writing, F_SETPIPE_SZ, PAGE)
    os.set_blocking(writing, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writing, b"x" * PAGE)
    os.set_blocking(writing, True)
    closing(Log(writing, log_keys))
    os.close(writing)
    incident(telegram, dep)
    os.close(reading)


def test_a_full_disk_under_the_log_stops_nothing_and_what_was_lost_is_said(telegram, dep, short_dir, closing, log_keys):
    libc = ctypes.CDLL(None, use_errno=True)
    folder = short_dir / "disk"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    assert libc.mount(b"none", str(folder).encode(), b"tmpfs", 0, b"size=64k") == 0, os.strerror(ctypes.get_errno())
    try:
        filler = folder / "filler"
        with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as f:
            while True:
                f.write(b"x" * PAGE)
        with open(folder / "log", "ab") as log:
            daemon = Log(log, log_keys)
        try:
            incident(telegram, dep)
            filler.unlink()
            wait_for(lambda: "lines of this log were lost" in (folder / "log").read_text(), "what was lost", 20)
            incident_again = len(telegram.find("🔴"))
            dep.down()
            telegram.wait(r"^🔴 dep git: ", count=incident_again + 1, timeout=20)
        finally:
            daemon.close()
    finally:
        libc.umount2(str(folder).encode(), 2)


# --- readers that stand still ---

@pytest.mark.limit(120)
def test_a_brain_that_stands_still_for_a_while_costs_no_memory_and_no_life(watch, telegram, fake_engine, dep):
    fake_engine.containers = [container(f"filler{i}") for i in range(5000)]
    daemon = watch(containers="*", docker_sock=fake_engine.path, deps=f"git={dep.tcp()}", interval_s="0.1")
    daemon.wait_roles("collector", "brain", "notifier")
    wait_for(lambda: len(fake_engine.requests) > 4, "some lists", 30)
    before = daemon.roles()
    os.kill(before["brain"], signal.SIGSTOP)
    never(lambda: proc.memory_kib(before["collector"])["rss"] > ROLE_MAX_KIB, "a queue without end", 6)
    os.kill(before["brain"], signal.SIGCONT)
    dep.down()
    telegram.wait(r"^🔴 dep git: ", timeout=30)
    assert {r: daemon.roles()[r] for r in ("collector", "brain")} == {r: before[r] for r in ("collector", "brain")}


@pytest.mark.limit(120)
def test_a_collector_that_stands_still_fills_no_pipe_for_ever(watch, telegram, fake_engine, dep):
    """The gate's pipe is full; its deadline ends the request, and the parent goes on."""
    fake_engine.containers = [container(f"filler{i}") for i in range(5000)]
    daemon = watch(containers="*", docker_sock=fake_engine.path, deps=f"git={dep.tcp()}", http_timeout_s="1")
    daemon.wait_roles("collector", "brain", "notifier")
    wait_for(lambda: len(fake_engine.requests) > 4, "some lists", 30)
    collector = daemon.role("collector")
    descriptors = len(proc.descriptors(daemon.pid))
    os.kill(collector, signal.SIGSTOP)
    time.sleep(6)
    os.kill(collector, signal.SIGCONT)
    dep.down()
    telegram.wait(r"^🔴 dep git: ", timeout=30)
    wait_for(lambda: len(proc.descriptors(daemon.pid)) <= descriptors + 2, "the gate's descriptors closed", 20)


# --- clocks ---

@pytest.mark.limit(90)
def test_a_host_that_slept_finds_nobody_stuck(daemon, telegram, dep):
    """All of us stand still for longer than a stuck child is given."""
    before = daemon.all_pids()
    time.sleep(5.5)  # a heartbeat is under way more often than not
    for pid in before.values():
        os.kill(pid, signal.SIGSTOP)
    time.sleep(13)
    for pid in before.values():
        os.kill(pid, signal.SIGCONT)
    never(lambda: daemon.all_pids() != before or telegram.attempts, "a killed child, or an alarm", 8)
    dep.down()
    telegram.wait(r"^🔴 dep git: ", timeout=20)


@pytest.mark.root
@pytest.mark.parametrize("offsets", [("--boottime", str(30 * DAY_S)), ("--monotonic", str(30 * DAY_S))],
                         ids=["slept for 30 days", "monotonic ahead"])
def test_the_clocks_of_a_host_that_slept_are_not_mixed_up(watch, telegram, dep, offsets):
    """CLOCK_BOOTTIME and CLOCK_MONOTONIC are 30 days apart: whoever compares one with the other waits for ever, or not at all."""
    daemon = watch(deps=f"git={dep.tcp()}", cooldown_s="2", through=("unshare", "--time", *offsets, "--"))
    daemon.wait_log("starts on")
    dep.down()
    telegram.wait(r"^🔴 dep git: ", timeout=20)
    telegram.wait(r"^🔁 dep git: still .*, for [2-9] s", timeout=20)
    dep.up()
    told = telegram.wait(r"^🟢 dep git: recovered after \d+ s,", timeout=20)
    assert "late" not in told.text
    never(lambda: daemon.log_find("does not answer|not ready"), "a heartbeat that was missed", 6)
