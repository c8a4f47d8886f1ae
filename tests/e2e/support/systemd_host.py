"""
A real systemd as the first process of namespaces of its own.  Its root is this host's with a layer above it that is
thrown away, so that it has the same programs, or that of another system out of an archive (support/debian.py); of its
services only the journal and those that a test asks for run.
"""

import contextlib
import os
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from . import proc
from .daemon import STAGE
from .ordinary_user import closed_folder
from .wait import PATIENCE, wait_for

SYSTEMD = Path("/lib/systemd/systemd")
CGROUPS = Path("/sys/fs/cgroup")
TARGET = """[Unit]
DefaultDependencies=no
Requires=systemd-journald.service
After=systemd-journald.service
"""

# In the new namespaces, before systemd: the root, its file systems, and the one hierarchy of control groups that it needs.
BECOME = r"""
set -e
layers=$1 archive=$2 stage=$3 closed=$4 unified=$5 target=$6
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$layers"
mkdir "$layers/up" "$layers/work" "$layers/root"
root=$layers/root
if [ -n "$archive" ]; then
	mount -t tmpfs -o mode=755 tmpfs "$root"
	tar -x -C "$root" -f "$archive"
	cp /etc/hosts /etc/resolv.conf "$root/etc"
else
	mount -t overlay overlay -o "lowerdir=/,upperdir=$layers/up,workdir=$layers/work" "$root"
fi
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
if [ -z "$archive" ]; then
	[ -z "$closed" ] || mount -t tmpfs -o mode=755 tmpfs "$root$closed"
	mkdir -p "$root$stage"
	mount --bind "$stage" "$root$stage"
fi
if [ -n "$unified" ]; then
	mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
else
	mount -t tmpfs tmpfs "$root/sys/fs/cgroup"
	mkdir "$root/sys/fs/cgroup/systemd"
	mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
fi
echo "$target" >"$root/etc/systemd/system/watchdog-test.target"
grep -q '^docker:' "$root/etc/group" || echo 'docker:x:64000:' >>"$root/etc/group"
# systemd mounts credentials in a namespace of their own and trusts that they are seen in its own.
mount --make-rshared "$root"
exec chroot "$root" /usr/bin/env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system \
    --unit=watchdog-test.target --log-target=journal --show-status=no
"""


def why_not(foreign=False):
    """Why there can be none here, or ""; a foreign one brings its own systemd."""
    if os.environ.get("WATCHDOG_TEST_NO_SYSTEMD"):
        return "WATCHDOG_TEST_NO_SYSTEMD is set"
    if os.geteuid() != 0:
        return "a systemd of the test's own needs root"
    return "" if foreign or SYSTEMD.exists() else f"there is no {SYSTEMD}"


@contextlib.contextmanager
def booted(make_root=None):
    """A SystemdHost, of which nothing is left afterwards; where there can be none, the test is skipped, and no root made."""
    reason = why_not(make_root is not None)
    if reason:
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="wd-systemd-", dir="/tmp") as directory:
        host = SystemdHost(directory, make_root and make_root())
        try:
            yield host
        finally:
            host.close()


def hierarchy():
    """
    Where the control groups are that a systemd can be given, and whether they are version 2.  It needs no controllers, so
    that version 2 will do where another version has them; 258 and later take no other.
    """
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, path, kind = line.split()[:3]
        if kind == "cgroup2":
            return Path(path), True
    return CGROUPS / "systemd", False


class SystemdHost:
    def __init__(self, directory, archive=None):
        layers = Path(directory) / "layers"
        layers.mkdir()
        groups, unified = hierarchy()
        self.group = groups / Path(directory).name
        self.group.mkdir()
        command = ["unshare", "--pid", "--mount", "--cgroup", "--ipc", "--uts", "--fork", "--kill-child", "sh", "-c", BECOME,
                   "sh", str(layers), str(archive or ""), str(STAGE), closed_folder(), "1" if unified else "", TARGET]
        self.log = open(Path(directory) / "log", "w+b")
        # A group of its own, which then is the root of the hierarchy that it sees.
        self.process = subprocess.Popen(["sh", "-c", f'echo $$ >{self.group}/cgroup.procs; exec "$@"', "sh", *command],
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)
        try:
            self.pid = wait_for(self._first, "systemd as a first process", 30)
            wait_for(lambda: self.run("systemctl", "is-active", "systemd-journald", check=False).returncode == 0, "systemd at work", 20)
        except AssertionError as late:
            self.log.seek(0)
            said = self.log.read().decode()
            self.close()
            raise AssertionError(f"{late}; it said: {said}") from None

    def _first(self):
        if self.process.poll() is not None:
            raise AssertionError("systemd could not be started")
        return next((p for p in proc.children_of(self.process.pid) if proc.argv0(p) == str(SYSTEMD)), None)

    # --- what a test does there ---

    def run(self, *command, check=True, input="", timeout=120):
        done = subprocess.run(["nsenter", "--target", str(self.pid), "--pid", "--mount", "--uts", "--ipc", "--cgroup", "--root", "--wdns=/",
                               *map(str, command)], input=input, capture_output=True, text=True, check=False, timeout=timeout * PATIENCE)
        assert done.returncode == 0 or not check, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def systemctl(self, *arguments, check=True):
        return self.run("systemctl", *arguments, check=check)

    def path(self, path):
        """Where a path of that host is on ours."""
        return Path(f"/proc/{self.pid}/root{path}")

    def put(self, path, text, mode=0o644):
        there = self.path(path)
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_text(text)
        there.chmod(mode)

    def show(self, unit, name):
        return self.systemctl("show", "--property", name, "--value", unit).stdout.strip()

    def main_pid(self, unit):
        """On our own side."""
        inner = self.show(unit, "MainPID")
        for pid in filter(str.isdigit, os.listdir("/proc")):
            numbers = proc.status(pid).get("NSpid", "").split() if proc.alive(pid) else []
            if len(numbers) > 1 and numbers[-1] == inner and self.inside(pid):
                return int(pid)
        return None

    def inside(self, pid):
        try:
            return os.readlink(f"/proc/{pid}/ns/pid") == os.readlink(f"/proc/{self.pid}/ns/pid")
        except OSError:
            return False

    def journal(self, unit):
        return self.run("journalctl", "--unit", unit, "--output", "cat", "--no-pager").stdout

    def story(self):
        return self.run("journalctl", "--output", "short-monotonic", "--no-pager", "--lines", "60", check=False).stdout

    def close(self):
        """The first process takes all others with it."""
        if getattr(self, "pid", None) and self.process.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
        else:
            self.process.kill()
        self.process.wait(20)
        self.log.close()
        # Control groups are removed from their leaves on.
        for folder, _, _ in os.walk(self.group, topdown=False):
            wait_for(lambda: self._removed(folder), f"{folder} to be empty", 5)  # noqa: B023

    @staticmethod
    def _removed(folder):
        try:
            os.rmdir(folder)
        except OSError:
            return False
        return True
