"""
A real podman service of the test's own, root's or an ordinary user's: its own
storage and socket under one directory.  Nothing is left at the end.
"""

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path

from .engine import BUSYBOX, IMAGE, image_tar
from .wait import wait_for

PODMAN = "/usr/bin/podman"
NOBODY = 65534
# By default all of one user's share their locks in /dev/shm, and the start of another's first one frees them all.
SETTINGS = '[engine]\nlock_type = "file"\n'
# A container may not be given more than the test itself has.
MODEST = ("--network", "none", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000")


def why_not():
    """Why no podman can be started here, or None."""
    if os.environ.get("WATCHDOG_TEST_NO_ENGINE") == "1":
        return "WATCHDOG_TEST_NO_ENGINE=1"
    if os.geteuid() != 0:
        return "a podman of root's and one of nobody's need root"
    return next((f"{path} is not installed" for path in (PODMAN, BUSYBOX) if not os.path.exists(path)), None)


class Podman:
    def __init__(self, directory, rootless=False):
        self.directory = Path(directory)
        self.rootless = rootless
        self.sock = self.directory / "podman.sock"
        self.log = self.directory / "service.log"
        if rootless:
            os.chown(self.directory, NOBODY, NOBODY)
        self.directory.chmod(0o711)
        self.settings = self.directory / "containers.conf"
        self.settings.write_text(SETTINGS)
        self.settings.chmod(0o644)
        self.podman("import", "-", IMAGE, data=image_tar())
        self.service = None
        self.start()

    # --- the service ---

    def start(self):
        with open(self.log, "ab") as log:
            self.service = subprocess.Popen(self._command("system", "service", "--time", "0", f"unix://{self.sock}"),
                                            env=self._env(), cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(lambda: self.sock.is_socket(), "podman's socket", 20)

    def stop(self):
        self.service.terminate()
        try:
            self.service.wait(10)
        except subprocess.TimeoutExpired:
            self.service.kill()
            self.service.wait(10)
        with contextlib.suppress(FileNotFoundError):
            self.sock.unlink()

    def _env(self):
        return {"PATH": os.environ["PATH"], "HOME": str(self.directory), "XDG_RUNTIME_DIR": str(self.directory / "run"),
                "CONTAINERS_CONF": str(self.settings)}

    def _command(self, *args):
        base = ["--root", self.directory / "root", "--runroot", self.directory / "run", "--tmpdir", self.directory / "tmp",
                "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--events-backend", "file"]
        become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if self.rootless else []
        for name in ("run", "tmp"):
            folder = self.directory / name
            if not folder.exists():
                folder.mkdir(mode=0o700)
                if self.rootless:
                    os.chown(folder, NOBODY, NOBODY)
        return [str(a) for a in [*become, PODMAN, *base, *args]]

    def attempt(self, *args, data=None):
        return subprocess.run(self._command(*args), env=self._env(), cwd=self.directory, input=data, capture_output=True, timeout=60,
                              check=False)

    def podman(self, *args, data=None):
        """The client's output; the command must work."""
        done = self.attempt(*args, data=data)
        assert done.returncode == 0, f"podman {' '.join(args)}: {done.stderr.decode()}"
        return done.stdout.decode().strip()

    # --- containers ---

    def run(self, name, *options, command=("sleep", "1000")):
        self.podman("run", "-d", "--name", name, *MODEST, *options, IMAGE, *command)

    def pid(self, name):
        return int(self.podman("inspect", "-f", "{{.State.Pid}}", name))

    def crash(self, name):
        os.kill(self.pid(name), signal.SIGKILL)

    def probe(self, name):
        """Without systemd nobody runs the health check: this does, once."""
        self.attempt("healthcheck", "run", name)

    def keys(self, names):
        return {"WATCHDOG_DOCKER_SOCK": self.sock, "WATCHDOG_CONTAINERS": names}

    def clear(self):
        self.attempt("rm", "-fa", "-t", "0")

    def story(self):
        return "containers:\n" + self.attempt("ps", "-a").stdout.decode() + self.log.read_text()[-2000:]

    def close(self):
        self.clear()
        self.stop()
        # A rootless podman leaves a process behind that holds its namespaces.
        for path in self.directory.rglob("pause.pid"):
            with contextlib.suppress(ProcessLookupError, ValueError):
                os.kill(int(path.read_text()), signal.SIGKILL)
        points = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        for point in sorted((p for p in points if p.startswith(str(self.directory))), reverse=True):
            subprocess.run(["umount", "-l", point], check=False)
        shutil.rmtree(self.directory, ignore_errors=True)
