"""Under a service manager: it hears what it must know, and keeps what outlives the daemon."""

import fcntl
import os
import re
import signal
import socket
import struct
import time
import zlib

import pytest

from support import proc
from support import telegram as tg
from support.daemon import ROLES
from support.service_manager import ServiceManager
from support.wait import never, settle, wait_for

SNAPSHOT = "watchdog-snapshot"
HEAD = 64
F_ADD_SEALS, SIZE_SEALS = 1033, 1 | 2 | 4  # fcntl(2): SEAL, SHRINK, GROW


@pytest.fixture
def manager(short_dir, closing, tell):
    return tell(closing(ServiceManager(short_dir / "notify")))


@pytest.fixture
def daemon(watch, manager, dep):
    """A daemon with every role at work."""
    started = watch(deps=f"git={dep.tcp('localhost')}", keys=manager.keys())
    manager.wait("READY", "1")
    return started


def told_of_an_incident(daemon, telegram, dep):
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    daemon.wait_told()


def end(daemon):
    """As the out-of-memory killer would."""
    daemon.expect_exit = -signal.SIGKILL
    children = daemon.roles().values()
    daemon.process.kill()
    daemon.wait_exit()
    wait_for(lambda: not any(proc.alive(p) for p in children), "the children's end")


# --- what it hears ---

def test_ready_comes_when_every_role_is_there_and_says_so(manager, daemon):
    ready = manager.wait("READY", "1")
    assert set(daemon.roles()) == set(ROLES)
    assert ready.get("STATUS") == "watching: 5 of 5 processes at work, 0 restarts"
    assert len(manager.said("READY")) == 1


def test_an_abstract_socket_will_do(watch, closing, dep, short_dir):
    abstract = closing(ServiceManager(f"@watchdog-test-{short_dir.name}"))
    watch(deps=f"git={dep.tcp('localhost')}", keys=abstract.keys())
    abstract.wait("READY", "1")


def test_only_the_parent_speaks_and_no_child_knows_the_way(manager, daemon):
    os.kill(daemon.role("collector"), signal.SIGKILL)
    daemon.expect_deaths = True
    wait_for(lambda: "1 restarts" in manager.status, "the restart in the status")
    assert {d.pid for d in manager.heard} == {daemon.pid}
    for role, pid in daemon.wait_roles(*ROLES).items():
        assert b"NOTIFY" not in proc.environ(pid) and b"LISTEN" not in proc.environ(pid), role
        assert not [f for f in proc.descriptors(pid).values() if SNAPSHOT in f], role


def test_a_role_that_is_down_is_in_the_status(manager, daemon):
    daemon.expect_deaths = True
    for _ in range(3):
        old = daemon.role("notifier")
        os.kill(old, signal.SIGKILL)
        daemon.wait_new("notifier", old)
    assert [d for d in manager.said("STATUS") if re.search(r"the notifier is down \(was killed by SIGKILL\)", d.get("STATUS"))]
    wait_for(lambda: manager.status == "watching: 5 of 5 processes at work, 3 restarts", "everybody back")


def test_the_end_is_announced(manager, daemon):
    daemon.stop()
    stopping = manager.wait("STOPPING", "1")
    assert stopping.get("STATUS").startswith("stopping")
    assert manager.heard[-1] is stopping


def test_a_switched_off_daemon_is_ready_and_says_that_it_does_nothing(start, manager):
    start(enabled="false", keys=manager.keys())
    assert "nothing is watched" in manager.wait("READY", "1").get("STATUS")


def reload(manager, daemon, count):
    before = time.monotonic_ns() // 1000
    daemon.reload()
    announced = manager.wait("RELOADING", "1", count)
    # sd_notify(3): in the same datagram, and not before the signal
    assert before <= int(announced.get("MONOTONIC_USEC")) <= time.monotonic_ns() // 1000
    ready = manager.wait("READY", "1", count + 1)
    assert manager.heard.index(announced) < manager.heard.index(ready)
    return ready


