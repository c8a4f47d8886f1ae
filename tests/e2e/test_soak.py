"""The soak itself, for seconds: its world holds together, and a call that is refused would be counted; by hand: ./dev soak."""

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support import kernel_audit
from support.daemon import STAGE
from support.kernel_audit import CONTROL, KernelAudit
from support.wait import PATIENCE, wait_for

SOAK = Path(__file__).parents[1] / "tools" / "soak.py"
LIMIT_S = 240


def soak(*args):
    done = subprocess.run([sys.executable, SOAK, STAGE, *args], env={**os.environ, "PYTHONIOENCODING": "utf-8"}, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=LIMIT_S * PATIENCE, check=False)
    print(done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.root
@pytest.mark.limit(LIMIT_S + 20)
@pytest.mark.parametrize("length", [("--minutes", "0.5"), ("--day", "0.05")], ids=["real", "hurried"])
def test_no_process_dies_and_no_call_is_refused(length):
    done = soak(*length)
    assert done.returncode == 0
    assert "every process lived: yes" in done.stdout
    assert "refusals" in done.stdout


@pytest.mark.limit(LIMIT_S + 20)
def test_hours_of_the_brain_grow_nothing():
    """Six hours: the first is for its history to fill."""
    done = soak("--replay", "6")
    assert done.returncode == 0
    assert "GROWS" not in done.stdout and "not judged" not in done.stdout


@pytest.mark.parametrize("grown, fds, well", [(0, 10, True), (20, 10, False), (0, 30, False)], ids=["steady", "memory", "descriptors"])
def test_what_grows_is_seen(monkeypatch, capsys, grown, fds, well):
    """Ten hours with a memory that goes up and down by 40 KiB, and grows by so much an hour; or descriptors that are left open."""
    monkeypatch.syspath_prepend(str(SOAK.parent))
    judge = importlib.import_module("soak").judge

    def at(second):
        memory = 1000 + 20 * (second % 7 - 3) // 3 + grown * second // 3600
        return {"brain": {"anonymous": memory, "private": memory, "fds": fds if second == 36000 else 10}}
    assert judge([(s, at(s)) for s in range(0, 36001, 100)], 3600, 8) is well
    assert ("GROWS" in capsys.readouterr().out) is not well


@pytest.fixture
def audit():
    try:
        listening = KernelAudit()
        listening.control()
    except kernel_audit.NotHeard as why:
        pytest.skip(str(why))
    yield listening
    listening.close()


@pytest.mark.root
def test_a_refusal_and_a_death_are_counted_for_their_own_folder_alone(audit, tmp_path):
    stage, other = tmp_path / "a stage", tmp_path / "a stage of others"
    for folder in (stage, other):
        folder.mkdir()
        shutil.copy(os.path.realpath(sys.executable), folder / "python")
    subprocess.run([other / "python", "-c", CONTROL], check=False, timeout=60)
    subprocess.run([stage / "python", "-c", CONTROL], check=False, timeout=60)
    wait_for(lambda: len(audit.of(stage)) == 2, "both lines")
    assert len(audit.of(tmp_path)) == 4
    audit.forget_others(stage)
    assert len(audit.of(stage)) == 2
