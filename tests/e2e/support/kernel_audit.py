"""
What seccomp does on this machine, as the kernel's audit tells it: every death
by SIGSYS and every refusal that is logged, whoever's.  It is heard from the
kernel itself (audit(7)'s multicast, linux/audit.h), since printk drops lines
when there are many.
"""

import errno
import os
import re
import socket
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

from .wait import wait_for

NETLINK_AUDIT, READLOG = 9, 1
SECCOMP = 1326
HEADER = struct.Struct("=IHHII")
BUFFER = 8 << 20
FIELDS = re.compile(rb'(\w+)=("[^"]*"|\S+)')

# getppid is refused and logged, getpgrp kills: by numbers that the architecture's own C library tells.
CONTROL = """
import ctypes, os, platform, struct
libc = ctypes.CDLL(None, use_errno=True)
refused, deadly = {"x86_64": (110, 111), "aarch64": (173, 155)}[platform.machine()]
code = b"".join(struct.pack("HBBI", *step) for step in (
    (0x20, 0, 0, 0), (0x15, 2, 0, refused), (0x15, 2, 0, deadly),
    (0x06, 0, 0, 0x7fff0000), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x80000000)))
steps = ctypes.create_string_buffer(code)
program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", 6, ctypes.addressof(steps)))
libc.prctl(38, 1, 0, 0, 0)
if libc.syscall({"x86_64": 317, "aarch64": 277}[platform.machine()], 1, 2, program) != 0:
    raise OSError(ctypes.get_errno(), "seccomp")
libc.syscall(refused)
libc.syscall(deadly, 0)
"""


@dataclass
class Line:
    time: float
    pid: int
    exe: str
    text: str


class NotHeard(Exception):
    """Why the kernel's audit cannot be listened to here."""


def parse(text):
    fields = dict(FIELDS.findall(text))
    exe = fields.get(b"exe", b"")
    # A name with a blank or a quote in it comes in hexadecimal.
    exe = exe.strip(b'"') if exe.startswith(b'"') else bytes.fromhex(exe.decode()) if re.fullmatch(rb"([0-9A-F]{2})+", exe) else exe
    return Line(time.monotonic(), int(fields.get(b"pid", b"0")), os.fsdecode(exe), text.decode("utf-8", "backslashreplace"))


class KernelAudit:
    """Listens from the moment it is made; must be made in the first network namespace."""

    def __init__(self):
        try:
            self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_AUDIT)
            self.socket.setsockopt(socket.SOL_SOCKET, 33, BUFFER)  # SO_RCVBUFFORCE
            self.socket.bind((0, READLOG))
        except OSError as why:
            raise NotHeard(f"listening to the kernel's audit: {why.strerror} (it wants root of the first namespace)") from None
        self.lines = []
        self.overflows = 0
        self.controls = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                data = self.socket.recv(65536)
            except OSError as end:
                if end.errno != errno.ENOBUFS:
                    return
                self.overflows += 1
                continue
            # The kernel's own length field leaves the header out of a multicast message: the rest is the text.
            if HEADER.unpack_from(data)[1] == SECCOMP:
                self.lines.append(parse(data[HEADER.size:].rstrip(b"\0\n")))

    def of(self, folder):
        """The lines about programs under the folder."""
        under = str(folder).rstrip("/") + "/"
        return [line for line in list(self.lines) if line.exe.startswith(under)]

    def control(self):
        """A child that is refused one call and killed by another must be told of twice; NotHeard if it is not."""
        child = subprocess.Popen([sys.executable, "-c", CONTROL], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        said = child.communicate(timeout=60)[1]
        if child.returncode != -31:
            raise NotHeard(f"the control should have died by SIGSYS, its status is {child.returncode}: {said.strip()}")

        def heard():
            mine = [line.text for line in list(self.lines) if line.pid == child.pid]
            return any("sig=31" in text for text in mine) and any("sig=0" in text for text in mine)
        try:
            wait_for(heard, "the audit lines of the control")
        except AssertionError:
            raise NotHeard("a refusal and a death by SIGSYS were made on purpose, and not both were told of") from None
        self.controls += 1

    def forget_others(self, folder):
        """Others' tests may make many lines: only those under the folder are kept."""
        self.lines[:-1000] = [line for line in self.lines[:-1000] if line.exe.startswith(str(folder))]

    def close(self):
        self.socket.close()
