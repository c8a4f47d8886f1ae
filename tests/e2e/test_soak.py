"""The soak itself, for seconds: its world holds together, and a call that is refused would be counted; by hand: ./dev soak."""

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
