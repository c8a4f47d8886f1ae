#!/usr/bin/python3
"""
The table of doc/docker.md: every incident of tests/e2e/support/incidents.py is
done to a real docker engine of its own, watched by the staged daemon, and what
a scripted Telegram received is written down, word for word.

    tests/tools/docker_incidents.py STAGE [FILE]        ./dev docker-table does it

Prints the table; with FILE puts it there, between its two marks.  Needs root,
docker and busybox.  Exit 1 if something else was said than the tests expect.
"""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))
if len(sys.argv) > 1:
    os.environ["WATCHDOG_STAGE"] = sys.argv[1]

from support.daemon import Daemon  # noqa: E402
from support.engine import Engine, why_not  # noqa: E402
from support.incidents import INCIDENTS, KEYS, NAMED, Scene  # noqa: E402
from support.telegram import Telegram  # noqa: E402
from support.tls import Authority  # noqa: E402

GRACE_S = 30
# All else is as by default.
SOONER = {"WATCHDOG_INTERVAL_S": "5", "WATCHDOG_LOOP_WINDOW_S": "60"}
BEGIN, END = "<!-- incidents: made by ./dev docker-table -->", "<!-- end of incidents -->"


def keys(engine, telegram, authority):
    return {
        **KEYS, **SOONER,
        "WATCHDOG_DOCKER_SOCK": engine.sock,
        "WATCHDOG_HOST_NAME": "host1",
        "WATCHDOG_MEM_PCT": "100",
        "WATCHDOG_TG_BOT_TOKEN": telegram.TOKEN,
        "WATCHDOG_TG_CHAT_ID": telegram.CHAT,
        "WATCHDOG_TG_API_URL": telegram.url(host="localhost"),
        "WATCHDOG_TG_CA_FILE": authority.ca_file,
    }


def cell(lines):
    return "<br>".join(line.replace("|", "\\|") for line in lines) or "*nothing*"


def play_all(scene):
    rows, wrong = [], []
    for incident in INCIDENTS:
        print(f"{incident.title} ...", file=sys.stderr, flush=True)
        lines = scene.play(incident)
        rows.append(f"| {incident.title} | {incident.done} | {cell(lines)} |")
        wrong.append(incident.differences(lines))
    return rows, [w for w in wrong if w]


def play_on(engine, telegram, authority):
    engine.run(NAMED, "--restart", "always")
    daemon = Daemon(keys(engine, telegram, authority), quick=False)
    try:
        with tempfile.TemporaryDirectory(prefix="wd-flags-") as folder:
            scene = Scene(engine, telegram, daemon, Path(folder), GRACE_S)
            scene.wait_watched(NAMED)
            return play_all(scene)
    except AssertionError:
        print(daemon.story(), telegram.story(), sep="\n", file=sys.stderr)
        raise
    finally:
        daemon.stop()
        daemon.kill()


def write(path, table):
    text = Path(path).read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"{path}: expected the marks {BEGIN} and {END}")
    Path(path).write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")


def main():
    reason = why_not()
    if reason:
        sys.exit(f"docker-table: {reason}")
    with tempfile.TemporaryDirectory(prefix="wd-") as tls:
        authority = Authority(Path(tls))
        telegram = Telegram(authority)
        engine = Engine(tempfile.mkdtemp(prefix="wd-engine-", dir="/tmp"))
        try:
            rows, wrong = play_on(engine, telegram, authority)
        finally:
            engine.close()
            telegram.close()
    table = "\n".join(["| what happens | what was done | what Telegram received |", "|---|---|---|", *rows])
    print(table)
    if len(sys.argv) > 2:
        write(sys.argv[2], table)
    print(*wrong, sep="\n", end="" if not wrong else "\n", file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
