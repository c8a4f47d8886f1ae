#!/usr/bin/env python3
"""Replay every scenario of this folder through the real brain and compare decision by decision.

    scenarios.py [-v] [file.sim | file.expect ...]        all of them if none is named

README says how a .sim file is written.  A raw/NAME.expect file judges the
exit code and the bytes that NAME.ndjson gives.
"""
import collections
import fnmatch
import glob
import json
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import brain  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
TICK = re.compile(r"(\+?[0-9.]+)(?:\s+x([0-9]+))?(?:\s+|$)")
WANT = re.compile(r'(?:(\d+) )?(alert|realert|recovery) (\S+)( warning)?((?: "[^"]*")*)$')
METRICS = ("generated_at", "failed", "agents")
Want = collections.namedtuple("Want", "count action key severity texts")
Tick = collections.namedtuple("Tick", "line now json wants says")


class Unreadable(Exception):
    """The scenario itself is written wrongly."""


# --- reading ---

def words(text):
    """Split at blanks that are outside of brackets and strings."""
    out, depth, quoted, word = [], 0, False, ""
    for c in text:
        if c == '"':
            quoted = not quoted
        elif not quoted:
            depth += (c in "[{") - (c in "]}")
            if c.isspace() and depth == 0:
                out += [word] if word else []
                word = ""
                continue
        word += c
    return out + ([word] if word else [])


LABELS = ("expect", "severity", "grace", "name")


def look_container(name, value):
    """STATE, then health, exit code, and what else is known of it, as NAME=VALUE."""
    parts = value.split("/")
    item = {"name": name, "state": None if parts[0] == "null" else parts[0]}
    for part in parts[1:]:
        member, equals, what = part.partition("=")
        if member in LABELS and equals:
            item.setdefault("labels", {})[member] = float(what) if member == "grace" else what
        elif member == "compose" and equals:
            item["project"], item["service"], item["number"] = what.split(".")
        elif equals:
            item[member] = what
        elif re.fullmatch(r"-?\d+", part):
            item["exit_code"] = int(part)
        elif part == "oneoff":
            item["oneoff"] = True
        else:
            item["health"] = part
    return json.dumps(item)


def look_event(name, value):
    """What happened, then the container's id and what else the event said, as NAME=VALUE."""
    act, *parts = value.split("/")
    item = {"act": act, "name": name}
    for part in parts:
        member, _, what = part.partition("=")
        item[member] = float(what) if member in ("signal", "age", "exit_code") else what
    return json.dumps(item)


def look_check(name, value):
    """As a container; or "gone", and the id that docker does not have."""
    item = json.loads(look_container(name, value))
    return json.dumps({"id": item.get("id", ""), "container": None if item["state"] == "gone" else item})


def look_dep(name, value):
    ok = {"ok": "true", "down": "false"}.get(value, value)
    return '{"name": %s, "ok": %s, "ms": 1.5}' % (json.dumps(name), ok)


def look_disk(path, value):
    used, *more = value.split("/")
    members = [f'"inodes_pct": {part[7:]}' if part.startswith("inodes=") else f'"mounted": {json.dumps(part == "mounted")}' for part in more]
    return '{%s}' % ", ".join([f'"path": {json.dumps(path)}', f'"used_pct": {used}', *members])


def look_agent(run_id, value):
    return '{"run_id": %s, "cpu_ticks": %s}' % (json.dumps(run_id), value)


LISTS = {"container": ("containers", look_container), "dep": ("deps", look_dep),
         "event": ("events", look_event), "check": ("checks", look_check),
         "disk": ("disks", look_disk), "agent": ("agents", look_agent)}


def ids(name):
    """agent:1..10000 stands for ten thousand of them."""
    span = re.fullmatch(r"(\d+)\.\.(\d+)", name)
    return [str(i) for i in range(int(span[1]), int(span[2]) + 1)] if span else [name]


def metrics(now, value, parts):
    """The member metrics: given whole, failed, or an envelope of parts, generated now unless it says otherwise."""
    if value not in (None, "up") and not value.startswith("down"):
        return value
    if value is not None and value.startswith("down"):
        return '{"ok": false, "error": %s}' % json.dumps(value.partition(":")[2] or "timeout")
    fields = {"generated_at": now, **parts}
    body = "".join(f', "{k}": {v}' for k, v in fields.items() if v != "absent")
    return '{"ok": true%s}' % body


