"""
Every kind of source that the daemon looks at, each failing in all of its ways
and coming back, in a rhythm of its own; what second it is decides alone.
Nothing here ends a process, save a dead file system, which costs a prober.
"""

import contextlib
import ctypes
import os
import random
import threading
import time
from dataclasses import dataclass

from support import application, dead_fs, dns_world
from support import fake_engine as fake
from support import telegram as tg
from support.application import Application
from support.dependency import Dependency
from support.fake_engine import FakeEngine, container
from support.name_server import NameServer
from support.service_manager import ServiceManager
from support.telegram import Telegram
from support.tls import Authority

NEW_MOUNTS, NEW_NETWORK, PRIVATE = 0x20000, 0x40000000, 0x44000
NAME_SERVERS = ("127.0.0.3", "127.0.0.4")
NAMED = "peer.soak.test"
SLOW_UNTIL_S = 600
CHATS = ("100200300", "100200400", "-100200500")
MOVED_TO = "-1009988776655"
HUGE_MIB = 64
MEMINFO = "MemTotal:       1000000 kB\nMemAvailable:   {:7d} kB\n"
DISK_BYTES = 1 << 20
GROUP = [f"app{i}" for i in range(30)]
UP = ("running", {})
ACTIONS = {"exited": ("die",), "running": ("start", "health_status: healthy"), "paused": ("pause",), "restarting": ("die", "start")}


def noop():
    """For a peer that needs no undoing."""


@dataclass
class Fault:
    """
    Bad for the last `bad` of every `period` seconds, each time in the next of its ways.  A way that takes the daemon a
    time-out to find out is in `slow`: who is in a hurry has it for one second, and in the first minutes of an hour only.
    """

    name: str
    period: int
    bad: int
    ways: dict
    heal: object = noop
    slow: tuple = ()
    now: str = ""
    times: int = 0

    def turn(self, second, hurried):
        way = list(self.ways)[second // self.period % len(self.ways)]
        began = self.period - self.bad
        length = self.bad
        if hurried and way in self.slow:
            length = 1 if second % 3600 < SLOW_UNTIL_S else 0
        wanted = way if began <= second % self.period < began + length else ""
        if wanted == self.now:
            return
        if self.now:
            self.heal()
        if wanted:
            self.ways[wanted]()
            self.times += 1
        self.now = wanted


class Beacon(Dependency):
    """Always well; each look pings it once."""

    def __init__(self):
        self.pinged = threading.Event()
        super().__init__()

    def respond(self, connection, request):
        super().respond(connection, request)
        self.pinged.set()


class Namespaces:
    """
    A network and an /etc of our own with name servers that can fail, a small disk that can be full; as root only, and
    before any thread is started.
    """

    def __init__(self, folder):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(NEW_MOUNTS | NEW_NETWORK) != 0 or libc.mount(b"none", b"/", None, PRIVATE, None) != 0:
            raise OSError(ctypes.get_errno(), "namespaces of our own")
        self.disk = folder / "disk"
        for name in ("etc", "disk"):
            (folder / name).mkdir()
        if libc.mount(b"soak", str(self.disk).encode(), b"tmpfs", 0, f"size={DISK_BYTES},mode=755".encode()) != 0:
            raise OSError(ctypes.get_errno(), "a disk of our own")
        dns_world.loopback_up()
        dns_world.fill_etc(folder / "etc", {
            **dns_world.NAMES, "resolv.conf": "".join(f"nameserver {a}\n" for a in NAME_SERVERS) + "options timeout:1 attempts:1\n"})
        dns_world.bind_etc(folder / "etc")
        self.servers = [NameServer(address, {NAMED: ["127.0.0.1"]}) for address in NAME_SERVERS]

    def manner(self, *manners):
        for server, manner in zip(self.servers, manners, strict=True):
            server.recover()
            if manner == "down":
                server.down()
            else:
                server.manner = manner
            del server.asked[:-10]

    def fill_disk(self):
        with contextlib.suppress(OSError), open(self.disk / "full", "wb", buffering=0) as f:
            f.write(b"x" * DISK_BYTES)

    def clear_disk(self):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.disk / "full")


