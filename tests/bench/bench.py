#!/usr/bin/python3
"""
What the daemon costs and how quick it is, from the staged programs against
scripted peers: memory by process, CPU time, time from a failure to the request
at Telegram, a tick by the number of containers, start-up, sizes; and the same
work done by what a user would pick instead.  Prints a Markdown document.
Figures are of the machine they were made on; nothing here passes or fails.
"""

import argparse
import os
import platform
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).parents[2]
sys.path[:0] = [str(TOP / "tests" / "e2e"), str(TOP / "tests" / "tools"), str(Path(__file__).parent)]

SIZES = (10, 100, 1000, 10000)
SETTLE_S = 35  # what a start has left behind is given back each half minute
FIGURES = "<!-- figures -->"


def arguments():
    parser = argparse.ArgumentParser(description="print what the daemon costs")
    parser.add_argument("stage", type=Path)
    parser.add_argument("--brain-bench", type=Path, help="the program brain_bench, for the figures of the brain")
    parser.add_argument("--minutes", type=float, default=2, help="how long each monitor is watched at its work (2)")
    parser.add_argument("--calm", type=float, default=10, help="how long our own processes are watched one by one (10)")
    parser.add_argument("--image", type=Path, help="the archive of the container image, for its size")
    parser.add_argument("--into", type=Path, help="a document whose figures, below the line '<!-- figures -->', are replaced")
    parser.add_argument("--rounds", type=int, default=7, help="failures whose telling is timed (7)")
    return parser.parse_args()


# --- the world that is watched ---

class World:
    """Ten containers, an application, three dependencies, Telegram."""

    def __init__(self, folder, tls, interval=10):
        from support.application import Application
        from support.dependency import Dependency
        from support.fake_engine import FakeEngine, container
        from support.telegram import Telegram
        from support.tls import Authority
        self.container = container
        self.interval = interval
        folder.chmod(0o755)
        authority = Authority(folder)
        self.ca_file = self._bundle(folder, authority.ca_file)
        self.telegram = Telegram(authority) if tls else Telegram(None)
        self.app, self.tcp = Application(), Dependency()
        self.http = [Dependency(), Dependency()]
        self.engine = FakeEngine(folder / "docker.sock")
        self.engine.containers = [container(f"c{n}") for n in range(10)]
        self.peers = [self.telegram, self.app, self.tcp, *self.http, self.engine]
        chat = Telegram.CHAT.lstrip("-")
        self.telegram.chats = {chat}
        self.keys = {
            "WATCHDOG_TG_BOT_TOKEN": Telegram.TOKEN, "WATCHDOG_TG_CHAT_ID": chat,
            "WATCHDOG_TG_API_URL": self.telegram.url(host="localhost"), "WATCHDOG_CA_FILE": self.ca_file,
            "WATCHDOG_METRICS_URL": self.app.metrics_url(),
            "WATCHDOG_DEPS": f"a={self.http[0].url('/')},b={self.http[1].url('/')},c={self.tcp.tcp()}",
            "WATCHDOG_DOCKER_SOCK": self.engine.path, "WATCHDOG_INTERVAL_S": str(interval),
            "WATCHDOG_START_MESSAGE": "never", "WATCHDOG_CONTROL_SOCK": str(folder / "w.sock"),
        }

    @staticmethod
    def _bundle(folder, ca_file):
        """A system's certificates, and that of the scripted Telegram."""
        system = Path("/etc/ssl/certs/ca-certificates.crt")
        bundle = folder / "bundle.pem"
        bundle.write_bytes(Path(ca_file).read_bytes() + (system.read_bytes() if system.exists() else b""))
        bundle.chmod(0o644)
        return bundle

    def close(self):
        for peer in self.peers:
            peer.close()


class Subject:
    """Our own daemon, as a peer is."""

    name = "watchdog"

    def __init__(self, world, **keys):
        from support.daemon import Daemon
        self.daemon = Daemon({**world.keys, **{f"WATCHDOG_{k}": v for k, v in keys.items()}}, quick=False)

    def pids(self):
        return list(self.daemon.all_pids().values())

    def stop(self):
        self.daemon.stop(20)
        self.daemon.kill()


# --- measuring ---

def cpu_seconds(pids):
    """What the scheduler counted for these processes, in nanoseconds of resolution, and for the children they waited for."""
    total = 0.0
    for pid in pids:
        try:
            total += sum(int(task.read_text().split()[0]) / 1e9 for task in Path(f"/proc/{pid}/task").glob("*/schedstat"))
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
        except OSError:
            continue
    return total


def memory(pids):
    from support import proc
    figures = [proc.memory_kib(pid) for pid in pids]
    pages = proc.pages_kib(pids)
    return {**{k: sum(f[k] for f in figures) / 1024 for k in ("pss", "private", "rss")},
            "alone": None if pages is None else pages / 1024}


