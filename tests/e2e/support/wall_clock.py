"""
A wall clock of the daemon's own, that a test sets.  The parent starts its children with no environment but its own, so the
library that shifts the clock is named in an /etc/ld.so.preload, within a mount namespace.
"""

import mmap
import os
import struct
import subprocess
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from support.dns_world import NAMES, bind_etc, fill_etc

SOURCE = Path(__file__).with_suffix(".c")
PAGE = 4096
DAY_S = 86400


class WallClock:
    """The folder is one that every user may enter.  Used as through= of a daemon's start."""

    def __init__(self, folder, ahead=0):
        self.preload, self.file, self.etc = folder / "wall_clock.so", folder / "offset", folder / "etc"
        self.etc.mkdir(mode=0o755)
        fill_etc(self.etc, {**NAMES, "ld.so.preload": f"{self.preload}\n"})
        self.file.write_bytes(bytes(PAGE))
        with open(self.file, "r+b") as f:
            self.page = mmap.mmap(f.fileno(), PAGE)
        self.set(ahead)
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", f'-DOFFSET_FILE="{self.file}"',
                        "-o", self.preload, SOURCE, "-ldl"], check=True, timeout=60)
        self.through = ("unshare", "--mount", "--propagation", "private", sys.executable, __file__, str(self.etc))

    def set(self, ahead):
        """ahead: seconds from the true time to the daemon's."""
        self.ahead = ahead
        struct.pack_into("q", self.page, 0, ahead)

    def now(self):
        return time.time() + self.ahead

    def moves(self, pid):
        """The process goes by this clock."""
        return str(self.preload).encode() in Path(f"/proc/{pid}/maps").read_bytes()

    def shows(self, text):
        """How many seconds the clock is from a time of the day HH:MM:SS, whichever the day."""
        hours, minutes, seconds = map(int, text.split(":"))
        apart = (self.now() - (hours * 3600 + minutes * 60 + seconds)) % DAY_S
        return min(apart, DAY_S - apart)


def main():
    """Within the namespace: the rest of the arguments becomes the daemon."""
    etc, *command = sys.argv[1:]
    bind_etc(etc)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
