"""
The faults of a chaos run.  Each begins, lasts, and says which of the
daemon's processes it holds up while it does.
"""

import contextlib
import os
import signal
import subprocess
import time

from support import proc
from support import telegram as tg
from support.wait import wait_for

from chaos_world import CHATS, can_serve_names

REST_S = 6.0  # from one outage of Telegram's port to the next

# Seconds of service after which a child may be killed or stopped.  Over a minute, and its next start is not put off for longer;
# two deaths of the brain within 10 s of a restore are answered by a clean start, which is a promise and no fault.
SERVED_S = {False: (0, 20, 65), True: (15, 30, 65)}


class Fault:
    """kind is what the table counts; roles are the processes that it holds up; channel: replies may be lost."""

    roles = ()
    looking = False  # what was seen may be forgotten, or looks are not taken
    docker = False   # the engine's answers are spoiled
    names = False    # whoever is started anew knows no address until it is over
    channel = False
    waits = False    # for something to happen by itself, however long that takes

    def __init__(self, run, kind, dice):
        self.run, self.kind, self.dice = run, kind, dice
        self.began, self.ended = time.monotonic(), None

    def may(self):
        """Whether it can happen now."""
        return True

    def begin(self):
        pass

    def over(self, now):
        """Called again and again until it is."""
        return True

    def end(self):
        pass

    def lasted(self, now):
        return now - self.began


class Timed(Fault):
    shortest, longest = 0.5, 3.0

    def begin(self):
        self.until = self.began + self.dice.uniform(self.shortest, self.longest)
        self.put()

    def over(self, now):
        return now >= self.until


# --- processes ---

def children_fault(role, looking, names):
    class Child(Fault):
        roles = (role,)

        def may(self):
            return self.run.at_work(role) and self.run.served(role) > self.dice.choice(SERVED_S[role == "brain"])

        def begin(self):
            self.pid = self.run.daemon.roles()[role]
            os.kill(self.pid, self.signal)

        def over(self, now):
            return not proc.alive(self.pid) and self.run.at_work(role)
    Child.looking, Child.names = looking, names
    return Child


def kill(role, looking=False, names=False):
    base = children_fault(role, looking, names)
    return type(f"Kill{role}", (base,), {"signal": signal.SIGKILL})


def stop(role, looking=False, names=False):
    base = children_fault(role, looking, names)
    return type(f"Stop{role}", (base,), {"signal": signal.SIGSTOP})


def freeze(role, looking=False):
    """Stopped, and let go before anybody takes it for stuck."""

    class Freeze(Timed):
        longest = 2.5
        roles = (role,)

        def may(self):
            return role == "parent" or self.run.at_work(role)

        def put(self):
            self.pid = self.run.daemon.all_pids()[role]
            os.kill(self.pid, signal.SIGSTOP)

        def end(self):
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGCONT)
    Freeze.looking = looking
    return Freeze


class KillAll(Fault):
    roles = ("collector", "brain", "notifier", "resolver", "prober")
    looking = True

    def may(self):
        return all(map(self.run.at_work, self.roles)) and self.run.served("brain") > min(SERVED_S[True])

    def begin(self):
        self.pids = self.run.daemon.roles().values()
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)

    def over(self, now):
        return not any(map(proc.alive, self.pids)) and all(map(self.run.at_work, self.roles))


def no_descriptors(role, looking=False):
    """Not one more file, socket or pipe can be opened for a while."""

    class NoDescriptors(Timed):
        roles = (role,)

        def may(self):
            return role == "parent" or self.run.at_work(role)

        def put(self):
            self.pid = self.run.daemon.all_pids()[role]
            highest = max(proc.descriptors(self.pid), default=3)
            self.before = proc.limit_descriptors(self.pid, highest + 1)

        def end(self):
            with contextlib.suppress(ProcessLookupError, KeyError, subprocess.CalledProcessError):
                proc.limit_descriptors(self.pid, self.before)
    NoDescriptors.looking = looking
    return NoDescriptors


# --- the daemon as a whole ---

class Reload(Fault):
    """SIGHUP; each is over when the daemon has said what it made of it, so that one file is read at a time."""

    # A parent without descriptors cannot read the file, and says that it goes on as it was.
    said = "configuration reloaded|the new configuration is refused"

    def may(self):
        # Who starts the daemon is ended by such a signal.
        return not self.run.holds(Reload) and not self.run.holds(KillParent)

    def begin(self):
        self.daemon = self.run.daemon
        self.before = len(self.daemon.log_find(self.said))
        self.change()
        self.run.daemon.reload()

    def change(self):
        pass

    def over(self, now):
        return self.run.daemon is not self.daemon or len(self.daemon.log_find(self.said)) > self.before


class ReloadTwice(Reload):
    def change(self):
        self.run.daemon.reload()


class ReloadBroken(Reload):
    def change(self):
        self.run.world.configure(broken=True)

    def end(self):
        self.run.world.configure()