def test_a_reload_is_announced_and_ends_when_everybody_is_back(watch, manager, dep, tmp_path):
    file = tmp_path / "watchdog.conf"
    file.write_text("WATCHDOG_MEM_TICKS=2\n")
    daemon = watch("-f", file, deps=f"git={dep.tcp('localhost')}", keys=manager.keys())
    manager.wait("READY", "1")
    reload(manager, daemon, 1)
    brain = daemon.role("brain")
    file.write_text("WATCHDOG_MEM_TICKS=3\n")
    reload(manager, daemon, 2)
    assert daemon.role("brain") != brain
    file.write_text("WATCHDOG_MEM_TICKS=many\n")
    assert "the last reload was refused" in reload(manager, daemon, 3).get("STATUS")
    file.write_text("WATCHDOG_MEM_TICKS=2\n")
    assert "refused" not in reload(manager, daemon, 4).get("STATUS")


def test_the_watchdog_is_fed_at_half_its_period(start, manager):
    start(keys=manager.keys(WATCHDOG_USEC="1000000"))
    first = manager.wait("WATCHDOG", "1", 1)
    # One may be heard late and the next in time: by a second of four at most.
    assert manager.wait("WATCHDOG", "1", 9).time - first.time >= 8 * 0.5 - 1


def test_another_process_watchdog_is_not_ours(start, manager):
    start(keys=manager.keys(WATCHDOG_USEC="200000", WATCHDOG_PID="1"))
    manager.wait("READY")
    never(lambda: manager.said("WATCHDOG"), "a sign of life for somebody else", 1)


def test_a_check_of_the_configuration_says_nothing(manager, daemon, start):
    before = len(manager.heard)
    check = start("--check-config", keys=manager.keys(WATCHDOG_USEC="100000"))
    check.wait_exit()
    assert len(manager.heard) == before


@pytest.mark.parametrize("keys, said", [
    ({"NOTIFY_SOCKET": "vsock:2:1234"}, r"NOTIFY_SOCKET: expected /path or @name, found \"vsock:2:1234\""),
    ({"NOTIFY_SOCKET": "/" + "x" * 200}, r"NOTIFY_SOCKET: expected"),
    ({"NOTIFY_SOCKET": "/nowhere/at/all"}, r"the service manager cannot be told: No such file"),
    ({"WATCHDOG_USEC": "soon"}, r"WATCHDOG_USEC: expected a number, found \"soon\""),
    ({"LISTEN_FDS": "-1"}, r"LISTEN_FDS: expected a number, found \"-1\""),
    ({"LISTEN_FDS": "4000000000"}, r"LISTEN_FDS: expected a number"),
], ids=lambda v: next(iter(v.items()))[1][:20] if isinstance(v, dict) else "")
def test_nonsense_from_the_manager_is_said_and_no_harm(start, keys, said):
    daemon = start(keys=keys)
    daemon.wait_log(said)
    daemon.wait_roles("collector", "brain", "notifier")


def test_a_manager_that_reads_nothing_stops_nobody(watch, telegram, dep, short_dir):
    deaf = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    deaf.bind(str(short_dir / "deaf"))
    daemon = watch(deps=f"git={dep.tcp('localhost')}", keys={"NOTIFY_SOCKET": short_dir / "deaf", "WATCHDOG_USEC": "20000"})
    daemon.wait_log("the service manager cannot be told")
    told_of_an_incident(daemon, telegram, dep)
    deaf.close()


# --- what it keeps ---

def test_the_snapshot_is_stored_once(manager, daemon, telegram, dep):
    stored = manager.wait("FDSTORE", "1")
    assert stored.get("FDNAME") == SNAPSHOT and len(stored.fds) == 1
    told_of_an_incident(daemon, telegram, dep)
    os.kill(daemon.role("brain"), signal.SIGKILL)
    daemon.expect_deaths = True
    dep.up()
    telegram.wait(r"^🟢 dep git: ")
    assert len(manager.said("FDSTORE")) == 1 and not manager.said("FDSTOREREMOVE")


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_a_restart_neither_repeats_nor_forgets_an_alert(manager, daemon, telegram, dep, watch, how):
    told_of_an_incident(daemon, telegram, dep)
    if how == "killed":
        end(daemon)
    else:
        daemon.stop()
    again = watch(deps=f"git={dep.tcp('localhost')}", **manager.hand_over())
    again.wait_log("going on from the state that the service manager kept")
    manager.wait("READY", "1", 2)
    never(lambda: len(telegram.find(r"🔴 dep git")) > 1, "a repetition", 2)
    dep.up()
    telegram.wait(r"^🟢 dep git: recovered after ")
    assert len(manager.said("FDSTORE")) == 1


