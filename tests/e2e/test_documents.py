"""What the documents say is so: files that they name exist, commands that they show run, every line of the log is explained."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from support.daemon import BRAIN, PLAIN, WATCHDOG, WATCHDOGCTL, run
from support.wait import PATIENCE

TOP = Path(__file__).parents[2]
DOCUMENTS = sorted([*TOP.glob("*.md"), *TOP.glob("doc/**/*.md")])
PAGES = sorted(TOP.glob("man/*.[1-8]"))
FOLDERS = "src|tests|doc|man|contrib"


def named(paths):
    return [pytest.param(p, id=str(p.relative_to(TOP))) for p in paths]


# --- files ---

@pytest.mark.parametrize("document", named(DOCUMENTS))
def test_links_lead_somewhere(document):
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text())
    dead = [link for link in links if "://" not in link and not (document.parent / link).exists()]
    assert dead == []


@pytest.mark.parametrize("document", named(DOCUMENTS))
def test_files_that_are_named_are_there(document):
    names = re.findall(rf"`((?:{FOLDERS})/[\w./*-]+)`", document.read_text())
    assert [name for name in names if not list(TOP.glob(name.rstrip("/")))] == []


def test_the_readme_leads_to_every_document_for_users():
    readme = (TOP / "README.md").read_text()
    assert [p.name for p in TOP.glob("doc/*.md") if f"(doc/{p.name})" not in readme] == []


# --- commands ---

def shown_commands(document):
    """Lines after `$ ` in blocks of shell, and in the examples of a manual page."""
    text = document.read_text()
    if document.suffix == ".md":
        text = "\n".join(re.findall(r"^```(?:sh|console)\n(.*?)^```", text, re.M | re.S))
    return [line.split("  #")[0].strip() for line in re.findall(r"^\$ (.+)$", text, re.M)]


WITH_COMMANDS = [p for p in DOCUMENTS + PAGES if shown_commands(p)]


def test_commands_are_shown():
    together = "\n".join(c for p in WITH_COMMANDS for c in shown_commands(p))
    for must in ("watchdog -n", "watchdog -1", "watchdog -T", "watchdog -t", "watchdog --find-chat", "watchdogctl status",
                 "watchdogctl explain", "watchdogctl health", "watchdog-brain --replay"):
        assert must in together


@pytest.mark.limit(180)
@pytest.mark.parametrize("document", named(WITH_COMMANDS))
def test_the_commands_run(document, watch, telegram, telegram_keys, tmp_path):
    daemon = watch(keys={"WATCHDOG_DEPS": "git=http://127.0.0.1:1/"})
    telegram.wait("dep git")
    telegram.updates = [{"message": {"chat": {"id": 1, "type": "private", "first_name": "Ann"}}}]
    for name in ("new.conf", ".env.watchdog"):
        (tmp_path / name).write_text("WATCHDOG_MEM_PCT=95\n")
    (tmp_path / "trace").write_text('{"now": 1000, "mem_used_pct": 99}\n')
    env = {**PLAIN, **telegram_keys, "WATCHDOG_CONTROL_SOCK": daemon.socket, "WATCHDOG_CONTAINERS": "",
           "PATH": os.pathsep.join([*(str(p.parent) for p in (WATCHDOG, WATCHDOGCTL, BRAIN)), PLAIN["PATH"]])}
    for command in shown_commands(document):
        done = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=env, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=60 * PATIENCE, check=False)
        # One look may find something wrong with the host that the tests run on.
        fine = (0, 1) if "watchdog -1" in command else (0,)
        assert done.returncode in fine, (command, done.stdout, done.stderr)


def test_the_status_in_the_readme_has_the_columns_of_today(watch, telegram):
    daemon = watch(keys={"WATCHDOG_DEPS": "git=http://127.0.0.1:1/"})
    telegram.wait("dep git")
    told = [line.split() for line in daemon.ctl("status").stdout.splitlines()]
    shown = [line.split() for line in (TOP / "README.md").read_text().splitlines()]
    for first in ("SIGNAL", "ROLE"):
        [columns] = [words for words in told if words[:1] == [first]]
        assert columns in shown


def told_by(program):
    return subprocess.run([program, "--help"], capture_output=True, text=True, check=True, cwd=TOP).stdout


def test_options_and_verbs_in_the_prose_exist():
    options, verbs = told_by(WATCHDOG), told_by(WATCHDOGCTL)
    for document in DOCUMENTS:
        text = document.read_text()
        for option in re.findall(r"\bwatchdog (--?[\w-]+)", text):
            assert f"{option}," in options or f"{option} " in options, (document.name, option)
        for verb in re.findall(r"`watchdogctl (\w+)", text):
            assert re.search(rf"^ +{verb}\b", verbs, re.M), (document.name, verb)


def test_commands_of_dev_in_the_prose_exist():
    known = subprocess.run(["./dev", "help"], capture_output=True, text=True, check=True, cwd=TOP).stdout
    for document in DOCUMENTS:
        for command in re.findall(r"(?:`| {4})\./dev ([a-z-]+)", document.read_text()):
            assert re.search(rf"^  {command}\b", known, re.M), (document.name, command)


# --- configuration ---

def shown_configurations(document):
    """Blocks of KEY=VALUE lines, in Markdown and in the manual."""
    blocks = re.findall(r"((?:^(?: {4})?WATCHDOG_\w+=.*\n)+)", document.read_text(), re.M)
    return [re.sub(r"^ +", "", block, flags=re.M) for block in blocks]


WITH_CONFIGURATIONS = [p for p in DOCUMENTS + PAGES if shown_configurations(p)]


@pytest.mark.parametrize("document", named(WITH_CONFIGURATIONS))
def test_the_configurations_are_valid(document, telegram, tmp_path):
    (tmp_path / "token").write_text(telegram.TOKEN + "\n")
    for block in shown_configurations(document):
        (tmp_path / "conf").write_text(block.replace("/etc/watchdog.token", f"{tmp_path}/token"))
        done = run("-n", "-f", tmp_path / "conf", quick=False)
        assert (done.returncode, done.stderr) == (0, ""), block


def test_configurations_are_shown():
    assert {p.name for p in WITH_CONFIGURATIONS} >= {"README.md", "first-steps.md", "watchdog.conf.5"}


# --- the log ---

STRINGS = re.compile(r'\blog_(?:warning|error)\(\s*((?:"(?:[^"\\]|\\.)*"|[A-Z_]+[A-Z0-9_]*|PRI\w+|\s)+)')
CONVERSION = re.compile(r"%[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?(?:hh|h|ll|l|z)?[a-zA-Z]|%$")


def lines_of_the_log():
    """Each text of level warning and up in the sources, as its parts between what differs."""
    for source in sorted(TOP.glob("src/**/*.c")):
        for match in STRINGS.finditer(source.read_text()):
            text = "".join(re.sub(r"\\(.)", r"\1", s) for s in re.findall(r'"((?:[^"\\]|\\.)*)"', match[1]))
            parts = [p.strip() for p in CONVERSION.split(text)]
            if any(len(p) > 3 for p in parts):
                yield source, [p for p in parts if p]


def test_every_line_of_the_log_is_explained():
    rows = re.findall(r"^\| `(.*?)` \|", (TOP / "doc" / "log.md").read_text(), re.M)
    found = list(lines_of_the_log())
    assert len(found) > 60
    missing = [(source.name, parts) for source, parts in found
               if not any(re.search(".*".join(map(re.escape, parts)), row) for row in rows)]
    assert missing == []
