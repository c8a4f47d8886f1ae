"""A host of its own for name look-up: its network, its /etc, its name servers.

look_up() runs this file within new mount and network namespaces, where the real daemon is started with one dependency whose
name must be looked up, and tells what came of it and what the name servers were asked.
"""

import ctypes
import fcntl
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from support.daemon import Daemon, run
from support.name_server import NameServer
from support.wait import PATIENCE

PEER, PORT = "127.0.0.2", 8000
ZONE = {"git.test": ["127.0.0.2"], "git.inner.test": ["127.0.0.2"], "both.test": ["127.0.0.2", "127.0.0.2", "::1"],
        "other.test": ["127.0.0.5"]}
NAMES = {"nsswitch.conf": "hosts: files dns\n", "hosts": "127.0.0.1 localhost\n"}
KEPT = ("passwd", "group", "ld.so.cache", "localtime", "ssl")


# --- within the namespaces: the network ---

def loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, 0x8914, struct.pack("16sh14x", b"lo", 0x41))  # SIOCSIFFLAGS: IFF_UP | IFF_RUNNING
    # A link-local address, so that a name server can have a scope.
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
        address = socket.inet_pton(socket.AF_INET6, "fe80::1")
        fcntl.ioctl(s, 0x8916, struct.pack("16sIi", address, 64, socket.if_nametoindex("lo")))  # SIOCSIFADDR


# --- the files ---

def fill_etc(etc, files):
    """Nothing in it but what the daemon needs and these."""
    for name in KEPT:
        source = Path("/etc") / name
        if source.is_dir():
            shutil.copytree(source, etc / name, ignore=shutil.ignore_patterns("private"))
        elif source.exists():
            shutil.copy(source, etc / name)
    for name, text in files.items():
        (etc / name).write_text(text)


def bind_etc(etc):
    """Make the folder our /etc."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(str(etc).encode(), b"/etc", None, 4096, None) != 0:  # MS_BIND
        raise OSError(ctypes.get_errno(), "mount /etc")


# --- the daemon in it ---

def keys_for(host):
    return {"WATCHDOG_DEPS": f"git=tcp://{host}:{PORT}", "WATCHDOG_HTTP_TIMEOUT_S": "30", "WATCHDOG_TG_BOT_TOKEN": None}


def look_once(host):
    done = run("-1", "-v", keys=keys_for(host), timeout=50)
    row = next((line for line in done.stdout.splitlines() if line.startswith("dep:git")), "")
    return {"row": " ".join(row.split()), "log": done.stdout + done.stderr}


def look_before_and_after(host, replaced):
    """What is said before and after files of /etc are replaced, as programs do it: a new one renamed over the old."""
    daemon = Daemon({**keys_for(host), "WATCHDOG_HTTP_TIMEOUT_S": "2"})
    try:
        daemon.wait_log("🔴 dep git")
        for name, text in replaced.items():
            fresh = Path("/etc") / (name + ".new")
            fresh.write_text(text)
            fresh.rename(Path("/etc") / name)
        daemon.wait_log("🟢 dep git", timeout=20)
    finally:
        daemon.signal(15)
        daemon.wait_exit()
    return {"row": "", "log": daemon.log}


def main():
    scene = json.loads(sys.argv[1])
    loopback_up()
    fill_etc(Path(scene["etc"]), {**NAMES, **scene["files"]})
    bind_etc(scene["etc"])
    servers = {address: NameServer(address, ZONE, manner) for address, manner in scene["servers"].items()}
    peers = [socket.create_server((PEER, PORT)), socket.create_server(("::1", PORT), family=socket.AF_INET6)]
    found = look_before_and_after(scene["host"], scene["replaced"]) if scene["replaced"] else look_once(scene["host"])
    found["asked"] = {address: server.asked for address, server in servers.items()}
    for peer in peers:
        peer.close()
    print(json.dumps(found))


# --- outside ---

class Found:
    def __init__(self, row, log, asked):
        self.row, self.log, self.asked = row, log, asked

    @property
    def well(self):
        return self.row.startswith("dep:git ok")

    def transports(self, server):
        return {transport for transport, _ in self.asked[server]}

    def names(self, server):
        return {name for _, name in self.asked[server]}


def run_apart(scene):
    return subprocess.run(["unshare", "--mount", "--net", "--propagation", "private", sys.executable, __file__, json.dumps(scene)],
                          capture_output=True, text=True, timeout=80 * PATIENCE, check=False,
                          env={**os.environ, "PYTHONIOENCODING": "utf-8"})


def look_up(host, servers=None, replaced=None, **files):
    """files: resolv, hosts, nsswitch … as text."""
    names = {"resolv": "resolv.conf", "hosts": "hosts", "nsswitch": "nsswitch.conf", "gai": "gai.conf", "host_conf": "host.conf"}
    scene = {"host": host, "servers": servers or {}, "files": {names[k]: v for k, v in files.items()},
             "replaced": {names[k]: v for k, v in (replaced or {}).items()}}
    with tempfile.TemporaryDirectory(prefix="wd-etc-") as etc:
        os.chmod(etc, 0o755)
        done = run_apart({**scene, "etc": etc})
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)
    return Found(**json.loads(done.stdout))


if __name__ == "__main__":
    main()
