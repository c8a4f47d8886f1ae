"""
A host with a docker engine where the documents say that one is: docker.sock in /run, for who looks from within its mount
namespace; /run is this machine's with a layer above it that is thrown away.  What only Debian's archive has is kept in build/docker.
"""

import shutil
import subprocess
import time
from pathlib import Path

from .debian import KEPT, root_tar
from .engine import Engine, image_tar
from .wait import PATIENCE

BASE = "debian:12-slim"
COMPOSE_MIN = (2, 24)

# The first Debian with such a compose; its program runs on older ones.
FETCH_COMPOSE = """set -e
sed -i s/bookworm/trixie/ /etc/apt/sources.list
apt-get -qq update
cd /tmp
apt-get -qq -o APT::Sandbox::User= download docker-compose
dpkg -x docker-compose_*.deb compose
"""


class DockerHost(Engine):
    ENTER = """set -e
layers=$(mktemp -d)
mount -t tmpfs tmpfs "$layers"
mkdir "$layers/up" "$layers/work"
mount -t overlay overlay -o "lowerdir=/run,upperdir=$layers/up,workdir=$layers/work" /run
umount -l "$layers"
rmdir "$layers"
# What it stores goes with it.
mount -t tmpfs -o mode=711 tmpfs "$WATCHDOG_ENGINE_DATA"
mount --make-rshared /
exec "$@"
"""
    HOSTS = ("unix:///run/docker.sock",)

    def equip(self):
        """With an image of Debian, nearly as its registry has it, and compose."""
        self.docker("import", str(root_tar("bookworm")), BASE)
        if self._compose_version() < COMPOSE_MIN:
            self._install_compose()

    def _compose_version(self):
        said = self.attempt("compose", "version", "--short").stdout.lstrip("v").split(".")
        return tuple(int(word) for word in said[:2]) if len(said) > 2 else ()

    def _install_compose(self):
        kept = KEPT / "docker-compose"
        if not kept.exists():
            done = self._docker("run", "--network", "host", "--name", "fetch", BASE, "sh", "-c", FETCH_COMPOSE, timeout=300)
            assert done.returncode == 0, f"compose could not be fetched from Debian's archive: {done.stderr.decode()}"
            self.docker("cp", "fetch:/tmp/compose/usr/libexec/docker/cli-plugins/docker-compose", f"{kept}.new")
            self.docker("rm", "fetch")
            Path(f"{kept}.new").rename(kept)
        plugins = self.directory / "cli-plugins"
        plugins.mkdir()
        shutil.copy2(kept, plugins)
        assert self._compose_version() >= COMPOSE_MIN, self.attempt("compose", "version").stderr

    def import_application(self, name):
        """An image that answers on port 8080 as the application does."""
        metrics = f'{{"generated_at": {time.time():.0f}, "queue": {{"counts": {{"failed": 0}}}}, "agents": []}}\n'
        self.docker("import", "--change", 'CMD ["/bin/busybox", "httpd", "-f", "-p", "8080", "-h", "/tmp"]', "-", name,
                    data=image_tar([("tmp/metrics", metrics)]))

    def shell(self, line, cwd, check=True, timeout=900):
        """A line as a person types it there, root, in the folder cwd."""
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.directory), "DOCKER_CONFIG": str(self.directory)}
        done = subprocess.run(["nsenter", f"--mount=/proc/{self.process.pid}/ns/mnt", f"--wd={cwd}", "sh", "-c", line], env=env,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=timeout * PATIENCE)
        assert done.returncode == 0 or not check, f"{line}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
        return done
