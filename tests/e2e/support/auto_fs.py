"""A path where a file system is mounted when somebody looks: autofs without a library, by linux/auto_fs.h (direct, protocol 5)."""

import contextlib
import errno
import fcntl
import os
import struct
import threading

from .small_fs import SmallFs, check, libc

PACKET = struct.Struct("<iiIIQIIIII256s")   # version, type, token, dev, ino, uid, gid, pid, tgid, length, name; padded to 8 bytes
PACKET_SIZE = (PACKET.size + 7) & ~7
MISSING_DIRECT = 5
READY, FAIL = 0x9360, 0x9361


class AutoFs:
    """Our own process group, that of its server, sees it as it is; everybody else waits until it is mounted."""

    def __init__(self, path):
        self.path, self.mounts, self.broken = str(path), 0, False
        os.makedirs(self.path, exist_ok=True)
        self.pipe, theirs = os.pipe()
        options = f"fd={theirs},pgrp={os.getpgrp()},minproto=5,maxproto=5,direct"
        check(libc.mount(b"auto", self.path.encode(), b"autofs", 0, options.encode()), f"autofs {self.path}")
        os.close(theirs)
        self.trigger = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        self.inner = None
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                packet = os.read(self.pipe, PACKET_SIZE)
            except OSError as end:
                if end.errno == errno.EINTR:
                    continue
                return
            if len(packet) < PACKET.size:
                return
            self._answer(*PACKET.unpack_from(packet)[1:3])

    def _answer(self, kind, token):
        if kind == MISSING_DIRECT and not self.broken:
            self.inner = SmallFs(self.path)
            self.mounts += 1
        fcntl.ioctl(self.trigger, FAIL if self.broken else READY, token)

    def expire(self):
        """Nobody needed it for a while."""
        self.inner.close()

    def close(self):
        if self.inner is not None:
            self.inner.close()
        os.close(self.trigger)
        with contextlib.suppress(OSError):
            check(libc.umount2(self.path.encode(), 2), f"umount {self.path}")
        os.close(self.pipe)