class ReloadTimeout(Reload):
    """Another timeout: collector and notifier are started anew."""

    roles = ("parent", "collector", "notifier")
    looking = True

    def may(self):
        return super().may() and all(map(self.run.at_work, self.roles[1:]))

    def change(self):
        self.old = [self.run.daemon.roles()[role] for role in self.roles[1:]]
        self.run.world.timeout = "2.5" if self.run.world.timeout == "2" else "2"
        self.run.world.configure()

    def over(self, now):
        return not any(map(proc.alive, self.old)) and all(map(self.run.at_work, self.roles[1:]))


class KillParent(Fault):
    """The service manager starts it anew, with what it keeps for it."""

    roles = ("parent", "collector", "brain", "notifier", "resolver", "prober")
    looking = True

    def may(self):
        return all(map(self.run.at_work, self.roles[1:])) and self.run.served("brain") > min(SERVED_S[True])

    def begin(self):
        self.end_daemon(self.run.daemon)
        self.run.start_daemon()

    def end_daemon(self, daemon):
        children = daemon.roles().values()
        daemon.process.kill()
        daemon.wait_exit()
        wait_for(lambda: not any(map(proc.alive, children)), "the end of the children of a parent that was killed", 5)

    def over(self, now):
        return all(map(self.run.at_work, self.roles[1:]))


class Restart(KillParent):
    """SIGTERM, and a new start."""

    def end_daemon(self, daemon):
        status = daemon.stop(15)
        assert status == 0, f"exit status {status} after SIGTERM"


class TickNow(Fault):
    def may(self):
        return not self.run.holds(KillParent)

    def begin(self):
        for _ in range(self.dice.randint(1, 5)):
            self.run.daemon.tick()


# --- Telegram ---

def answer(make):
    """The next request of one chat, or of any, is answered so."""

    class Answer(Fault):
        channel = waits = True

        def may(self):
            return len(self.run.world.telegram.scripted) < 3

        def begin(self):
            behaviour, self.used = make(self.dice), False

            def once(telegram, connection, attempt):
                self.used = True
                behaviour(telegram, connection, attempt)
            self.run.world.telegram.script(once, chat=self.dice.choice((None, *CHATS)))

        def over(self, now):
            return self.used or self.run.ending

    return Answer


class Barred(answer(lambda dice: dice.choice((tg.blocked, tg.unauthorized, tg.not_found, tg.chat_not_found)))):
    """The chat is unusable, until somebody has put it right and says so by a reload."""

    def may(self):
        return super().may() and not self.run.holds(Reload)

    def over(self, now):
        return super().over(now) and not self.run.holds(KillParent)

    def end(self):
        self.run.daemon.reload()


def channel(behaviour):
    """Every request is answered so for a while."""

    class Channel(Timed):
        shortest, longest = 1.0, 5.0
        channel = True

        def may(self):
            return not self.run.world.telegram.otherwise

        def put(self):
            self.chat = self.dice.choice((None, *CHATS))
            self.run.world.telegram.always(behaviour, chat=self.chat)

        def end(self):
            self.run.world.telegram.otherwise.pop(self.chat, None)
    return Channel


class Listener(Timed):
    """Something about Telegram's port."""

    shortest, longest = 1.0, 5.0
    channel = True

    def may(self):
        ended = [f.ended for f in self.run.past if isinstance(f, Listener)]
        return not self.run.holds(Listener) and (not ended or self.began - max(ended) > REST_S)


class Refused(Listener):
    def put(self):
        self.run.world.telegram.down()

    def end(self):
        self.run.world.telegram.up()


class Silent(Listener):
    def put(self):
        self.run.world.telegram.silent = True
        self.run.world.telegram.drop()

    def end(self):
        self.run.world.telegram.silent = False
        self.run.world.telegram.drop()


class NoTls:
    @staticmethod
    def wrap_socket(sock, server_side):
        sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\nplain http here\r\n")
        raise OSError("no TLS")


class BadTls(Listener):
    """A certificate of somebody else's, or no TLS at all."""

    def put(self):
        telegram = self.run.world.telegram
        self.good = telegram.tls
        telegram.tls = self.dice.choice((NoTls, self.run.world.stranger.server_context()))
        telegram.drop()

    def end(self):
        self.run.world.telegram.tls = self.good


def html_refused(telegram, connection, attempt):
    """Plain text has no entities to be refused."""
    (tg.cannot_parse if attempt.parse_mode else tg.ok)(telegram, connection, attempt)


def lost_by_silence(telegram, connection, attempt):
    """Telegram has the message; the answer never comes."""
    telegram.accept(attempt)
    attempt.outcome = "taken, reply lost"
    connection.hang()


# --- docker ---