def test_a_second_restart_hands_on_what_the_first_has_added(manager, daemon, telegram, dep, watch):
    end(daemon)
    second = watch(deps=f"git={dep.tcp('localhost')}", **manager.hand_over())
    told_of_an_incident(second, telegram, dep)
    end(second)
    dep.up()
    watch(deps=f"git={dep.tcp('localhost')}", **manager.hand_over())
    telegram.wait(r"^🟢 dep git: recovered after ")
    assert len(telegram.find(r"🔴 dep git")) == 1


def test_what_waits_to_be_sent_is_sent_by_the_next_daemon(manager, daemon, telegram, dep, watch):
    telegram.always(tg.server_error)
    before = len(telegram.attempts)
    dep.down()
    telegram.wait_attempts(before + 1)
    settle()
    end(daemon)
    telegram.well()
    watch(deps=f"git={dep.tcp('localhost')}", **manager.hand_over())
    telegram.wait(r"^🔴 dep git: ")
    never(lambda: len(telegram.find(r"🔴 dep git")) > 1, "a repetition", 1)


def spoil(fd):
    """A bit in each of the two slots."""
    for slot in (0, os.fstat(fd).st_size // 2):
        at = slot + HEAD + 40
        os.pwrite(fd, bytes([os.pread(fd, 1, at)[0] ^ 1]), at)


def test_a_corrupt_snapshot_is_refused_said_and_the_start_is_clean(manager, daemon, telegram, dep, watch):
    told_of_an_incident(daemon, telegram, dep)
    end(daemon)
    spoil(manager.kept[0][1])
    again = watch(deps=f"git={dep.tcp('localhost')}", **manager.hand_over())
    again.wait_log(r"the state that the service manager kept cannot be used \(its checksum is wrong\): alerts may repeat")
    manager.wait("FDSTORE", "1", 2)
    assert len(manager.kept) == 1 and len(manager.said("FDSTOREREMOVE", "1")) == 1
    dep.up()
    again.wait_roles(*ROLES)
    dep.down()
    telegram.wait(r"^🔴 dep git: ", count=2)


def forged(snapshot, size):
    """Right sums over any bytes: what a brain that was taken over may have left."""
    fd = os.memfd_create("forged", os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, size)
    fcntl.fcntl(fd, F_ADD_SEALS, SIZE_SEALS)
    head = struct.pack(">IHQQII", 0x5744534b, 1, 7, 7, len(snapshot), zlib.crc32(snapshot))
    os.pwrite(fd, head + struct.pack(">I", zlib.crc32(head)), 0)
    os.pwrite(fd, snapshot, HEAD)
    return fd


def test_a_snapshot_with_right_sums_and_wrong_bytes_is_refused_by_the_brain(manager, daemon, telegram, dep, watch):
    end(daemon)
    kept = manager.kept.pop()[1]
    manager.kept = [(SNAPSHOT, forged(b"WDBS" + b"\xff" * 100, os.fstat(kept).st_size))]
    os.close(kept)
    again = watch(deps=f"git={dep.tcp('localhost')}", **manager.hand_over())
    again.wait_log(r"brain.*the kept state cannot be used \(of another version\): starting clean")
    manager.wait("READY", "1", 2)
    told_of_an_incident(again, telegram, dep)


def test_of_two_descriptors_with_our_name_the_good_one_is_taken(manager, daemon, telegram, dep, watch):
    told_of_an_incident(daemon, telegram, dep)
    end(daemon)
    wrong = os.memfd_create("wrong", os.MFD_ALLOW_SEALING)
    again = watch(deps=f"git={dep.tcp('localhost')}", **manager.hand_over(extra=[(SNAPSHOT, wrong)]))
    os.close(wrong)
    again.wait_log("cannot be used .its size is not sealed.")
    wait_for(lambda: len(manager.kept) == 1, "the good one alone in the store")
    dep.up()
    telegram.wait(r"^🟢 dep git: recovered after ")


def test_descriptors_that_are_not_ours_are_closed_and_said(manager, daemon, dep, watch):
    end(daemon)
    reader, writer = os.pipe()
    again = watch(deps=f"git={dep.tcp('localhost')}", **manager.hand_over(extra=[("web.socket", writer)]))
    os.close(writer)
    again.wait_log(r'a descriptor called "web.socket", which is not ours: closed')
    assert os.read(reader, 1) == b""
    os.close(reader)