def has_told(world):
    """An alert and its end, so that every way was gone once."""
    world.app.down()
    wait_message(world.telegram, 0, "🔴 orchestrator")
    world.app.up()
    wait_message(world.telegram, 0, "🟢 orchestrator")


def watch(subject, minutes):
    """Memory and CPU seconds a minute at its work."""
    time.sleep(SETTLE_S)
    first, began = cpu_seconds(subject.pids()), time.monotonic()
    time.sleep(minutes * 60)
    pids = subject.pids()
    spent = (cpu_seconds(pids) - first) / (time.monotonic() - began) * 60
    return {**memory(pids), "cpu": spent}


def spread(values, unit="s"):
    if not values:
        return "none was told"
    return f"{statistics.median(values):.2f} {unit} ({min(values):.2f} to {max(values):.2f})"


def wait_message(telegram, after, pattern, limit=60):
    """Seconds from `after` to the request that holds the pattern."""
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        for attempt in list(telegram.attempts):
            if attempt.time >= after and pattern in attempt.text:
                return attempt.time - after
        time.sleep(0.005)
    return None


# --- the chapters ---

def chapter_memory_and_cpu(args, folder, out):
    import peers as others
    out("## The same work, side by side\n")
    out(f"Ten containers, an application, three dependencies, every 10 s; each watched for {args.minutes:g} minutes after it had settled.\n"
        "PSS shares a page among all that map it, of whatever program; \"alone\" counts each page of the monitor's processes once, as on a host "
        "where nothing else runs.\n")
    out("| monitor | PSS | alone | private | RSS | CPU s a minute |")
    out("|---|---|---|---|---|---|")
    for tls in (False, True):
        world = World(Path(tempfile.mkdtemp(dir=folder)), tls)
        subject = Subject(world)
        has_told(world)
        row(out, f"watchdog, {'https' if tls else 'http'} to Telegram, after an alert", watch(subject, args.minutes))
        subject.stop()
        if tls:
            for make in others.ALL:
                peer = make(world)
                if peer is None:
                    out(f"| {make.__name__} | not installed here | | | | |")
                    continue
                row(out, peer.name, watch(peer, args.minutes))
                peer.stop()
        world.close()


def row(out, name, m):
    alone = "only root is told" if m["alone"] is None else f"{m['alone']:.2f} MiB"
    out(f"| {name} | {m['pss']:.2f} MiB | {alone} | {m['private']:.2f} MiB | {m['rss']:.1f} MiB | {m['cpu']:.4f} |")


def chapter_by_process(args, folder, out):
    import by_process
    world = World(Path(tempfile.mkdtemp(dir=folder)), True)
    subject = Subject(world)
    has_told(world)
    time.sleep(SETTLE_S)
    by_process.chapter(world, subject.daemon, args.calm, cpu_seconds, out)
    subject.stop()
    world.close()


def chapter_latency(args, folder, out):
    out("\n## From a failure to the request at Telegram\n")
    out(f"Interval 5 s, {args.rounds} rounds, each at another moment of the interval; median (least to most).\n")
    out("| settings | application dies | it answers again |")
    out("|---|---|---|")
    for text, keys in (("default (three failures in a row)", {}), ("WATCHDOG_ORCH_DOWN_TICKS=1", {"ORCH_DOWN_TICKS": "1"}),
                       ("default, WATCHDOG_CONFIRM_S=1", {"CONFIRM_S": "1"})):
        world = World(Path(tempfile.mkdtemp(dir=folder)), True, interval=5)
        subject = Subject(world, **keys)
        time.sleep(6)
        down, up = [], []
        for n in range(args.rounds):
            time.sleep(5 + n * 5 / args.rounds)
            down.append(timed(world.telegram, world.app.down, "🔴 orchestrator"))
            time.sleep(1 + n * 5 / args.rounds)
            up.append(timed(world.telegram, world.app.up, "🟢 orchestrator"))
        subject.stop()
        world.close()
        out(f"| {text} | {spread([d for d in down if d])} | {spread([u for u in up if u])} |")


def chapter_crash(args, out):
    import latency
    from support.engine import why_not
    reason = why_not()
    if reason:
        out(f"\nA container that crashes: not measured: {reason}.")
        return
    figures = latency.measured(args.rounds)
    out(f"\nThe first process of a real container is killed (SIGKILL), default settings: {spread([told for _, told in figures], 'ms')} to the request, "
        f"of which the engine takes {spread([event for event, _ in figures], 'ms')} to its own event.")


def timed(telegram, act, pattern):
    began = time.monotonic()
    act()
    return wait_message(telegram, began, pattern)


