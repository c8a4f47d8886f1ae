"""What the documents say is so: files that they name exist, commands that they show run, every line of the log is explained."""

import os
import re
import subprocess

import pytest

from support.daemon import BRAIN, PLAIN, WATCHDOG, WATCHDOGCTL, run
from support.documents import DOCUMENTS, PAGES, TOP, commands, fine, place, run_line, shown_commands, with_commands

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

# Where a command that stands in a sentence is run; a command that is a line of its own stands in a block, and is run from there.
IN_SENTENCES = {
    "./autogen.sh && ./configure && make && make check": "step by step by ./dev check",
    "./autogen.sh && ./configure && make && make check && make install": "step by step by ./dev check, and installed by test_documents_host.py",
    "make check": "a step of ./dev check",
    "./configure --sysconfdir": "by ./dev deb: contrib/debian/rules",
    "./configure --with-systemdsystemunitdir": "with its folder by test_documents_host.py, without by the Debian package's build",
    "apt install monit prometheus prometheus-alertmanager prometheus-node-exporter prometheus-blackbox-exporter":
        "what other monitors cost is measured by hand: doc/performance.md has what came of it",
    "mount --make-rshared /": "by each test with an engine: support/engine.py",
    "systemctl reload": "by test_systemd_host.py, with the unit's name",
    "systemctl restart": "by test_systemd_host.py, with the unit's name",
    "systemctl stop": "by test_systemd_host.py, with the unit's name",
    "journalctl -u watchdog": "by test_systemd.py, with its options",
    "journalctl -p warning -u watchdog": "by test_systemd_host.py, with its options",
    "journalctl -k": "the kernel's log is not to be had in a test's host",
}
SHELL = r"(?:sudo|make|systemctl|journalctl|apt|apt-get|dpkg|mkdir|chmod|chown|umask|stat|mount|git|\(umask|\./(?!dev\b)\w|[A-Z_]+=/\S+ \w)"
WORDS = r"(?:\$ |# )?(?:sudo|make|systemctl|journalctl|apt|apt-get|dpkg|mkdir|docker (?:build|compose|exec|import|logs|run)|watchdog|watchdogctl|watchdog-brain|\(umask|\./|build/|[A-Z_]+=\S+ [a-z])"


def together(where=None):
    return [line for p in DOCUMENTS + PAGES for line in shown_commands(p) if where in (None, place(line))]


def test_commands_are_shown():
    lines = "\n".join(together())
    for must in ("watchdog -n", "watchdog -1", "watchdog -T", "watchdog -t", "watchdog --find-chat", "watchdogctl status",
                 "watchdogctl explain", "watchdogctl health", "watchdog-brain --replay", "docker build", "docker compose", "make install",
                 "systemctl enable", "./dev run", "./dev stage"):
        assert must in lines


def test_a_command_is_behind_a_prompt():
    """Else nothing would run it: one in an indented block, or in a fence without a prompt."""
    for document in DOCUMENTS:
        text = re.sub(r"^```(?:sh|console)\n.*?^```", "", document.read_text(), flags=re.M | re.S)
        loose = re.findall(rf"^(?:    |```\n){WORDS} .*$", text, re.M)
        assert [line for line in loose if not re.match(r" +watchdog +\d", line)] == [], document.name


def test_a_command_in_a_sentence_is_run_somewhere():
    found = {code for p in DOCUMENTS for code in re.findall(r"`([^`\n]+)`", p.read_text()) if re.match(rf"{SHELL}.* ", code)}
    shown = together()
    assert {code for code in found if not any(code in line for line in shown)} == set(IN_SENTENCES)


def test_each_command_has_a_place():
    counted = {where: len(together(where)) for where in ("docker", "tree", "host", "here")}
    print(f"commands of the documents, by where they are run: {counted}")
    assert min(counted.values()) >= 4 and sum(counted.values()) == len(together())


@pytest.mark.limit(180)
@pytest.mark.parametrize("document", named(with_commands("here")))
def test_the_commands_run(document, watch, telegram, telegram_keys, tmp_path):
    daemon = watch(keys={"WATCHDOG_DEPS": "git=http://127.0.0.1:1/"})
    telegram.wait("dep git")
    telegram.updates = [{"message": {"chat": {"id": 1, "type": "private", "first_name": "Ann"}}}]
    for name in ("new.conf", ".env.watchdog"):
        (tmp_path / name).write_text("WATCHDOG_MEM_PCT=95\n")
    env = {**PLAIN, **telegram_keys, "WATCHDOG_CONTROL_SOCK": daemon.socket, "WATCHDOG_CONTAINERS": "",
           "PATH": os.pathsep.join([*(str(p.parent) for p in (WATCHDOG, WATCHDOGCTL, BRAIN)), PLAIN["PATH"]])}
    for line in commands(document, "here"):
        done = run_line(line.replace("/usr/libexec/watchdog", str(BRAIN.parent)), cwd=tmp_path, env=env)
        assert done.returncode in fine(line), (line, done.stdout, done.stderr)


# The work tree with a layer above it that is thrown away: what ./dev installs there nobody else sees.
THROWN_AWAY = """set -e
layers=$(mktemp -d)
mount -t tmpfs tmpfs "$layers"
mkdir "$layers/up" "$layers/work"
mount -t overlay overlay -o "lowerdir=$1,upperdir=$layers/up,workdir=$layers/work" "$1"
umount -l "$layers"
rmdir "$layers"
cd "$1"
shift
exec "$@"
"""


@pytest.mark.root
@pytest.mark.limit(600)
@pytest.mark.parametrize("document", named(with_commands("tree")))
def test_the_commands_for_the_tree_run(document):
    env = {**os.environ, "WATCHDOG_CONTAINERS": ""}
    enter = ["unshare", "--mount", "sh", "-c", THROWN_AWAY, "sh", str(TOP)]
    for line in commands(document, "tree"):
        done = run_line(line, limit=300, through=enter, cwd=TOP, env=env)
        assert done.returncode in fine(line), (line, done.stdout, done.stderr)


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


@pytest.mark.root
def test_what_a_sandbox_allows_is_what_documents_show(telegram_keys):
    said = run("-T", keys=telegram_keys, timeout=60).stdout
    allowed = dict(re.findall(r"(?m)^(\w+) .* filter, (\d+) (?:calls|forbidden)", said))
    shown = {(str(p.relative_to(TOP)), role, number) for p in [*DOCUMENTS, *PAGES]
             for role, number in re.findall(r"(?m)^ *(\w+) +(?:running|\d+) .*(?:enforce|filter), (\d+) (?:calls|forbidden)", p.read_text())}
    assert len(shown) > len(allowed) > 5
    assert {(where, role, number) for where, role, number in shown if allowed[role] != number} == set()