def tick_json(now, items):
    """The line that the brain reads for one tick's items."""
    if items[:1] and items[0].startswith("{"):
        return items[0]
    members, lists, parts, envelope = {}, collections.defaultdict(list), {}, None
    for item in items:
        name, _, value = item.partition("=")
        kind, _, which = name.partition(":")
        if not value:
            raise Unreadable(f"{item}: expected NAME=VALUE")
        if kind in LISTS and which:
            member, look = LISTS[kind]
            lists[member] += [look(i, value) for i in ids(which)]
        elif name == "metrics":
            envelope = value
        elif name in METRICS:
            parts[name] = "[]" if value == "none" else value
        elif name in ("docker", "channel"):
            members[name] = {"ok": "true", "down": "false"}.get(value, value)
        else:
            members["mem_used_pct" if name == "mem" else name] = "[]" if value == "none" else value
    for member, entries in lists.items():
        (parts if member == "agents" else members)[member] = "[" + ", ".join(entries) + "]"
    if "containers" in members:
        members.setdefault("docker", "true")
    if envelope is not None or parts:
        members["metrics"] = metrics(now, envelope, parts)
    return "{" + ", ".join(f'"{k}": {v}' for k, v in {"now": now, **members}.items()) + "}"


def parse_want(text):
    m = WANT.fullmatch(text.strip())
    if not m:
        raise Unreadable(f'{text.strip()}: expected [COUNT] ACTION KEY [warning] ["detail"...]')
    severity = (m[4] or "").strip() or brain.SEVERITY.get(m[3].split(":")[0])
    return Want(int(m[1] or 1), m[2], m[3], severity, re.findall(r'"([^"]*)"', m[5]))


def plain(number):
    return f"{number:.3f}".rstrip("0").rstrip(".")


class Scenario:
    def __init__(self, path):
        self.path, self.config, self.env, self.ticks = path, "", {}, []
        self.repeated = False
        self.messages, self.start = False, False
        with open(path, encoding="utf-8") as f:
            lines = f.read().splitlines()
        self.title = lines[0] if lines else ""
        if not self.title.endswith("."):
            raise Unreadable("the first line is the claim, a sentence that ends with a full stop")
        section, last = None, 0.0
        for number, line in enumerate(lines[1:], 2):
            line = line.rstrip()
            try:
                section, last = self.take(section, last, number, line)
            except Unreadable as e:
                raise Unreadable(f"{path}:{number}: {e}") from None
        if not self.ticks:
            raise Unreadable(f"{path}: no tick")

    def take(self, section, last, number, line):
        text = line.strip()
        if not text or text.startswith("#"):
            return section, last
        if text in ("config:", "env:"):
            return text, last
        if text in ("messages:", "messages: start"):
            self.messages, self.start = True, text.endswith("start")
            return None, last
        if line[0].isspace() and text.startswith((">> ", "+ ")) and section is None:
            self.take_text(text)
            return section, last
        if line[0].isspace() and text.startswith("=>"):
            if not self.ticks or self.repeated:
                raise Unreadable("a decision belongs to the one tick above it")
            self.ticks[-1].wants.append(parse_want(text[2:]))
        elif line[0].isspace() and section == "config:":
            self.config += text + "\n"
        elif line[0].isspace() and section == "env:":
            key, _, value = text.partition("=")
            self.env[key] = value
        elif line[0].isspace():
            raise Unreadable("expected a tick, a decision or a setting")
        else:
            return None, self.take_tick(last, number, line)
        return section, last

    def take_text(self, text):
        """>> begins a message of the tick above it, + is one more line of it."""
        if not self.messages or not self.ticks or self.repeated:
            raise Unreadable("a text belongs to the one tick above it, in a scenario with messages:")
        says, mark = self.ticks[-1].says, text.split(" ")[0]
        if mark == "+" and not says:
            raise Unreadable("a message begins with >>")
        if mark == ">>":
            says.append([])
        says[-1].append(text[len(mark):].strip())

    def take_tick(self, last, number, line):
        looks, arrow, wants = line.partition(" => ")
        m = TICK.match(looks)
        if not m:
            raise Unreadable("a tick begins with its time: 30, or +30, or +30 x4")
        if m[2] and arrow:
            raise Unreadable("repeated ticks decide nothing; write the one that does by itself")
        self.repeated = bool(m[2])
        for _ in range(int(m[2] or 1)):
            now = last + float(m[1]) if m[1].startswith("+") else float(m[1])
            if self.ticks and now <= last:
                raise Unreadable("time only goes forward")
            last = now
            self.ticks.append(Tick(number, now, tick_json(plain(now), words(looks[m.end():])), [], []))
        if arrow:
            self.ticks[-1].wants.append(parse_want(wants))
        return last

    # --- judging ---

    def trace(self):
        return "".join(t.json + "\n" for t in self.ticks).encode()

    def differences(self):
        """What the brain did otherwise, as lines for a person; empty if all is as it should be."""
        said = []
        if self.messages:
            decided, said = brain.messages(self.trace(), self.config, self.env, self.start)
        else:
            decided = brain.decisions(self.trace(), self.config, self.env)
        out = []
        # In a scenario of messages decisions need not be told; if one is, all are.
        if not self.messages or any(t.wants for t in self.ticks):
            out += self.judge(by_time(decided), compare, lambda t: t.wants)
        return out + self.judge(by_time(said), compare_texts, lambda t: t.says)

    def judge(self, got, differ, wanted):
        out = []
        for t in self.ticks:
            for sign, text in differ(wanted(t), got.pop(float(plain(t.now)), [])):
                out.append(f"    {self.path}:{t.line}: at {plain(t.now)}: {sign} {text}")
        return out + [f"    {self.path}: at {now}: decided at a time that is no tick's" for now in got]