def chapter_ticks(folder, out):
    out("\n## A tick by the number of containers\n")
    out("A full list from a scripted engine, looked at on request; CPU time and memory of parent, collector and brain together.\n")
    out("| containers | from SIGUSR1 until all are quiet | CPU a tick | private memory | collector at most (RSS) |")
    out("|---|---|---|---|---|")
    for size in SIZES:
        world = World(Path(tempfile.mkdtemp(dir=folder)), False, interval=3600)
        world.engine.containers = [world.container(f"c{n}", Labels={"com.docker.compose.project": "p"}) for n in range(size)]
        subject = Subject(world, HTTP_TIMEOUT_S="60", DOCKER_RESYNC_S="0")
        subject.daemon.wait_status(lambda s: s["status"]["last_tick"], "the first tick", 90)
        out(tick_row(subject, size))
        subject.stop()
        world.close()


def settled_ms(pids, quiet=0.7):
    """From now to the last moment at which one of them ran, before they were quiet for a while."""
    began = last = time.monotonic()
    before = cpu_seconds(pids)
    while time.monotonic() - last < quiet:
        time.sleep(0.002)
        now = cpu_seconds(pids)
        if now != before:
            last, before = time.monotonic(), now
    return (last - began) * 1000


def tick_row(subject, size):
    from support import proc
    roles = subject.daemon.all_pids()
    pids = [roles[r] for r in ("parent", "collector", "brain")]
    took, before, rounds = [], cpu_seconds(pids), 5
    for _ in range(rounds):
        subject.daemon.tick()
        took.append(settled_ms(pids))
    cpu = (cpu_seconds(pids) - before) / rounds * 1000
    peak = proc.status(roles["collector"]).get("VmHWM", "0").split()[0]
    return (f"| {size} | {spread(took, 'ms')} | {cpu:.1f} ms | {memory(pids)['private']:.2f} MiB | "
            f"{int(peak) / 1024:.1f} MiB |")


def chapter_start(args, folder, out):
    out("\n## Start-up and size\n")
    world = World(Path(tempfile.mkdtemp(dir=folder)), True)
    took = [ready_ms(args.stage, world, Path(tempfile.mkdtemp(dir=folder))) for _ in range(7)]
    world.close()
    out(f"From exec to READY=1 (every process confined and linked): {spread(took, 'ms')}.\n")
    out("| program | bytes, stripped |")
    out("|---|---|")
    for program in sorted([*args.stage.glob("sbin/*"), *args.stage.glob("bin/*"), *args.stage.glob("libexec/watchdog/*")]):
        out(f"| {program.name} | {stripped(program)} |")
    if args.image is not None:
        out(f"\nThe container image, FROM scratch with all libraries and time zones: {args.image.stat().st_size / 2**20:.1f} MiB.")


def ready_ms(stage, world, folder):
    from support.daemon import PLAIN
    path = folder / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path))
        listener.settimeout(30)
        keys = {k: str(v) for k, v in world.keys.items()}
        began = time.monotonic()
        process = subprocess.Popen([stage / "sbin" / "watchdog"], env={**PLAIN, **keys, "NOTIFY_SOCKET": str(path)},
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while b"READY=1" not in listener.recv(4096):
            pass
        took = (time.monotonic() - began) * 1000
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    return took


def stripped(program):
    with tempfile.NamedTemporaryFile() as copy:
        subprocess.run(["strip", "-o", copy.name, program], check=True)
        return os.stat(copy.name).st_size


def chapter_brain(args, out):
    if args.brain_bench is None:
        return
    out("\n## The brain alone\n\n```")
    out(subprocess.run([args.brain_bench], check=True, capture_output=True, text=True).stdout.rstrip("\n"))
    out("```")


def replace_figures(document, lines):
    text = document.read_text()
    assert FIGURES in text, f"{document} has no line {FIGURES}"
    document.write_text(text.split(FIGURES)[0] + FIGURES + "\n\n" + "\n".join(lines) + "\n")


def main():
    import real_engine
    args = arguments()
    os.environ["WATCHDOG_STAGE"] = str(args.stage.resolve())
    lines = []

    def out(line):
        print(line, flush=True)
        lines.append(line)
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.machine())
    out(f"Measured on {time.strftime('%Y-%m-%d')}: {os.cpu_count()} CPUs ({cpu}), Linux {platform.release()}.\n")
    with tempfile.TemporaryDirectory(prefix="wd-bench-") as folder:
        folder = Path(folder)
        folder.chmod(0o755)
        chapter_memory_and_cpu(args, folder, out)
        chapter_by_process(args, folder, out)
        chapter_latency(args, folder, out)
        chapter_crash(args, out)
        chapter_ticks(folder, out)
        real_engine.chapter(args, out, cpu_seconds)
        chapter_start(args, folder, out)
    chapter_brain(args, out)
    if args.into:
        replace_figures(args.into, lines)


if __name__ == "__main__":
    main()