def engine(kind):
    """For less than it takes to be an alarm: the next incident of a container is seen later, that is all."""

    class Engine(Timed):
        longest = 2.5
        docker = True

        def may(self):
            world = self.run.world
            return not world.docker.bad and not world.engine_faults

        def put(self):
            self.run.world.engine_faults += 1
            self.run.world.engine_bad(kind)

        def end(self):
            self.run.world.engine_faults -= 1
            self.run.world.engine_well()
    return Engine


# --- names ---

class Outage(Timed):
    """
    Addresses that are known are used for as long as there are no better ones, so it strikes whoever must ask: the sender or the
    collector is killed as well.  An outage of names excuses no second copy and no message that is lost.
    """

    shortest, longest = 2.0, 8.0
    names = True

    def may(self):
        kind = self.dice.choice(("kill -9 notifier", "kill -9 collector"))
        self.blow = FAULTS[kind][1](self.run, kind, self.dice)
        return not self.run.holds(Outage) and not self.run.busy_roles() & set(self.blow.roles) and self.blow.may()

    def put(self):
        self.spoil(self.run.world.names)
        self.blow.begin()
        self.run.begun(self.blow)

    def end(self):
        self.run.world.names.recover()


def outage(manner):
    return type("ServerFails", (Outage,), {"spoil": lambda self, server: setattr(server, "manner", manner)})


class NoServer(Outage):
    def spoil(self, server):
        server.down()


# Name, how often in proportion, what.
FAULTS = {
    "kill -9 collector": (4, kill("collector", looking=True)),
    "kill -9 brain": (5, kill("brain", looking=True)),
    "kill -9 notifier": (6, kill("notifier")),
    "kill -9 resolver": (2, kill("resolver", names=True)),
    "kill -9 prober": (2, kill("prober")),
    "kill -9 every child at once": (1, KillAll),
    "kill -9 parent, started anew": (2, KillParent),
    "SIGTERM, started anew": (1, Restart),
    "SIGSTOP collector": (1, stop("collector", looking=True)),
    "SIGSTOP brain": (1, stop("brain", looking=True)),
    "SIGSTOP notifier": (1, stop("notifier")),
    "SIGSTOP resolver": (1, stop("resolver", names=True)),
    "SIGSTOP prober": (1, stop("prober")),
    "freeze collector": (1, freeze("collector", looking=True)),
    "freeze brain": (1, freeze("brain", looking=True)),
    "freeze notifier": (3, freeze("notifier")),
    "freeze parent": (1, freeze("parent", looking=True)),
    "no descriptors: collector": (1, no_descriptors("collector", looking=True)),
    "no descriptors: notifier": (1, no_descriptors("notifier")),
    "no descriptors: parent": (1, no_descriptors("parent", looking=True)),
    "SIGHUP": (2, Reload),
    "SIGHUP twice": (1, ReloadTwice),
    "SIGHUP, broken file": (1, ReloadBroken),
    "SIGHUP, another timeout": (2, ReloadTimeout),
    "SIGUSR1": (1, TickNow),
    "Telegram: 429": (2, answer(lambda dice: tg.too_many(dice.randint(1, 3), dice.choice(("body", "header", "both"))))),
    "Telegram: 500": (2, answer(lambda dice: tg.server_error)),
    "Telegram: 502, HTML": (1, answer(lambda dice: tg.bad_gateway)),
    "Telegram: 200, garbage": (1, answer(lambda dice: tg.garbage(dice.choice(("<html>", b"\x00\xff", "", "[" * 9999))))),
    "Telegram: reset": (2, answer(lambda dice: tg.reset)),
    "Telegram: hang": (1, answer(lambda dice: tg.hang)),
    "Telegram: one byte at a time": (1, answer(lambda dice: tg.slow)),
    "Telegram: HTML refused": (1, answer(lambda dice: html_refused)),
    "Telegram: chat or token refused": (1, Barred),
    "Telegram: lost reply, reset": (3, answer(lambda dice: tg.lost_reply)),
    "Telegram: lost reply, hang": (1, answer(lambda dice: lost_by_silence)),
    "Telegram: 500 for a while": (1, channel(tg.server_error)),
    "Telegram: hang for a while": (1, channel(tg.hang)),
    "Telegram: refused": (2, Refused),
    "Telegram: silent handshake": (1, Silent),
    "Telegram: TLS failure": (2, BadTls),
    "docker: no answer": (2, engine("hang")),
    "docker: gone and back": (2, engine("gone")),
    "docker: garbage": (1, engine("garbage")),
    "docker: closes": (1, engine("close")),
    "docker: 500": (1, engine("500")),
}
NAMES = {
    "names: no server": (1, NoServer),
    "names: no answer": (1, outage("silent")),
    "names: slow": (1, outage("slow")),
    "names: SERVFAIL": (1, outage("failing")),
    "names: NXDOMAIN": (1, outage("unknown")),
    "names: truncated": (1, outage("truncate")),
    "names: garbage": (1, outage("garbage")),
}
FAULTS |= NAMES if can_serve_names() else {}
