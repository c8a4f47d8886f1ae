"""WATCHDOG_STATE_FILE: a new start without a service manager neither repeats nor forgets, and no disk stops anybody."""

import os
import signal
import stat
import struct
import subprocess
import time

import pytest

from support import dead_fs, proc
from support import telegram as tg
from support.daemon import run
from support.wait import LOOK_EVERY_S, PATIENCE, never, wait_for

HEAD = 64
HEAD_BEGINS = struct.Struct(">IHQ")


@pytest.fixture
def state(short_dir):
    folder = short_dir / "state"
    folder.mkdir(mode=0o700)
    return folder / "alerts"


@pytest.fixture
def begin(watch, dep, state):
    def start(**more):
        return watch(deps=f"git={dep.tcp('localhost')}", state_file=state, **more)
    return start


def written(state, old=None):
    """The file has been replaced since old."""
    def there():
        now = state.exists() and state.stat().st_ino
        return now != old and now
    return wait_for(there, "the state file")


def sequence(file, at=0):
    """Which of the snapshots stands there, as keeper.c numbers them; 0 = none."""
    magic, _, number = HEAD_BEGINS.unpack(os.pread(file.fileno(), HEAD_BEGINS.size, at))
    return number if magic else 0


def is_written(daemon, state):
    """The newest snapshot that the parent has is in the file."""
    [fd] = [fd for fd, name in proc.descriptors(daemon.pid).items() if "watchdog-snapshot" in name]
    with open(f"/proc/{daemon.pid}/fd/{fd}", "rb", buffering=0) as kept, open(state, "rb", buffering=0) as file:
        second = os.fstat(kept.fileno()).st_size // 2
        return sequence(file) >= max(sequence(kept), sequence(kept, second))


def wait_written(daemon, state):
    if os.geteuid() == 0:
        wait_for(lambda: state.exists() and is_written(daemon, state), "the state file of today")
    else:
        time.sleep(3 * PATIENCE)  # who may not look into the parent waits for longer than what is new stays in memory alone


def told_of_an_incident(daemon, telegram, dep, state):
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    daemon.wait_told()
    wait_written(daemon, state)


def end(daemon):
    daemon.expect_exit = -signal.SIGKILL
    children = daemon.roles().values()
    daemon.process.kill()
    daemon.wait_exit()
    wait_for(lambda: not any(proc.alive(p) for p in children), "the children's end")


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_a_new_start_neither_repeats_nor_forgets_an_alert(begin, telegram, dep, state, how):
    daemon = begin()
    told_of_an_incident(daemon, telegram, dep, state)
    if how == "killed":
        end(daemon)
    else:
        daemon.stop()
    begin().wait_log(f"going on from the state in {state}")
    never(lambda: len(telegram.find(r"🔴 dep git")) > 1, "a repetition", 2)
    dep.up()
    telegram.wait(r"^🟢 dep git: recovered after ")


ANOTHER_BOOT = 'mount --bind "$1" /proc/sys/kernel/random/boot_id && shift && exec "$@"'


@pytest.mark.root
def test_a_restart_of_the_host_neither_repeats_nor_forgets_an_alert(begin, telegram, dep, state, tmp_path):
    boot = tmp_path / "boot_id"
    boot.write_text("01234567-89ab-cdef-0123-456789abcdef\n")
    daemon = begin(through=("unshare", "--mount", "sh", "-c", ANOTHER_BOOT, "sh", boot))
    told_of_an_incident(daemon, telegram, dep, state)
    end(daemon)
    again = begin()
    again.wait_log(f"going on from the state in {state}")
    never(lambda: len(telegram.find(r"🔴 dep git")) > 1, "a repetition", 2)
    dep.up()
    telegram.wait(r"^🟢 dep git: recovered after ")
    assert not again.log_find("cannot be used")


def test_the_file_is_ours_alone_whole_and_nothing_lies_beside_it(begin, telegram, dep, state):
    daemon = begin()
    told_of_an_incident(daemon, telegram, dep, state)
    daemon.stop()
    at = state.stat()
    assert stat.S_IMODE(at.st_mode) == 0o600 and at.st_uid == os.geteuid()
    assert os.listdir(state.parent) == [state.name]


