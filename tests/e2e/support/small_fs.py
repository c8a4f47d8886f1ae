"""A small file system in memory that is mounted, filled, and unmounted, in its size or in its number of files."""

import ctypes
import os

MS_BIND, MS_SHARED, MNT_DETACH = 4096, 1 << 20, 2
BYTES, FILES = 1 << 20, 64

libc = ctypes.CDLL(None, use_errno=True)


def check(rc, what):
    if rc != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


class SmallFs:
    """mode: of its root; over: a folder that is bound there in its place; files: how many it takes, 0 = it does not count."""

    def __init__(self, path, mode=0o755, over=None, files=FILES):
        self.path, self.mode, self.over, self.files, self.mounted = str(path), mode, over, files, False
        os.makedirs(self.path, exist_ok=True)
        self.mount()

    def mount(self):
        if self.over:
            check(libc.mount(str(self.over).encode(), self.path.encode(), None, MS_BIND, None), f"bind {self.path}")
        else:
            options = f"size={BYTES},nr_inodes={self.files},mode={self.mode:o}".encode()
            check(libc.mount(b"small", self.path.encode(), b"tmpfs", 0, options), f"mount {self.path}")
        self.mounted = True

    def lay_over(self, lower, upper, work):
        """In its place, one folder over another; the layers' devices are seen."""
        options = f"lowerdir={lower},upperdir={upper},workdir={work},xino=off".encode()
        check(libc.mount(b"overlay", self.path.encode(), b"overlay", 0, options), f"overlay {self.path}")
        self.mounted = True

    def share(self):
        """What is mounted and unmounted below it from now on happens in later namespaces too, as on a host with systemd."""
        check(libc.mount(None, self.path.encode(), None, MS_SHARED, None), f"share {self.path}")

    def unmount(self):
        check(libc.umount2(self.path.encode(), MNT_DETACH), f"umount {self.path}")
        self.mounted = False

    def fill(self):
        with open(f"{self.path}/full", "wb", buffering=0) as f:
            f.write(b"x" * BYTES)

    def fill_with_names(self):
        """Until no file can be made: each takes an inode and no block."""
        with open(f"{self.path}/first", "wb"):
            pass
        try:
            for i in range(FILES):
                with open(f"{self.path}/n{i}", "wb"):
                    pass
        except OSError:
            return
        raise AssertionError(f"{self.path} takes more files than it has inodes")

    def empty(self):
        for name in os.listdir(self.path):
            os.unlink(f"{self.path}/{name}")

    def close(self):
        if self.mounted:
            self.unmount()
