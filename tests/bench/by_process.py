"""Each of the daemon's processes through a longer time of calm: memory at its beginning and end, CPU time and wake-ups a tick."""

import time

COLUMNS = ("pss", "private", "rss")


class Reading:
    """One process at one moment."""

    def __init__(self, pid, cpu_seconds):
        from support import proc
        self.cpu = cpu_seconds([pid])
        # A process that waits has been woken; one that was put aside has not.
        self.waits = int(proc.status(pid)["voluntary_ctxt_switches"])
        self.kib = [proc.memory_kib(pid)[column] for column in COLUMNS]


def readings(daemon, cpu_seconds):
    return {name: Reading(pid, cpu_seconds) for name, pid in daemon.all_pids().items()}


def row(name, before, after, ticks):
    kib = " | ".join(f"{old} → {new}" for old, new in zip(before.kib, after.kib))
    return f"| {name} | {kib} | {(after.cpu - before.cpu) / ticks * 1e6:.0f} | {(after.waits - before.waits) / ticks:.1f} |"


def total(before, after, ticks):
    spent = sum(after[n].cpu - before[n].cpu for n in before) / ticks
    waits = sum(after[n].waits - before[n].waits for n in before) / ticks
    sums = [(sum(r.kib[i] for r in before.values()), sum(r.kib[i] for r in after.values())) for i in range(len(COLUMNS))]
    kib = " | ".join(f"{old} → {new}" for old, new in sums)
    return f"| together | {kib} | {spent * 1e6:.0f} | {waits:.1f} |"


def chapter(world, daemon, minutes, cpu_seconds, out):
    """The daemon has settled; nothing happens meanwhile."""
    ticks = minutes * 60 / world.interval
    before = readings(daemon, cpu_seconds)
    time.sleep(minutes * 60)
    after = readings(daemon, cpu_seconds)
    spent = sum(after[n].cpu - before[n].cpu for n in before) / minutes
    out(f"\n### By process, {minutes:g} minutes of calm\n")
    out(f"Https to Telegram, an alert and its end told before; {spent:.4f} CPU s a minute. Memory at the beginning → at the end.\n")
    out("| process | PSS KiB | private KiB | RSS KiB | µs a tick | wake-ups a tick |")
    out("|---|---|---|---|---|---|")
    for name in before:
        out(row(name, before[name], after[name], ticks))
    out(total(before, after, ticks))
