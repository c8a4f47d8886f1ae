"""
The ledger of a chaos run: what was wrong, what the daemon decided, and what
each chat received.  Knows nothing of how it came about, but for who was held
up and which replies were lost: only those excuse a second copy.
"""

import collections
import re
from dataclasses import dataclass, field

LINE = re.compile(r"(🔴|🔁|🟢) (.+?): (.*)")
WAS = re.compile(r"(was down|was over the mark|was stalled|could not be read|kept failing|this host's network was down) [\d:. -]*–")
# Five of a kind are one line; of the others there are fewer.
MANY = re.compile(r"(🔴|🟢) \d+ (processes of watchdog|sources) (keep failing|cannot be read|recovered|kept failing|could not be read): (.*)")
KINDS = {"processes of watchdog": "watchdog", "sources": "source"}
WHATS = {"keep failing": "alert", "cannot be read": "alert", "recovered": "recovery", "kept failing": "was", "could not be read": "was"}
NAMES = re.compile(r"(?:^|, )([\w:./-]+)(?: ×(\d+))?(?=,| \(|$)")
TIMES = re.compile(r"\((\d+) times\)")
JOBS = re.compile(r"(\d+) more jobs? failed")
DECIDED = re.compile(r"(?:^|: )(alert|recovery) (\S+?): ")
RECORDING_S = 1.5  # from Telegram's answer to a snapshot without the message, on a busy machine
LATE_S = 10.0
BLIND_S = 8.0      # from the end of what held up looking to an alarm that comes of it

# How the keys of the log are shown to people.
SUBJECTS = {"mem": "memory"}


def subject_of(key):
    return SUBJECTS.get(key) or key.replace(":", " ", 1)


@dataclass
class Told:
    """One line of one message."""

    subject: str
    what: str      # alert, recovery, was
    text: str
    time: float
    times: int = 1

    @property
    def steps(self):
        """How many transitions it tells."""
        return 2 * self.times if self.what == "was" else 1


@dataclass
class Transition:
    """Something that had to be told: when it was decided, and when each chat had it first."""

    subject: str
    what: str
    decided: float
    told: dict = field(default_factory=dict)    # chat: time
    carried: set = field(default_factory=set)   # chats that were told of what it was part of


def parse_many(line, found, time):
    _, kind, what, names = found.groups()
    for name, times in NAMES.findall(names):
        yield Told(f"{KINDS[kind]} {name}", WHATS[what], line, time, int(times or 1))


def parse(text, time):
    for line in text.split("\n"):
        many = MANY.match(line)
        if many:
            yield from parse_many(line, many, time)
            continue
        found = LINE.match(line)
        if not found or found.group(1) == "🔁":
            continue
        glyph, subject, rest = found.groups()
        if glyph == "🔴":
            yield Told(subject, "alert", line, time)
        elif WAS.match(rest):
            times = TIMES.search(rest)
            yield Told(subject, "was", line, time, int(times.group(1)) if times else 1)
        else:
            yield Told(subject, "recovery", line, time)


def body(attempt):
    """What makes two messages the same one: all but the last lines, and the marks."""
    return (attempt.chat, tuple(line for line in attempt.lines if LINE.match(line)), attempt.mark)


