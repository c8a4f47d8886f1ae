"""A hundred random faults among random incidents, and a ledger that must balance; by hand: ./dev chaos."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.daemon import STAGE
from support.wait import PATIENCE

CHAOS = Path(__file__).parents[1] / "tools" / "chaos.py"
LIMIT_S = 480


@pytest.mark.limit(LIMIT_S + 20)
def test_a_hundred_faults_lose_nothing():
    environment = {**os.environ, "WATCHDOG_STAGE": str(STAGE), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, CHAOS, STAGE, "--faults", "100", "--pace", "0.5"], env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=LIMIT_S * PATIENCE, check=False)
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    assert "nothing lost, nothing out of order" in done.stdout