def by_time(output):
    found = collections.defaultdict(list)
    for d in output:
        found[d["now"]].append(d)
    return found


def compare_texts(wants, got):
    """The same for messages: every line, in order, each wanted one a glob; the last line (host, time, mark) is left out."""
    texts = [g["message"].split("\n")[:-1] for g in got]
    for want in wants:
        if not texts or len(texts[0]) != len(want) or not all(map(fnmatch.fnmatchcase, texts[0], want)):
            yield "wanted, but not said:", " | ".join(want)
        else:
            texts.pop(0)
    for text in texts:
        yield "said, but not wanted:", " | ".join(text)


def matches(want, got):
    return (got["action"] == want.action and got["severity"] == want.severity and fnmatch.fnmatchcase(got["key"], want.key)
            and all(text in got["detail"] for text in want.texts))


def compare(wants, got):
    """Pairs (sign, text) for what is missing and what is too much."""
    got = list(got)
    for want in wants:
        found = [g for g in got if matches(want, g)][:want.count]
        for g in found:
            got.remove(g)
        if len(found) != want.count:
            texts = "".join(f' "{t}"' for t in want.texts)
            yield "wanted, but not decided:", f"{want.count - len(found)} x {want.action} {want.key}{texts}"
    for g in got[:5]:
        yield "decided, but not wanted:", f"{g['action']} {g['key']} \"{g['detail']}\""
    if len(got) > 5:
        yield "decided, but not wanted:", f"... and {len(got) - 5} more"


# --- raw cases: exit codes and bytes ---

class Raw:
    """raw/NAME.expect: a claim, then `exit: N`, and perhaps `args:`, `config:` lines, `stderr:` texts, `stdout:` bytes."""

    def __init__(self, path):
        self.path, self.args, self.config, self.exit = path, None, "", None
        self.stdout, self.stderr = None, []
        with open(path, "rb") as f:
            head, mark, stdout = f.read().partition(b"\nstdout:\n")
        self.stdout = stdout if mark else None
        lines = head.decode().splitlines()
        self.title = lines[0]
        for line in lines[1:]:
            name, _, value = line.partition(":")
            value = value.strip()
            if name == "exit":
                self.exit = int(value)
            elif name == "args":
                self.args = value.split()
            elif name == "config":
                self.config += value + "\n"
            elif name == "stderr":
                self.stderr.append(value)
            elif line.strip():
                raise Unreadable(f"{path}: {line}: expected exit, args, config, stderr or stdout")
        if self.exit is None:
            raise Unreadable(f"{path}: no exit code")
        with open(path[:-len("expect")] + "ndjson", "rb") as f:
            self.input = f.read()

    def differences(self):
        code, out, err = brain.run(self.input, self.config, None, self.args)
        err = err.decode("utf-8", "replace")
        if code != self.exit:
            yield f"    {self.path}: exit {code}, wanted {self.exit}; stderr: {err.strip()}"
        for text in self.stderr:
            if text not in err:
                yield f"    {self.path}: stderr should say {text!r}, says: {err.strip()!r}"
        if self.stdout is not None and out != self.stdout:
            yield f"    {self.path}: stdout should be\n      {self.stdout!r}\n    but is\n      {out!r}"


def judge(path):
    title = os.path.basename(path)
    try:
        case = (Scenario if path.endswith(".sim") else Raw)(path)
        title = case.title
        return title, list(case.differences())
    except (Unreadable, brain.Wrong) as e:
        return title, [f"    {path}: {e}"]
    except (OSError, brain.subprocess.TimeoutExpired) as e:
        return title, [f"    {path}: could not be run: {e}"]


def main(argv):
    verbose = "-v" in argv
    paths = [a for a in argv if a != "-v"] or sorted(
        glob.glob(os.path.join(HERE, "*", "*.sim")) + glob.glob(os.path.join(HERE, "raw", "*.expect")))
    failed = 0
    for path in paths:
        title, wrong = judge(path)
        failed += bool(wrong)
        if wrong:
            print(f"FAIL {title}", *wrong, sep="\n")
        elif verbose:
            print(f"ok   {title}")
    brain.summary(f"{len(paths)} scenarios run, {failed} failed")
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
