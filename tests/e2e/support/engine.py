"""
A real docker engine of the test's own: its own data, sockets and containerd
under one directory, no bridge, no packet filter.  Nothing is left at the end.
"""

import contextlib
import io
import os
import shutil
import signal
import subprocess
import tarfile
import time
from pathlib import Path

from . import proc
from .wait import PATIENCE, wait_for

DOCKERD, DOCKER, BUSYBOX = "/usr/bin/dockerd", "/usr/bin/docker", "/bin/busybox"
IMAGE = "watchdog-test:1"
DRIVERS = ("overlay2", "vfs")
# Made by dockerd and containerd whatever they are told.
COMMON_FOLDERS = ("/run/docker/plugins", "/run/docker", "/run/containerd/s", "/run/containerd")


def why_not():
    """Why no engine can be started here, or None."""
    if os.environ.get("WATCHDOG_TEST_NO_ENGINE") == "1":
        return "WATCHDOG_TEST_NO_ENGINE=1"
    if os.geteuid() != 0:
        return "a docker engine needs root"
    return next((f"{path} is not installed" for path in (dockerd(), DOCKER, BUSYBOX) if not os.path.exists(path)), None)


def dockerd():
    return DOCKERD if os.path.exists(DOCKERD) else shutil.which("dockerd") or DOCKERD


def image_tar(files=()):
    """An image of busybox and nothing else, but for files: (name, text)."""
    blob = io.BytesIO()
    with tarfile.open(fileobj=blob, mode="w") as tar:
        for name in ("bin", "tmp", "etc"):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(folder)
        tar.add(os.path.realpath(BUSYBOX), "bin/busybox")
        for applet in ("sh", "sleep", "test", "touch", "rm"):
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        for name, text in files:
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return blob.getvalue()


class Engine:
    # In a mount namespace of its own, where mounts are shared as systemd has them: what is mounted "rslave" needs that.
    ENTER = 'mount --make-rshared / && exec "$@"'
    HOSTS = ()

    def __init__(self, directory):
        self.directory = Path(directory)
        self.directory.chmod(0o711)  # an ordinary user may walk to the socket
        self.sock = self.directory / "docker.sock"
        self.log = self.directory / "dockerd.log"
        self.cgroup = f"watchdog-test-{self.directory.name}"
        self.process = None
        self.made = [f for f in COMMON_FOLDERS if not os.path.exists(f)]
        for self.driver in DRIVERS:
            if self._start():
                break
        else:
            raise AssertionError("dockerd does not start:\n" + self.log.read_text()[-4000:])
        self._import_image()

    def _start(self):
        data = self.directory / "data"
        data.mkdir(mode=0o711, exist_ok=True)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--propagation", "slave", "sh", "-c", self.ENTER, "sh",
                 dockerd(), "--data-root", data, "--exec-root", self.directory / "exec",
                 "--pidfile", self.directory / "docker.pid", "--host", f"unix://{self.sock}",
                 *(word for host in self.HOSTS for word in ("--host", host)), "--config-file", self._config(), "--storage-driver", self.driver, "--cgroup-parent", self.cgroup,
                 "--shutdown-timeout=1", "--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-masq=false", "--ip-forward=false"],
                env={**os.environ, "WATCHDOG_ENGINE_DATA": str(data)}, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + 60
        while self.process.poll() is None and time.monotonic() < deadline:
            if self.sock.exists() and self._docker("version").returncode == 0:
                return True
            time.sleep(0.1)
        self.stop()
        return False

    def _config(self):
        """The host's daemon.json is not ours."""
        path = self.directory / "daemon.json"
        path.write_text("{}")
        return path

    def _docker(self, *args, data=None, timeout=60):
        env = {"PATH": os.environ["PATH"], "DOCKER_HOST": f"unix://{self.sock}", "HOME": str(self.directory),
               "DOCKER_CONFIG": str(self.directory)}
        return subprocess.run([DOCKER, *args], env=env, input=data, capture_output=True, timeout=timeout * PATIENCE, check=False)

    def attempt(self, *args):
        """The client's end, whatever it is, as text."""
        done = self._docker(*args)
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    def docker(self, *args, data=None):
        """The client's output; the command must work."""
        done = self._docker(*args, data=data)
        assert done.returncode == 0, f"docker {' '.join(args)}: {done.stderr.decode()}"
        return done.stdout.decode().strip()

    def _import_image(self):
        self.docker("import", "-", IMAGE, data=image_tar())

    # --- containers ---

    def run(self, name, *options, command=("sleep", "1000")):
        """Start a container; it needs no network."""
        self.docker("run", "-d", "--name", name, "--network", "none", "--stop-signal", "KILL", *options, IMAGE, *command)

    def state(self, name):
        return self.docker("inspect", "-f", "{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{end}}", name).strip()

    def wait_state(self, name, state, timeout=15):
        wait_for(lambda: self.state(name) == state, f"container {name} to be {state}", timeout)

    def clear(self):
        """No container is left for the next test."""
        ids = self.docker("ps", "-aq").split()
        if ids:
            self.docker("rm", "-f", *ids)

    def keys(self, names):
        return {"WATCHDOG_DOCKER_SOCK": self.sock, "WATCHDOG_CONTAINERS": names}

    def story(self):
        return "containers:\n" + self._docker("ps", "-a").stdout.decode()

    # --- the engine ---

    @property
    def running(self):
        return self.process.poll() is None

    def restart(self):
        """After stop(): the same data again."""
        assert self._start(), self.log.read_text()[-4000:]

    def stop(self):
        """The engine and its containerd; containers end with them."""
        pids = self._family()
        if self.running:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        wait_for(lambda: not any(proc.alive(p) and self._ours(p) for p in pids | self._family()) or self._kill(), "the engine's end", 15)

    def _ours(self, pid):
        return str(self.directory).encode() in proc.cmdline(pid)

    def _family(self):
        """dockerd, containerd and the shims: our directory is in their command lines."""
        return {int(p) for p in os.listdir("/proc") if p.isdigit() and int(p) != os.getpid() and self._ours(int(p))}

    def containerd(self):
        """The pid of the containerd that dockerd has started."""
        return wait_for(lambda: next((p for p in self._family() if proc.argv0(p).endswith("containerd")), None), "containerd")

    def _kill(self):
        for pid in self._family():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return False

    def close(self):
        with contextlib.suppress(AssertionError, subprocess.TimeoutExpired):
            if self.running:
                self.clear()
        self.stop()
        self._unmount()
        shutil.rmtree(self.directory)
        for folder in self.made:
            with contextlib.suppress(OSError):
                os.rmdir(folder)
        self._remove_cgroups()

    def _unmount(self):
        points = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        for point in sorted((p for p in points if p.startswith(str(self.directory))), reverse=True):
            subprocess.run(["umount", "-l", point], check=False)

    def _remove_cgroups(self):
        """The kernel empties a group a moment after its last process."""
        wait_for(lambda: not self._try_to_remove_cgroups(), "the end of the engine's control groups", 5)

    def _try_to_remove_cgroups(self):
        """What could not be removed yet."""
        folders = list(Path("/sys/fs/cgroup").glob(f"**/{self.cgroup}"))
        for folder in folders:
            for below in [*sorted((p for p in folder.rglob("*") if p.is_dir()), reverse=True), folder]:
                with contextlib.suppress(OSError):
                    below.rmdir()
        return [folder for folder in folders if folder.exists()]
