"""contrib/pre-commit: what is staged counts, and only what is wrong keeps a commit from being made."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HOOK = Path(__file__).parents[2] / "contrib" / "pre-commit"
PLAIN = {"PATH": os.environ["PATH"], "HOME": "/nowhere", "GIT_CONFIG_NOSYSTEM": "1"}

pytestmark = pytest.mark.skipif(not all(map(shutil.which, ("git", "shellcheck", "mandoc"))), reason="needs git, shellcheck, mandoc")


@pytest.fixture
def commit(tmp_path):
    """commit(name, text): what the hook says of a file that is about to be committed."""
    subprocess.run(["git", "init", "-q", tmp_path], env=PLAIN, check=True)

    def ask(name, text, later=None):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
        subprocess.run(["git", "add", name], cwd=tmp_path, env=PLAIN, check=True)
        if later is not None:
            (tmp_path / name).write_text(later)
        return subprocess.run([HOOK], cwd=tmp_path, env=PLAIN, capture_output=True, text=True, check=False, timeout=60)
    return ask


def test_what_is_well_may_be_committed(commit):
    done = commit("run", "#!/bin/sh\necho well\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("text", ["<<<<<<< ours\n", "=======\n", ">>>>>>> theirs\n", "int x; /* TO" "DO */\n", "int x; \n"])
def test_a_stray_marker_or_white_space_is_named(commit, text):
    done = commit("a.c", text)
    assert done.returncode == 1
    assert "pre-commit: " in done.stderr


def test_a_script_is_held_against_shellcheck_whatever_it_is_called(commit):
    done = commit("run", "#!/bin/sh\ncd $1\n")
    assert done.returncode == 1
    assert "shellcheck" in done.stderr


def test_a_manual_page_is_held_against_mandoc(commit):
    assert commit("man/x.8", ".Dd November 26, 2026\n.Dt X 8\n.Os\n.Nonsense\n").returncode == 1


def test_what_is_staged_counts_not_what_lies_there(commit):
    assert commit("a.c", "int x; /* TO" "DO */\n", later="int x;\n").returncode == 1
