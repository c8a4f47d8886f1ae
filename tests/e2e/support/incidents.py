"""
What happens to containers: each incident is done to a real engine, and what
Telegram received of it is taken down.  The table in doc/docker.md and its
tests are made of these.
"""

import contextlib
import os
import re
import signal
import time
from dataclasses import dataclass

from .wait import wait_for

QUIET_S = 3
NAMED = "api"      # by the configuration; all others are discovered
KEYS = {"WATCHDOG_CONTAINERS": f"{NAMED},*"}


class Scene:
    """
    A real engine with the named container running, a scripted Telegram, a daemon that watches them; what is said from a
    moment on.
    """

    def __init__(self, engine, telegram, daemon, folder, grace):
        self.engine, self.telegram, self.daemon = engine, telegram, daemon
        self.folder, self.grace = folder, grace
        self.began = 0

    # --- what is done ---

    def run(self, name, *options, command=("sleep", "1000")):
        """Start a container; by the return the daemon has seen it at work."""
        self.engine.run(name, *options, command=command)
        self.wait_watched(name)

    def wait_watched(self, name):
        self.daemon.wait_status(lambda s: any(x["key"] == f"container:{name}" for x in s["signals"]), f"{name} in status", 60)

    def docker(self, *args):
        self.engine.docker(*args)

    def remove(self, name):
        self.engine.docker("rm", "-f", name)

    def crash(self, name):
        """Its first process dies, as by a bug or the kernel; no engine is asked."""
        os.kill(int(self.engine.docker("inspect", "-f", "{{.State.Pid}}", name)), signal.SIGKILL)

    @contextlib.contextmanager
    def frozen_engine(self):
        os.kill(self.engine.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.engine.process.pid, signal.SIGCONT)

    # --- what is said ---

    def lines(self):
        """Every line since the incident began, without the last one of each message (host, time, mark)."""
        return [line for a in self.telegram.taken()[self.began:] for line in a.lines[:-1]]

    def wait(self, pattern, timeout=90):
        wait_for(lambda: any(re.search(pattern, line) for line in self.lines()), f"a line {pattern!r}", timeout)

    def quiet(self, seconds=QUIET_S):
        time.sleep(seconds)

    def play(self, incident):
        """Returns what Telegram received of it."""
        self.began = len(self.telegram.taken())
        incident.act(self)
        self.quiet()
        return self.lines()


# --- the incidents ---

def crash(s):
    s.run("web")
    s.crash("web")
    s.wait("🔴 container web")
    s.docker("start", "web")
    s.wait("🟢 container web")
    s.remove("web")


def crash_repaired(s):
    s.run("db", "--restart", "always")
    s.crash("db")
    s.wait("🔴 container db")
    s.wait("🟢 container db")
    s.remove("db")


def stop_discovered(s):
    s.run("web")
    s.docker("stop", "web")
    s.quiet(s.grace)
    s.remove("web")


def stop_named(s):
    s.docker("stop", NAMED)
    s.wait(f"🔴 container {NAMED}")
    s.docker("start", NAMED)
    s.wait(f"🟢 container {NAMED}")


def restart_loop(s):
    well = s.folder / "well"
    s.run("loop", "--restart", "always", "-v", f"{s.folder}:/flags",
          command=("sh", "-c", "sleep 2; test -e /flags/well && exec sleep 1000; exit 3"))
    s.wait("🔁 container loop")
    well.touch()
    s.wait("🟢 container loop", 200)
    s.remove("loop")


def out_of_memory(s):
    s.run("greedy", "-m", "16m", "--memory-swap", "16m", command=("sh", "-c", "sleep 4; exec /bin/busybox tail /dev/zero"))
    s.wait("🔴 container greedy")
    s.remove("greedy")
    s.wait("🟢 container greedy")


def unhealthy(s):
    s.run("shop", "--health-cmd", "! test -e /tmp/ill", "--health-interval", "1s", "--health-retries", "1")
    s.engine.wait_state("shop", "running healthy", 30)
    s.docker("exec", "shop", "touch", "/tmp/ill")
    s.wait("🔴 container shop")
    s.docker("exec", "shop", "rm", "/tmp/ill")
    s.wait("🟢 container shop")
    s.remove("shop")


