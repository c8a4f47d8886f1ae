"""Roots of Debian, made by debootstrap once and kept in build/docker: there is no registry here that they could come from."""

import subprocess
import zlib
from pathlib import Path

TOP = Path(__file__).parents[3]
KEPT = TOP / "build" / "docker"

# In memory: thousands of small files are slow to remove from some disks.
MAKE = """set -e
mount -t tmpfs -o mode=755 tmpfs "$1"
debootstrap --variant=minbase ${4:+"--include=$4"} "$3" "$1"
tar -C "$1" --one-file-system --exclude="./var/cache/apt/archives/*.deb" --exclude="./dev/*" -cf "$2" .
"""


def root_tar(suite, packages=()):
    """An archive of a root with these packages, and what they need."""
    words = ",".join(packages)
    archive = KEPT / f"debian-{suite}-{zlib.crc32(words.encode()):08x}.tar"
    if not archive.exists():
        root, made = KEPT / "root", archive.with_suffix(".new")
        root.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["unshare", "--mount", "sh", "-c", MAKE, "sh", root, made, suite, words], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"debootstrap, which needs Debian's archive: {done.stdout[-2000:]}{done.stderr}"
        made.rename(archive)
        root.rmdir()
    return archive
