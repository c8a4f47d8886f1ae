"""A service manager's end of sd_notify(3): hears the daemon, keeps its descriptors, hands them to the next one."""

import contextlib
import os
import socket
import struct
import threading
import time
from dataclasses import dataclass, field

from .wait import WAIT_S, wait_for

CREDENTIALS = struct.Struct("3i")  # pid, uid, gid
LISTEN_FIRST = 3


@dataclass
class Datagram:
    time: float
    pid: int
    pairs: list
    fds: list = field(default_factory=list)

    def get(self, key):
        return dict(self.pairs).get(key)


class ServiceManager:
    def __init__(self, address):
        """address: of the socket; an abstract one begins with @."""
        self.address = str(address)
        self.heard = []
        self.kept = []  # (name, descriptor)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.bind(self.address.replace("@", "\0", 1))
        self.socket.settimeout(0.2)
        self.listening = True
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self):
        while self.listening:
            try:
                data, ancillary, _, _ = self.socket.recvmsg(65536, 4096)
            except TimeoutError:
                continue
            except OSError:
                return
            self._take(data.decode(), ancillary)

    def _take(self, text, ancillary):
        datagram = Datagram(time.monotonic(), 0, [tuple(line.split("=", 1)) for line in text.rstrip("\n").split("\n")])
        for _, kind, data in ancillary:
            if kind == socket.SCM_CREDENTIALS:
                datagram.pid = CREDENTIALS.unpack(data)[0]
            elif kind == socket.SCM_RIGHTS:
                datagram.fds = list(struct.unpack(f"{len(data) // 4}i", data))
        name = datagram.get("FDNAME")
        if datagram.get("FDSTOREREMOVE"):
            self._forget(name)
        if datagram.get("FDSTORE"):
            self.kept += [(name, fd) for fd in datagram.fds]
        self.heard.append(datagram)

    def _forget(self, name):
        for kept, fd in self.kept:
            if kept == name:
                os.close(fd)
        self.kept = [k for k in self.kept if k[0] != name]

    # --- what was heard ---

    def said(self, key, value=None):
        return [d for d in list(self.heard) if d.get(key) is not None and value in (None, d.get(key))]

    def wait(self, key, value=None, count=1, timeout=WAIT_S):
        wait_for(lambda: len(self.said(key, value)) >= count, f"{key}={value or '...'} ({count})", timeout)
        return self.said(key, value)[count - 1]

    @property
    def status(self):
        """What it said last of how it is."""
        return self.said("STATUS")[-1].get("STATUS")

    def story(self):
        return "\n".join(f"{d.time:.3f} {d.pid} {d.pairs} {len(d.fds)} fds" for d in self.heard) or "nothing was heard"

    # --- starting the daemon as a manager does ---

    def keys(self, **more):
        return {"NOTIFY_SOCKET": self.address, **more}

    def hand_over(self, extra=()):
        """What start() needs to give the kept descriptors, and extra (name, fd) ones, to the next daemon."""
        handed = [*self.kept, *extra]
        moves = " ".join(f"{LISTEN_FIRST + i}<&{fd}" for i, (_, fd) in enumerate(handed))
        closes = " ".join(f"{fd}<&-" for _, fd in handed if fd >= LISTEN_FIRST + len(handed))
        script = f'export LISTEN_PID=$$; exec {moves}; exec {closes} "$0" "$@"'
        keys = {"LISTEN_FDS": len(handed), "LISTEN_FDNAMES": ":".join(name for name, _ in handed)}
        return {"through": ("bash", "-c", script), "pass_fds": [fd for _, fd in handed], "keys": self.keys(**keys)}

    def close(self):
        self.listening = False
        self.thread.join(5)
        self.socket.close()
        for _, fd in self.kept:
            with contextlib.suppress(OSError):
                os.close(fd)
