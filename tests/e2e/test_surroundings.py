"""What the daemon is started in: a folder that it leaves, descriptors that it closes, but for those that are meant for it."""

import fcntl
import os
import subprocess

import pytest

from support import proc
from support.daemon import ROLES, run


def started_in(folder):
    return ("sh", "-c", 'cd "$0" && exec "$@"', str(folder))


@pytest.fixture
def left_open(tmp_path):
    """A file of the starter's, opened and to be inherited."""
    path = tmp_path / "left-open"
    path.write_text("x")
    fd = os.open(path, os.O_RDONLY)
    yield fd
    os.close(fd)


@pytest.fixture
def mounted(tmp_path):
    folder = tmp_path / "mounted"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "none", folder], check=True, timeout=30)
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=False, timeout=30, capture_output=True)


@pytest.mark.root
def test_a_mount_that_it_was_started_in_can_be_unmounted(watch, dep, mounted):
    (mounted / "open").write_text("x")
    fd = os.open(mounted / "open", os.O_RDONLY)
    daemon = watch(deps=f"git={dep.tcp('localhost')}", through=started_in(mounted), pass_fds=[fd])
    os.close(fd)
    daemon.wait_roles(*ROLES)
    assert {os.readlink(f"/proc/{pid}/cwd") for pid in daemon.all_pids().values()} == {"/"}
    done = subprocess.run(["umount", mounted], check=False, timeout=30, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_was_left_open_is_closed_everywhere(watch, dep, left_open):
    daemon = watch(deps=f"git={dep.tcp('localhost')}", pass_fds=[left_open])
    daemon.wait_roles(*ROLES)
    for role, pid in daemon.all_pids().items():
        assert not [to for to in proc.descriptors(pid).values() if "left-open" in to], role


def test_a_lock_that_was_left_open_is_free_when_its_holder_has_gone(watch, dep, tmp_path):
    """Who starts the daemon under a lock, an installation, say, kept others out for as long as the daemon lived."""
    fd = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(fd, fcntl.LOCK_EX)
    daemon = watch(deps=f"git={dep.tcp('localhost')}", pass_fds=[fd])
    daemon.wait_roles(*ROLES)
    os.close(fd)
    with open(tmp_path / "lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_relative_names_mean_the_same_after_a_reload(watch, telegram, tmp_path):
    (tmp_path / "interval").write_text("0.4\n")
    (tmp_path / "conf").write_text("WATCHDOG_INTERVAL_S_FILE=interval\n")
    daemon = watch("-f", "conf", keys={"WATCHDOG_INTERVAL_S": None}, through=started_in(tmp_path))
    daemon.wait_roles("collector", "brain")
    (tmp_path / "interval").write_text("0.3\n")
    daemon.reload()
    daemon.wait_log("configuration reloaded")
    (tmp_path / "interval").write_text("soon\n")
    daemon.reload()
    daemon.wait_log(r'conf:1: WATCHDOG_INTERVAL_S_FILE: interval: expected a time .*found "soon"')
    daemon.wait_log("the new configuration is refused")


def test_a_folder_that_was_removed_is_no_hindrance(watch, dep, tmp_path):
    (tmp_path / "gone").mkdir()
    daemon = watch(deps=f"git={dep.tcp('localhost')}", through=("sh", "-c", 'cd "$0" && rmdir "$0" && exec "$@"', str(tmp_path / "gone")))
    daemon.wait_roles(*ROLES)
    daemon.reload()
    daemon.wait_log("configuration reloaded")


@pytest.mark.parametrize("option", ["-n", "-1"])
def test_a_configuration_may_come_by_a_descriptor(option, tmp_path):
    """watchdog -n -f <(generate)"""
    (tmp_path / "conf").write_text("WATCHDOG_INTERVAL_S=77\nWATCHDOG_DISK_PATHS=/proc/77\n")
    with open(tmp_path / "conf") as conf:
        done = run(option, "-f", f"/dev/fd/{conf.fileno()}", pass_fds=[conf.fileno()],
                   keys={"WATCHDOG_INTERVAL_S": None})
    assert "77" in done.stdout, done.stderr


def test_what_came_by_a_descriptor_cannot_be_read_again(watch, telegram, dep, tmp_path):
    """An empty pipe was a configuration without a line."""
    read, write = os.pipe()
    os.write(write, f"WATCHDOG_DEPS=git={dep.tcp()}\n".encode())
    os.close(write)
    daemon = watch("-f", f"/dev/fd/{read}", pass_fds=[read])
    os.close(read)
    daemon.wait_roles("collector", "brain", "notifier")
    daemon.reload()
    daemon.wait_log("the new configuration is refused")
    dep.down()
    telegram.wait("^🔴 dep git: ")