def test_the_very_last_state_is_written_at_the_end(begin, telegram, dep, state):
    daemon = begin()
    told_of_an_incident(daemon, telegram, dep, state)
    dep.up()
    telegram.wait(r"^🟢 dep git: recovered after ")
    daemon.stop()
    begin()
    never(lambda: len(telegram.find(r"dep git")) > 2, "a repetition", 2)


def test_what_waits_to_be_sent_is_sent_after_a_new_start(begin, telegram, dep, state):
    daemon = begin()
    telegram.always(tg.server_error)
    before = len(telegram.attempts)
    dep.down()
    telegram.wait_attempts(before + 1)
    wait_written(daemon, state)
    end(daemon)
    telegram.well()
    dep.up()
    begin()
    telegram.wait(r"dep git: was down|^🔴 dep git")


def test_what_changes_often_is_written_at_most_once_a_second(begin, dep, state):
    begin(interval_s="0.1")
    seen, until = set(), time.monotonic() + 4
    while time.monotonic() < until:
        (dep.up if len(seen) % 2 else dep.down)()
        if state.exists():
            seen.add(state.stat().st_mtime_ns)
        time.sleep(LOOK_EVERY_S)
    assert 1 <= len(seen) <= 5


# --- a file that cannot be used ---

def flip(at):
    def spoil(state):
        with open(state, "r+b") as f:
            f.seek(at)
            byte = f.read(1)[0]
            f.seek(at)
            f.write(bytes([byte ^ 4]))
    return spoil


def replace_by_folder(state):
    state.unlink()
    state.mkdir()


def replace_by_fifo(state):
    state.unlink()
    os.mkfifo(state)


SPOILED = {
    "head": (flip(3), "its head is damaged or of another version"),
    "version": (flip(5), "its head is damaged or of another version"),
    "body": (flip(HEAD + 20), "its checksum is wrong"),
    "truncated": (lambda s: os.truncate(s, HEAD + 5), "its size is not what its head says"),
    "too long": (lambda s: os.truncate(s, s.stat().st_size + 1), "its size is not what its head says"),
    "empty": (lambda s: os.truncate(s, 0), "its head is damaged or of another version"),
    "huge": (lambda s: os.truncate(s, 1 << 40), "its size is not what its head says"),
    "folder": (replace_by_folder, "it is no regular file"),
    "fifo": (replace_by_fifo, "it is no regular file"),
    "shared": (lambda s: s.chmod(0o620), "others can write it"),
}


@pytest.mark.parametrize("spoil, said", SPOILED.values(), ids=SPOILED)
def test_a_file_that_cannot_be_used_is_said_and_the_start_is_clean(begin, telegram, dep, state, spoil, said):
    daemon = begin()
    told_of_an_incident(daemon, telegram, dep, state)
    daemon.stop()
    spoil(state)
    again = begin()
    again.wait_log(rf"{state}: this state cannot be used \({said}\): starting without it")
    dep.up()
    again.wait_roles("collector", "brain", "notifier")
    dep.down()
    telegram.wait(r"🔴 dep git: ", count=2)


@pytest.mark.root
def test_a_file_of_somebody_else_is_refused(begin, telegram, dep, state):
    daemon = begin()
    told_of_an_incident(daemon, telegram, dep, state)
    daemon.stop()
    os.chown(state, 12345, 0)
    begin().wait_log("this state cannot be used .it belongs to somebody else.|this state cannot be used .Permission denied")


# --- a disk that cannot be used ---