def paused(s):
    s.run("shop", "--health-cmd", "true", "--health-interval", "2s", "--health-retries", "1")
    s.engine.wait_state("shop", "running healthy", 30)
    s.docker("pause", "shop")
    s.wait("🔴 container shop")
    s.docker("unpause", "shop")
    s.wait("🟢 container shop")
    s.remove("shop")


def deploy(s):
    s.remove(NAMED)
    s.quiet(1)
    s.run(NAMED, "--restart", "always")
    s.quiet(s.grace)


def rename(s):
    s.run("web")
    s.docker("rename", "web", "frontend")
    s.wait_watched("frontend")
    s.crash("frontend")
    s.wait("🔴 container frontend")
    s.docker("start", "frontend")
    s.wait("🟢 container frontend")
    s.remove("frontend")


def engine_stopped(s):
    s.engine.stop()
    s.wait("🔴 docker")
    s.engine.restart()
    s.wait("🟢 docker")


def engine_frozen(s):
    with s.frozen_engine():
        s.wait("🔴 docker")
    s.wait("🟢 docker")


@dataclass
class Incident:
    title: str
    done: str       # what is done, for a person
    act: object     # act(scene)
    expected: list  # a pattern for each line that Telegram must receive, in order

    def differences(self, lines):
        """What was said otherwise than expected, for a person; empty if all is as it should be."""
        if len(lines) == len(self.expected) and all(map(re.fullmatch, self.expected, lines)):
            return ""
        return "\n    ".join([f"{self.title}: expected", *self.expected, "received", *lines])


KILLED = r"\(code 137, SIGKILL\)"

INCIDENTS = [
    Incident("crash", "The first process gets SIGKILL from the host; then `docker start`.", crash,
             [rf"🔴 container web: exited {KILLED}", r"🟢 container web: recovered after .*, running"]),
    Incident("crash that docker repairs", "The same with `--restart always`.", crash_repaired,
             [rf"🔴 container db: (restarting {KILLED}|ended( {KILLED})?, and was started again)",
              r"🟢 container db: recovered after .*, running"]),
    Incident("stop by a person, discovered", "`docker stop`.", stop_discovered, []),
    Incident("stop by a person, named", "`docker stop`, and no start within the grace; then `docker start`.", stop_named,
             [rf"🔴 container api: exited {KILLED}, stopped by a person", r"🟢 container api: recovered after .*, running"]),
    Incident("restart loop", "`--restart always`, exit code 3 after two seconds, again and again; then it stays up.", restart_loop,
             [r"🔴 container loop: (restarting \(code 3\)|ended( \(code 3\))?, and was started again)",
              r"🔁 container loop: crash loop: 3 restarts in .*, exit code 3",
              r"🟢 container loop: recovered after .*, running"]),
    Incident("out of memory", "`docker run -m 16m`, and more is taken; then `docker rm -f`.", out_of_memory,
             [rf"🔴 container greedy: exited {KILLED}, out of memory", r"🟢 container greedy: gone after .*"]),
    Incident("unhealthy and back", "The health check fails, then succeeds.", unhealthy,
             [r"🔴 container shop: unhealthy", r"🟢 container shop: recovered after .*, running, healthy"]),
    Incident("paused and back", "`docker pause`, `docker unpause`, of a container with a health check.", paused,
             [r"🔴 container shop: paused", r"🟢 container shop: recovered after .*, running, healthy"]),
    Incident("deploy", "`docker rm -f`, `docker run` of the same name, of a named container.", deploy, []),
    Incident("rename", "`docker rename web frontend`; then it crashes, and is started.", rename,
             [rf"🔴 container frontend: exited {KILLED}", r"🟢 container frontend: recovered after .*, running"]),
    Incident("engine stopped and started", "dockerd gets SIGTERM; three looks later it is started.", engine_stopped,
             [r"🔴 docker: .+", r"🟢 docker: recovered after .*"]),
    Incident("engine frozen", "dockerd gets SIGSTOP; three looks later SIGCONT.", engine_frozen,
             [r"🔴 docker: .+", r"🟢 docker: recovered after .*"]),
]
