"""
A file system that answers until it is told to die, and then no statfs any more: FUSE without a library, fuse(4) and
linux/fuse.h.  A request that the server has read and does not answer holds its process even against SIGKILL, as a dead
NFS does.
"""

import ctypes
import errno
import os
import struct
import threading

HEAD_IN = struct.Struct("<IIQQIIIHH")   # len, opcode, unique, nodeid, uid, gid, pid, total_extlen, padding
HEAD_OUT = struct.Struct("<IiQ")        # len, error, unique
INIT_OUT = struct.Struct("<IIIIHHIIHHI28x")
ATTR_OUT = struct.Struct("<QII QQQ QQQ III IIIIIII")
STATFS_OUT = struct.Struct("<QQQQQIIII24x")
FORGET, GETATTR, STATFS, INIT, INTERRUPT, BATCH_FORGET = 2, 3, 17, 26, 36, 42
VERSION, MINOR = 7, 31
MNT_FORCE, MNT_DETACH = 1, 2
FOLDER = 0o40755
READ_MAX = 1 << 17

libc = ctypes.CDLL(None, use_errno=True)


def why_not():
    if os.geteuid() != 0:
        return "mounting needs root"
    return None if os.path.exists("/dev/fuse") else "there is no /dev/fuse"


class DeadFs:
    def __init__(self, path):
        self.path = str(path)
        self.dead = False
        self.ignoring = False
        self.asked = 0     # how often statfs was asked
        self.held = []     # requests that were not answered
        self.guard = threading.Lock()
        self.fd = os.open("/dev/fuse", os.O_RDWR)
        options = f"fd={self.fd},rootmode={FOLDER:o},user_id=0,group_id=0,allow_other"
        if libc.mount(b"dead", self.path.encode(), b"fuse", 0, options.encode()) != 0:
            raise OSError(ctypes.get_errno(), f"mount {self.path}: {os.strerror(ctypes.get_errno())}")
        threading.Thread(target=self._serve, daemon=True).start()

    def die(self):
        self.dead = True

    def ignore(self):
        """Requests are not even read any more."""
        self.dead = self.ignoring = True
        # The server waits in a read: this one it gets, and answers.
        os.statvfs(self.path)

    def revive(self):
        """Whoever was held gets his answer."""
        with self.guard:
            self.dead = False
            held, self.held = self.held, []
        for unique in held:
            self._reply(unique, self._statfs())

    def _serve(self):
        while not self.ignoring:
            try:
                data = os.read(self.fd, READ_MAX)
            except OSError as end:
                if end.errno in (errno.EINTR, errno.EAGAIN, errno.ENOENT):
                    continue
                return  # ENODEV: not mounted any more
            _, opcode, unique, *_ = HEAD_IN.unpack_from(data)
            self._answer(opcode, unique)

    def _answer(self, opcode, unique):
        if opcode in (FORGET, BATCH_FORGET, INTERRUPT):
            return
        if opcode == INIT:
            self._reply(unique, INIT_OUT.pack(VERSION, MINOR, 0, 0, 0, 0, 4096, 1, 0, 0, 0))
        elif opcode == GETATTR:
            self._reply(unique, ATTR_OUT.pack(0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, FOLDER, 2, 0, 0, 0, 4096, 0))
        elif opcode == STATFS:
            self._statfs_asked(unique)
        else:
            self._reply(unique, b"", -errno.ENOSYS)

    def _statfs_asked(self, unique):
        with self.guard:
            self.asked += 1
            if self.dead and not self.ignoring:
                self.held.append(unique)
                return
        self._reply(unique, self._statfs())

    @staticmethod
    def _statfs():
        """Half full."""
        return STATFS_OUT.pack(1000, 500, 500, 100, 50, 4096, 255, 4096, 0)

    def _reply(self, unique, body, error=0):
        try:
            os.write(self.fd, HEAD_OUT.pack(HEAD_OUT.size + len(body), error, unique) + body)
        except OSError as gone:
            if gone.errno not in (errno.ENOENT, errno.ENODEV, errno.ECONNABORTED):
                raise

    def close(self):
        """Not mounted, and nobody is held any more."""
        libc.umount2(self.path.encode(), MNT_FORCE | MNT_DETACH)
        os.close(self.fd)
