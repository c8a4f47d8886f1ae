"""
The documents, and the commands that they show: lines behind `$ ` in blocks of sh or console, and behind a prompt in the examples of
the manual.  Each has one place where a test runs it.
"""

import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path

from .wait import PATIENCE, wait_for

TOP = Path(__file__).parents[3]
DOCUMENTS = sorted([*TOP.glob("*.md"), *TOP.glob("doc/**/*.md")])
PAGES = sorted(TOP.glob("man/*.[1-8]"))

# The first that matches: on a docker host (test_docker_host.py), in this tree (test_documents.py), as root of a host where
# it is installed (test_documents_host.py), beside a daemon that runs (test_documents.py).
PLACES = (
    ("docker", r"^(?:[A-Z_]+=(?:\$\([^)]*\)|\S+) )*docker\b"),
    ("tree", r"^(?:\./dev|build/)"),
    ("host", r"^(?:sudo|make|systemctl|journalctl|\./autogen\.sh|\./configure)\b|/etc/"),
    ("here", ""),
)
# What goes on until Ctrl-C.
BY_HAND = r"^watchdogctl record\b|^\./dev run$"

PROMPT = r"^\$ (.+)$"
MANUAL_PROMPT = r"^(?:\.Dl )?[#$] (.+)$"

def blocks(text):
    return re.findall(r"^```(?:sh|console)\n(.*?)^```", text, re.M | re.S)


def shown_commands(document):
    text, prompt = document.read_text(), MANUAL_PROMPT
    if document.suffix == ".md":
        text, prompt = "\n".join(blocks(text)), PROMPT
    lines = re.findall(prompt, re.sub(r"\\\n\s*", "", text), re.M)
    return [re.sub(r"\s{2,}#.*", "", line).strip() for line in lines]


def place(line):
    return next(name for name, pattern in PLACES if re.search(pattern, line))


def commands(document, where):
    return [line for line in shown_commands(document) if place(line) == where]


def with_commands(where):
    return [document for document in DOCUMENTS + PAGES if commands(document, where)]


# --- running one ---

def fine(line):
    """How it may end: one look may find something wrong with the host that the tests run on, and a recording ends by Ctrl-C."""
    if re.search(r"\bwatchdog -1\b", line):
        return (0, 1)
    return (128 + signal.SIGINT,) if line.startswith("watchdogctl record") else (0,)


def run_line(line, limit=60, through=(), **more):
    """A line as a shell runs it, to its end or, where a person ends it, until it has said something and then Ctrl-C."""
    if re.search(BY_HAND, line):
        return _until_ctrl_c(line, through, **more)
    return subprocess.run([*through, "sh", "-c", line], capture_output=True, text=True, timeout=limit * PATIENCE, check=False,
                          stdin=subprocess.DEVNULL, **more)


def _hear_ctrl_c():
    """What a shell runs in the background does not, as a person's foreground does."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _until_ctrl_c(line, through, cwd, **more):
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen([*through, "sh", "-c", f"trap : INT\n{line}"], cwd=cwd, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                                   start_new_session=True, preexec_fn=_hear_ctrl_c, **more)
        into = Path(cwd) / (re.search(r">\s*(\w+)$", line) or " /")[1]

        def something():
            said.seek(0)
            return process.poll() is not None or " starts on " in said.read() or into.is_file() and into.stat().st_size
        try:
            wait_for(something, f"a word of {line}", 120)
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(30 * PATIENCE)
        said.seek(0)
        return subprocess.CompletedProcess(line, process.returncode, said.read(), "")