class World:
    def __init__(self, folder, hurried=False, plain=False):
        """hurried: a second is only as long as the daemon needs for it; plain: without TLS, which other programs look at."""
        self.folder, self.hurried, self.plain, self.second = folder, hurried, plain, 0
        self.own = Namespaces(folder) if os.geteuid() == 0 else None
        for name in ("ca", "other", "proc"):
            (folder / name).mkdir()
        self.authority, self.stranger = Authority(folder / "ca"), Authority(folder / "other").server_context()
        good = None if plain else self.authority.server_context()
        self.telegram = Telegram(None if plain else self.authority)
        self.telegram.chats = {*CHATS, MOVED_TO}
        # A group gets 20 messages a minute of the real clock, so that in a hurry there would always be some that wait.
        self.chats = CHATS[:2] if hurried else CHATS
        self.app, self.web = Application(good), Dependency(good)
        self.tcp, self.named, self.beacon = Dependency(), Dependency(), Beacon()
        self.engine = FakeEngine(folder / "docker.sock", api="1.43")
        self.manager = ServiceManager(folder / "notify")
        self.dead = None if hurried or dead_fs.why_not() else self._dead_fs()
        for peer in (self.telegram, self.app, self.web):
            peer.is_down = False
        self.states = dict.fromkeys(["api", *GROUP], UP)
        self.faults = [*self._network(good), *self._engine(), *self._host(), *self._telegram()]
        self._list()
        self._memory(40)

    def _dead_fs(self):
        (self.folder / "nfs").mkdir()
        return dead_fs.DeadFs(self.folder / "nfs")

    # --- the configuration ---

    def keys(self):
        disks = ["/", *([self.own.disk] if self.own else []), *([self.dead.path] if self.dead else [])]
        named = self.named.url("/", NAMED if self.own else "localhost")
        return {
            "WATCHDOG_TG_BOT_TOKEN": Telegram.TOKEN, "WATCHDOG_TG_CHAT_ID": ",".join(self.chats),
            "WATCHDOG_TG_API_URL": self.telegram.url(host="localhost"), "WATCHDOG_CA_FILE": None if self.plain else self.authority.ca_file,
            "WATCHDOG_METRICS_URL": self.app.metrics_url("localhost"), "WATCHDOG_AGENT_STALL_S": "15",
            "WATCHDOG_DEPS": f"web={self.web.url('/', 'localhost')},tcp={self.tcp.tcp()},named={named},beacon={self.beacon.url('/')}",
            "WATCHDOG_CONTAINERS": "api,*", "WATCHDOG_DOCKER_SOCK": self.engine.path,
            "WATCHDOG_PROC_PATH": self.folder / "proc", "WATCHDOG_MEM_PCT": "90", "WATCHDOG_DISK_CRIT_ENABLED": "yes",
            "WATCHDOG_DISK_PATHS": ",".join(map(str, disks)), "WATCHDOG_STATE_FILE": self.folder / "state",
            "NOTIFY_SOCKET": self.manager.address, "WATCHDOG_INTERVAL_S": "1", "WATCHDOG_COOLDOWN_S": "30",
            "WATCHDOG_FLAP_CHANGES": "0", "WATCHDOG_START_MESSAGE": "always", "WATCHDOG_LOOP_RESTARTS": "3",
            # Hurried, a second is some milliseconds, and whoever does not answer is waited for in real time.
            **({"WATCHDOG_HTTP_TIMEOUT_S": "0.2", "WATCHDOG_DOCKER_RESYNC_S": "1", "WATCHDOG_GROUP_WAIT_S": "0",
                "WATCHDOG_COOLDOWN_S": "1", "WATCHDOG_AGENT_STALL_S": "0.1"} if self.hurried else {}),
        }

    # --- what can be wrong ---

    def _network(self, good):
        app, web, tcp, named = self.app, self.web, self.tcp, self.named
        ways = {name: lambda name=name: setattr(app, "behave", getattr(application, name)) for name in
                ("hang", "status_500", "slow_bytes", "truncated", "not_http", "endless_head")}
        ways |= {"garbage": lambda: setattr(app, "behave", application.body(os.urandom(4000))),
                 "deep": lambda: setattr(app, "behave", application.deep(5000)),
                 "stale": lambda: setattr(app, "generated_at", time.time() - 9000),
                 "huge": lambda: setattr(app, "behave", lambda c, a: application.huge(c, a, HUGE_MIB << 20)),
                 "many": lambda: setattr(app, "behave", application.many_agents(500)),
                 "elsewhere": lambda: setattr(app, "behave", application.redirect("http://127.0.0.1:1/")),
                 "stands still": lambda: setattr(app, "still", True),
                 "reset": lambda: (setattr(app, "reset_at_accept", True), app.drop()), "refused": lambda: self._down(app),
                 "silent": lambda: (setattr(app, "silent", True), app.drop())}
        app.still = False

        def well():
            app.behave = app.generated_at = None
            app.still = app.reset_at_accept = app.silent = False
            app.drop()
            self._up(app)
        return [Fault("app", 60, 20, ways, well, ("hang", "slow_bytes", "silent", "endless_head")),
                *self._web(web, good), Fault("tcp", 40, 10, {"refused": tcp.down}, tcp.up), *self._names(named)]

    @staticmethod
    def _down(peer):
        peer.down()
        peer.is_down = True

    @staticmethod
    def _up(peer):
        if peer.is_down:
            peer.up()
        peer.is_down = False

    def _web(self, web, good):
        def dress(**more):
            for name, value in more.items():
                setattr(web, name, value)
            web.drop()

        def well():
            dress(status="200 OK", headers=(), hanging=False, reset_at_accept=False, tls=good, silent=False)
            self._up(web)
        ways = {
            "503": lambda: dress(status="503 Service Unavailable"), "hang": lambda: dress(hanging=True),
            "redirect": lambda: dress(status="302 Found", headers=("Location: https://localhost:1/",)),
            "reset": lambda: dress(reset_at_accept=True), "silent": lambda: dress(silent=True), "refused": lambda: self._down(web),
            "TLS or not": lambda: dress(tls=self.stranger if self.plain else None), "a stranger's TLS": lambda: dress(tls=self.stranger),
        }
        return [Fault("web", 90, 20, ways, well, ("hang", "silent"))]

    def _names(self, named):
        """Its connection is dropped, so that it is looked up again."""
        if not self.own:
            return []

        def manner(*manners):
            self.own.manner(*manners)
            named.drop()
        return [Fault("name servers", 70, 30, {
            "first silent": lambda: manner("silent", "answer"), "unknown": lambda: manner("unknown", "unknown"),
            "truncated": lambda: manner("truncate", "truncate"), "both silent": lambda: manner("silent", "silent"),
            "garbage": lambda: manner("garbage", "garbage"), "failing": lambda: manner("failing", "failing"),
            "slow": lambda: manner("slow", "slow"), "both down": lambda: manner("down", "down"),
        }, lambda: manner("answer", "answer"), ("first silent", "both silent", "garbage", "slow"))]

    def _engine(self):
        engine = self.engine

        def bad(behaviour):
            engine.behave = dict.fromkeys(("list", "version", "ping", "events"), behaviour)
            engine.drop()

        def well():
            engine.behave, engine.api, engine.podman = {}, "1.43", False
            if engine.socket.fileno() == -1:
                engine.back()
        ways = {name: lambda name=name: bad(getattr(fake, name)) for name in ("hang", "close", "truncated", "garbage", "status_500")}
        ways |= {"huge": lambda: bad(lambda c, a: fake.huge(c, a, HUGE_MIB)),
                 "huge element": lambda: bad(lambda c, a: fake.huge_element(c, a, HUGE_MIB))}
        ways |= {"gone": engine.gone, "older": lambda: (setattr(engine, "api", "1.24"), engine.drop()),
                 "podman": lambda: (setattr(engine, "podman", True), engine.drop()), "events end": engine.drop}
        state = {"exited": ("exited", {"exit_code": 137}), "paused": ("paused", {}), "dead": ("dead", {}), "removed": None,
                 "restarting": ("restarting", {"exit_code": 1}), "unhealthy": ("running", {"health": "unhealthy"}),
                 "starting": ("running", {"health": "starting"}), "odd": ("running", {"status": "x" * 5000})}
        mass = {"all exit": lambda: self._put(GROUP, ("exited", {"exit_code": 1})), "all go": lambda: self._put(GROUP, None)}
        return [Fault("engine", 150, 30, ways, well, ("hang",)),
                Fault("api", 25, 8, {k: lambda v=v: self._put(["api"], v) for k, v in state.items()}, lambda: self._put(["api"], UP)),
                Fault("crash", 35, 1, {"and back at once": self._crash}),
                Fault("group", 300, 20, mass, lambda: self._put(GROUP, UP))]

    def _put(self, names, state):
        """state: (docker's, what else), None = removed.  The engine tells of it, if it is there."""
        for name in names:
            self.states[name] = state
            item = container(name, *(state or ("exited", {}))[:1], **(state or (0, {}))[1])
            code = state[1].get("exit_code", 0) if state else 0
            for action in ACTIONS.get(state[0], ()) if state else ("kill", "die", "destroy"):
                self.engine.tell(action, item, exitCode=str(code))
        self._list()

    def _list(self):
        self.engine.containers = [container(name, state[0], **state[1]) for name, state in self.states.items() if state]

    def _crash(self):
        self._put(["api"], ("exited", {"exit_code": 139}))
        self._put(["api"], UP)

    def _host(self):
        faults = [Fault("memory", 80, 15, {"over": lambda: self._memory(95), "not a number": lambda: self._memory(None)},
                        lambda: self._memory(40))]
        if self.own:
            faults.append(Fault("disk", 110, 25, {"full": self.own.fill_disk}, self.own.clear_disk))
        if self.dead:
            faults.append(Fault("dead file system", 900, 60, {"dead": self.dead.die}, self.dead.revive))
        return faults

    def _memory(self, used):
        path = self.folder / "proc" / "meminfo"
        with open(path, "r+" if path.exists() else "w", encoding="ascii") as f:
            f.write(MEMINFO.format((100 - used) * 10000) if used else "MemTotal:    one kB\n")
            f.truncate()

    def _telegram(self):
        scripts = [tg.server_error, tg.reset, tg.lost_reply, tg.bad_gateway, tg.garbage(b"\0\1\2"), tg.garbage('{"ok":'), tg.cannot_parse]
        slow = [tg.too_many(2), tg.too_many(1, "header"), tg.slow, tg.late(1.5), tg.hang]
        dice = random.Random(1)
        ways = {"refused": lambda: self._down(self.telegram), "500": lambda: self.telegram.always(tg.server_error),
                "hang": lambda: self.telegram.always(tg.hang)}
        # It paces itself by the real clock, however short a second is.
        often, gone, sorts = (45, 400, scripts + slow) if not self.hurried else (1200, 7200, scripts)
        return [Fault("Telegram", often, 1, {"all sorts": lambda: self.telegram.script(*dice.sample(sorts, 4))}),
                Fault("Telegram gone", gone, gone // 16, ways, self._telegram_back),
                Fault("a chat", 600, 60, self._chat_ways(), self.telegram.well)]

    def _chat_ways(self):
        ways = {"moved": lambda: self.telegram.script(tg.migrate(int(MOVED_TO)), chat=CHATS[2]),
                "too long": lambda: self.telegram.script(tg.too_long, tg.too_long)}
        # Who is barred is left alone for minutes of the real clock; in a hurry that is half a day of messages that wait.
        return ways if self.hurried else {**ways, "blocked": lambda: self.telegram.always(tg.blocked, chat=CHATS[1]),
                                          "not found": lambda: self.telegram.always(tg.chat_not_found, chat=CHATS[1])}

    def _telegram_back(self):
        self.telegram.well()
        self._up(self.telegram)

    # --- time ---

    def turn(self, second):
        """The world as it is in this second; called once for each."""
        self.second = second
        if not self.app.still:
            # One of twenty ends each minute, and another takes its place.
            self.app.agents = {str(second // 60 + i): second for i in range(20)}
        self.app.failed = second // 200
        self._jobs(second)
        for fault in self.faults:
            fault.turn(second, self.hurried)
        self._forget()

    def _jobs(self, second):
        """Containers with names that were never seen before: each works, ends, some badly, and is removed."""
        name, at = f"job-{second // 50}", second % 50
        if at == 10:
            self._put([name], UP)
        elif at == 30:
            self._put([name], ("exited", {"exit_code": second // 50 % 2}))
        elif at == 40:
            self._put([name], None)
            del self.states[name]

    def _forget(self):
        """The peers are not what is measured."""
        del self.telegram.attempts[:-1000], self.telegram.requests[:-10], self.engine.requests[:-10], self.manager.heard[:-100]
        for ids in self.telegram.message_ids.values():
            if len(ids) > 5000:
                ids.clear()
        self.engine.received = b""

    @property
    def looks(self):
        return self.beacon.pings

    def heal(self):
        for fault in self.faults:
            if fault.now:
                fault.heal()

    def close(self):
        for peer in (self.telegram, self.app, self.web, self.tcp, self.named, self.beacon, self.engine, self.manager, self.dead):
            if peer is not None:
                peer.close()