class Ledger:
    def __init__(self, world, troubles, blind, decisions):
        """troubles: (what, from, to) on the way of a message; blind: (from, to, subjects) of looking; decisions: (time, what, key) as logged."""
        self.world, self.troubles, self.blind, self.decisions = world, troubles, blind, decisions
        self.faults = []  # of the daemon: sentences
        self.transitions = []
        self.copies = []  # (chat, when the first one came, whom it was about)
        self.merged = self.excused = 0
        self._decide()

    # --- what was decided ---

    def _decide(self):
        """Each change of each signal once: a brain that died before its decision was kept decides again."""
        state = {}
        for time, what, key in self.decisions:
            subject = subject_of(key)
            if subject == "job_failed" or state.get(subject, "recovery") == what:
                continue
            state[subject] = what
            self.transitions.append(Transition(subject, what, time))
        self._hold_against_the_world()

    def _hold_against_the_world(self):
        """Each incident must have been decided while it lasted; what else was decided was not foreseen."""
        alerts = collections.defaultdict(list)
        for t in self.transitions:
            if t.what == "alert":
                alerts[t.subject].append(t.decided)
        for incident in self.world.incidents:
            end = incident.ended if incident.ended is not None else float("inf")
            seen = [at for at in alerts[incident.subject] if incident.began <= at <= end]
            if seen:
                alerts[incident.subject].remove(seen[0])
            else:
                self.faults.append(f"{incident.subject} ({incident.mode}) was never noticed")
        self.unforeseen = collections.Counter({subject: len(times) for subject, times in alerts.items() if times})
        self._blame_for_false_alarms(alerts)

    def _blame_for_false_alarms(self, alerts):
        """A collector that was held up, or had no names, may have found somebody silent who was not; docker's own faults come to an alarm now and then."""
        for s in self.world.signals:
            for at in alerts[s.subject] if s.subject != "docker" else ():
                if not any(begin <= at and end + BLIND_S >= at and s.subject in subjects for begin, end, subjects in self.blind):
                    self.faults.append(f"{s.subject}: a false alarm, and nobody was to blame")

    # --- what was told ---

    def judge(self):
        for chat in sorted(self.world.telegram.chats):
            self._judge_chat(chat)
        return self

    def _judge_chat(self, chat):
        first, lines, jobs = {}, collections.defaultdict(list), 0
        for attempt in self.world.telegram.taken(chat):
            same = body(attempt)
            if same in first:
                self._copy(chat, first[same], attempt)
            else:
                for told in parse(attempt.text, attempt.time):
                    lines[told.subject].append(told)
                jobs += sum(int(n) for n in JOBS.findall(attempt.text))
            first[same] = attempt
        if jobs != self.world.jobs:
            self.faults.append(f"chat {chat}: {self.world.jobs} jobs failed, {jobs} were told")
        expected = collections.defaultdict(list)
        for t in self.transitions:
            expected[t.subject].append(t)
        for subject in sorted(expected.keys() | (lines.keys() - {"job_failed"})):
            self._judge_subject(chat, subject, expected[subject], lines[subject])

    def _copy(self, chat, before, attempt):
        self.copies.append((chat, before.time, {told.subject for told in parse(attempt.text, 0)}))
        excuse = self._excuse(before)
        if excuse is None:
            self.faults.append(f"chat {chat}: told twice, and nobody was to blame: {attempt.lines[0]} {attempt.mark}")
        else:
            self.excused += 1

    def _excuse(self, attempt):
        """Why its sender may not have known that it was taken."""
        if attempt.outcome != "ok":
            return attempt.outcome
        answered = getattr(attempt, "answered", attempt.time)
        if answered - attempt.time > 1:
            return "the answer took its time"
        for what, begin, end in self.troubles:
            # A process that has taken another's place is linked a moment after it is there.
            if begin <= answered + RECORDING_S and end + RECORDING_S >= attempt.time:
                return what
        return None

    def _without_carried(self, chat, subject, expected, lines):
        """
        While the network is down, what fails because of it is part of that incident: it is told by itself only if that was before,
        or if it goes on.
        """
        untold = (len(expected) - sum(told.steps for told in lines)) // 2
        if untold <= 0 or subject not in self.world.carried:
            return expected
        pairs = [expected[i:i + 2] for i in range(0, len(expected), 2)]
        carried = [pair for pair in pairs if self._network_was_down(pair)]
        carried.sort(key=lambda pair: any(pair[0].decided <= told.time <= pair[-1].decided + LATE_S for told in lines))
        for t in [t for pair in carried[:untold] for t in pair]:
            t.carried.add(chat)
        return [t for t in expected if chat not in t.carried]

    def _network_was_down(self, pair):
        changes = [t for t in self.transitions if t.subject == "network"]
        return any(down.decided <= pair[-1].decided and up.decided >= pair[0].decided for down, up in zip(changes[::2], changes[1::2]))

    def _judge_subject(self, chat, subject, expected, lines):
        """Alerts and recoveries in turn, as many as were decided; an incident that was over in one line."""
        expected = self._without_carried(chat, subject, expected, lines)
        at, n = 0, len(expected)
        for told in lines:
            wanted = expected[at].what if at < n else None
            steps = told.steps
            begins = "recovery" if told.what == "recovery" else "alert"
            if wanted != begins or at + steps > n:
                what = f"expected {wanted or 'nothing more'}, found {told.text!r}"
                self.faults.append(f"chat {chat}: {subject}: {at} of {n} told, {what}")
                return
            self.merged += told.times if told.what == "was" else 0
            for t in expected[at:at + steps]:
                t.told[chat] = told.time
            at += steps
        if at < n:
            self.faults.append(f"chat {chat}: {subject}: {expected[at].what} was never told ({at} of {n} were)")

    # --- what came of each ---

    def outcome(self, t, chat):
        if chat not in t.told:
            return "lost"
        if any(c == chat and at == t.told[chat] and t.subject in subjects for c, at, subjects in self.copies):
            return "doubled"
        return "late" if t.told[chat] - t.decided > LATE_S else "in time"

    def outcomes(self, begin=float("-inf"), end=float("inf")):
        """How many deliveries that were under way between begin and end came out how."""
        count = collections.Counter()
        for t in self.transitions:
            for chat in self.world.telegram.chats - t.carried:
                if t.decided <= end and t.told.get(chat, float("inf")) >= begin:
                    count[self.outcome(t, chat)] += 1
        return count

    @property
    def latest(self):
        return max((at - t.decided for t in self.transitions for at in t.told.values()), default=0.0)