def test_a_folder_that_is_not_there_is_said_once_and_stops_nobody(begin, telegram, dep, state):
    state.parent.rmdir()
    daemon = begin()
    daemon.wait_log(rf"warning: WATCHDOG_STATE_FILE: expected a folder that exists, found no {state.parent}: make it, and start the daemon again")
    daemon.wait_log(rf"{state}: the state cannot be written: No such file or directory; going on without it")
    for turn in (1, 2):
        dep.down()
        telegram.wait(r"^🔴 dep git: ", count=turn)
        dep.up()
        telegram.wait(r"^🟢 dep git: ", count=turn)
    assert len(daemon.log_find("cannot be written")) == 1


@pytest.mark.root
def test_a_full_disk_stops_nobody_and_leaves_the_old_file_whole(begin, telegram, dep, state):
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", state.parent], check=True)
    try:
        daemon = begin()
        told_of_an_incident(daemon, telegram, dep, state)
        old = state.read_bytes()
        filler = state.parent / "filler"
        with open(filler, "wb", buffering=0) as f, pytest.raises(OSError):
            while True:
                f.write(b"x" * 4096)
        dep.up()
        telegram.wait(r"^🟢 dep git: ")
        daemon.wait_log("the state cannot be written: No space left on device")
        assert state.read_bytes() == old
        end(daemon)
        filler.unlink()
        again = begin()
        again.wait_log("going on from the state")
        written(state, state.stat().st_ino)
        again.stop()
    finally:
        subprocess.run(["umount", state.parent], check=True)


class DeafFs(dead_fs.DeadFs):
    """Whoever looks for a file in it is held, even against SIGKILL."""

    LOOKUP = 1

    def _answer(self, opcode, unique):
        if opcode != self.LOOKUP:
            super()._answer(opcode, unique)


@pytest.mark.root
@pytest.mark.limit(90)
def test_a_disk_that_hangs_stops_nobody(begin, telegram, dep, state):
    reason = dead_fs.why_not()
    assert reason is None, reason
    fs = DeafFs(state.parent)
    try:
        daemon = begin()
        daemon.wait_log("this state cannot be used .it does not answer.: starting without it", timeout=15)
        dep.down()
        telegram.wait(r"^🔴 dep git: ")
        dep.up()
        telegram.wait(r"^🟢 dep git: ")
        assert daemon.stop(timeout=15) == 0
        assert daemon.log_find("the last state could not be written in 2 s")
    finally:
        fs.close()


# --- who touches it, and when ---

def test_a_single_look_and_a_check_leave_it_alone(state):
    for option in ("-1", "-n"):
        run(option, keys={"WATCHDOG_STATE_FILE": state})
    assert not os.listdir(state.parent)


def test_a_check_says_that_its_folder_is_not_there(state):
    assert "WATCHDOG_STATE_FILE" not in run("-n", keys={"WATCHDOG_STATE_FILE": state}).stderr
    done = run("-n", keys={"WATCHDOG_STATE_FILE": state.parent / "missing" / "alerts"})
    assert done.returncode == 0
    assert f"expected a folder that exists, found no {state.parent}/missing:" in done.stderr


def test_only_a_restart_moves_it(watch, dep, state, tmp_path):
    file = tmp_path / "watchdog.conf"
    file.write_text(f"WATCHDOG_STATE_FILE={state}\n")
    daemon = watch("-f", file, deps=f"git={dep.tcp('localhost')}")
    written(state)
    file.write_text(f"WATCHDOG_STATE_FILE={state}2\n")
    daemon.reload()
    daemon.wait_log("WATCHDOG_STATE_FILE: only a restart can change it")
    daemon.wait_log("the new configuration is refused")


def test_a_reload_does_not_lose_it(watch, telegram, dep, state, tmp_path):
    """Read from the environment, and again at each reload: its name must outlive them all."""
    file = tmp_path / "watchdog.conf"
    file.write_text("")
    daemon = watch("-f", file, deps=f"git={dep.tcp('localhost')}", state_file=state)
    written(state)
    for i in range(3):
        file.write_text(f"WATCHDOG_MEM_TICKS={i + 2}\n")
        daemon.reload()
        daemon.wait_log("configuration reloaded", count=i + 1)
    told_of_an_incident(daemon, telegram, dep, state)
    assert not daemon.log_find("the state cannot be written")
