"""Eyes on processes, by /proc."""

import contextlib
import ctypes
import os
import struct
import subprocess
import time
from pathlib import Path

from support.wait import wait_for

CHUNK = 1 << 20
PAGE = os.sysconf("SC_PAGE_SIZE")
PAGEMAP_PRESENT, PAGEMAP_FRAME = 1 << 63, (1 << 55) - 1  # Documentation/admin-guide/mm/pagemap.rst
PTRACE_SEIZE, PTRACE_INTERRUPT, WALL = 0x4206, 0x4207, 0x40000000  # linux/ptrace.h, linux/wait.h


def _read(pid, name):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/{name}").read_bytes()
    return b""


def alive(pid):
    stat = _read(pid, "stat")
    return bool(stat) and stat.rsplit(b")", 1)[1].split()[0] not in (b"Z", b"X")


def stopped(pid):
    stat = _read(pid, "stat")
    return bool(stat) and stat.rsplit(b")", 1)[1].split()[0] == b"T"


def hang_until_killed(pid, timeout):
    """
    Holds a process where it is, as a loop without end would: unlike after a SIGSTOP its parent hears nothing of it from the
    kernel.  Returns the signal that ended it.
    """
    ptrace = ctypes.CDLL(None, use_errno=True).ptrace
    ptrace.argtypes = (ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    ptrace.restype = ctypes.c_long
    for request in (PTRACE_SEIZE, PTRACE_INTERRUPT):
        if ptrace(request, pid, None, None) == -1:
            raise OSError(ctypes.get_errno(), "ptrace")
    os.waitpid(pid, WALL)

    def end():
        found, how = os.waitpid(pid, os.WNOHANG | WALL)
        return found and os.WIFSIGNALED(how) and os.WTERMSIG(how)
    return wait_for(end, f"the end of {pid}, which hangs", timeout)


def age(pid):
    """Seconds since it was started."""
    stat = _read(pid, "stat")
    if not stat:
        return 0.0
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(stat.rsplit(b")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK")


def parent_of(pid):
    stat = _read(pid, "stat")
    return int(stat.rsplit(b")", 1)[1].split()[1]) if stat else None


def children_of(pid):
    return sorted(int(p) for p in os.listdir("/proc") if p.isdigit() and parent_of(p) == pid)


def cmdline(pid):
    return _read(pid, "cmdline")


def argv0(pid):
    return cmdline(pid).split(b"\0")[0].decode("utf-8", "replace")


def environ(pid):
    return _read(pid, "environ")


def status(pid):
    """Name: value, of /proc/PID/status."""
    lines = _read(pid, "status").decode().splitlines()
    return {k: v.strip() for k, v in (line.split(":", 1) for line in lines)}


def uid(pid):
    return int(status(pid)["Uid"].split()[1])


def descriptors(pid):
    """number: what it is."""
    found = {}
    with contextlib.suppress(OSError):
        for fd in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                found[int(fd)] = os.readlink(f"/proc/{pid}/fd/{fd}")
    return found


def limit_descriptors(pid, soft):
    """
    Sets the soft RLIMIT_NOFILE of another process; returns what it was.  The kernel asks for the same ids, which even root
    has only by taking them.
    """
    lines = _read(pid, "limits").decode().splitlines()
    before = next((int(line.split()[3]) for line in lines if line.startswith("Max open files")), None)
    ids = {k: int(status(pid)[k].split()[1]) for k in ("Uid", "Gid")} if before is not None else {}
    if before is None:
        raise ProcessLookupError(pid)
    subprocess.run(["prlimit", "--pid", str(pid), f"--nofile={soft}:"], check=True, capture_output=True, timeout=10,
                   **({"user": ids["Uid"], "group": ids["Gid"], "extra_groups": []} if os.geteuid() == 0 else {}))
    return before


def memory_kib(pid):
    """RSS, PSS, private memory, and what belongs to no file: that alone can leak; files' pages come and go as the kernel likes."""
    lines = _read(pid, "smaps_rollup").decode().splitlines()[1:]
    values = {k: int(v.split()[0]) for k, v in (line.split(":", 1) for line in lines)}
    return {"rss": values.get("Rss", 0), "pss": values.get("Pss", 0),
            "private": values.get("Private_Clean", 0) + values.get("Private_Dirty", 0),
            "anonymous": values.get("Anonymous", 0) + values.get("Swap", 0)}


def pages_kib(pids):
    """Memory of all pages that these processes map, each counted once, whoever else maps it: root alone is told which is which, else None."""
    frames = set()
    for pid in pids:
        with contextlib.suppress(OSError), open(f"/proc/{pid}/pagemap", "rb") as pagemap:
            for start, end, _ in mappings(pid):
                pagemap.seek(start // PAGE * 8)
                entries = struct.iter_unpack("<Q", pagemap.read((end - start) // PAGE * 8))
                frames.update(entry & PAGEMAP_FRAME for entry, in entries if entry & PAGEMAP_PRESENT)
    return len(frames) * PAGE // 1024 if frames - {0} else None


def mappings(pid):
    """(start, end, name) of all that can be read."""
    for line in _read(pid, "maps").decode().splitlines():
        fields = line.split(None, 5)
        start, end = (int(x, 16) for x in fields[0].split("-"))
        name = fields[5] if len(fields) > 5 else ""
        if "r" in fields[1] and name not in ("[vvar]", "[vvar_vclock]", "[vsyscall]"):
            yield start, end, name


def find_in_memory(pid, needle):
    """Names of the mappings of pid that hold the bytes; reads all of its memory."""
    found = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for start, end, name in mappings(pid):
            if _mapping_holds(memory, start, end, needle):
                found.append(f"{start:x} {name}")
    return found


def _mapping_holds(memory, start, end, needle):
    tail = b""
    for at in range(start, end, CHUNK):
        try:
            memory.seek(at)
            data = memory.read(min(CHUNK, end - at))
        except (OSError, ValueError, OverflowError):
            tail = b""
            continue
        if needle in tail + data:
            return True
        tail = data[-len(needle):]
    return False
