"""Run watchdog-brain --replay, and judge what every decision must look like whatever the scenario.

Trusts nothing that the brain prints: a line that is not one strict JSON
object with exactly the members of a decision is a failure.
"""
import json
import os
import subprocess
import tempfile

TIMEOUT_S = 60
ACTIONS = ("alert", "realert", "recovery")
MEMBERS = ("now", "key", "action", "severity", "title", "detail")
SEVERITY = {
    "orchestrator": "critical", "agent": "warning", "job_failed": "warning", "mem": "critical",
    "disk": "critical", "container": "critical", "docker": "critical", "dep": "critical",
    "source": "warning", "watchdog": "critical", "network": "critical",
}


class Wrong(Exception):
    """The brain broke a rule that holds for every scenario."""


def program():
    return os.path.join(os.environ.get("TOP_BUILDDIR", os.getcwd()), "watchdog-brain")


def run(trace, config="", env=None, args=None, more=()):
    """Replay trace (bytes) under config (the text of a file), with more options.  Returns exit code, stdout, stderr, as bytes."""
    clean = {k: v for k, v in os.environ.items()
             if not k.startswith(("WATCHDOG_", "LC_")) and k not in ("LANG", "LANGUAGE", "DOCKER_HOST")}
    clean.update(env or {})
    with tempfile.NamedTemporaryFile("w", prefix="sim-", suffix=".conf") as f:
        f.write(config)
        f.flush()
        args = ["--replay", "-f", f.name, *more] if args is None else args
        done = subprocess.run([program()] + args, input=trace, env=clean, timeout=TIMEOUT_S,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return done.returncode, done.stdout, done.stderr


def summary(text):
    """Say text, to the terminal too where `make check` keeps our output for itself (AM_TESTS_FD_REDIRECT)."""
    print(text)
    if "TOP_BUILDDIR" in os.environ:
        try:
            os.write(9, f"{text}\n".encode())
        except OSError:
            pass


def not_json(word):
    raise ValueError(f"{word} is not JSON")


def decision(line):
    """One line of output, checked.  Raises Wrong."""
    try:
        d = json.loads(line.decode("utf-8"), parse_constant=not_json)
    except ValueError as e:
        raise Wrong(f"not a line of JSON ({e}): {line!r}") from None
    if not isinstance(d, dict) or set(d) != set(MEMBERS):
        raise Wrong(f"a decision has the members {', '.join(MEMBERS)}; got {line!r}")
    if d["action"] not in ACTIONS:
        raise Wrong(f"unknown action: {line!r}")
    kind = d["key"].split(":")[0]
    # A container's label may say that it is only a warning.
    if d["severity"] != SEVERITY.get(kind) and (kind, d["severity"]) != ("container", "warning"):
        raise Wrong(f"{d['key']}: severity should be {SEVERITY.get(kind)}, is {d['severity']}")
    if not (isinstance(d["title"], str) and d["title"] and isinstance(d["detail"], str)):
        raise Wrong(f"a title and a detail for a person, please: {line!r}")
    return d


def message(line):
    """A line of output that is a text that would leave, or None.  Raises Wrong."""
    try:
        m = json.loads(line.decode("utf-8"), parse_constant=not_json)
    except ValueError as e:
        raise Wrong(f"not a line of JSON ({e}): {line!r}") from None
    if not isinstance(m, dict) or "message" not in m:
        return None
    if set(m) != {"now", "message"} or not isinstance(m["message"], str) or "\n" not in m["message"]:
        raise Wrong(f"a message has the members now and message, with lines and a last one: {line!r}")
    return m


def lines_of(trace, config, env, more):
    """The lines that a replay prints.  Raises Wrong unless all went well."""
    code, out, err = run(trace, config, env, None, more)
    if code != 0:
        raise Wrong(f"exit {code}; stderr: {err.decode('utf-8', 'replace').strip()}")
    if out and not out.endswith(b"\n"):
        raise Wrong(f"the last line is not ended: {out[-200:]!r}")
    return out.splitlines()


def decisions(trace, config="", env=None):
    """Replay and return the list of decisions.  Raises Wrong unless all went well."""
    return [decision(line) for line in lines_of(trace, config, env, [])]


def messages(trace, config="", env=None, start=False):
    """Replay with messages: the list of decisions, and that of what would leave."""
    said, decided = [], []
    for line in lines_of(trace, config, env, ["--messages"] + (["--start"] if start else [])):
        m = message(line)
        if m is None:
            decided.append(decision(line))
        else:
            said.append(m)
    return decided, said
