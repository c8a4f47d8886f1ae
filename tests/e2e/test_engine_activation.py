"""
Where init listens in the engine's place (a socket unit), to connect is to start
an engine that a person has stopped.  Here this very file is init, in a process
namespace of its own, and the engine too.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

QUIET_S = 4


def as_init(folder, when):
    """The engine ends its stream, as one that is stopped does; whatever asks it from then on would have started it."""
    from support.daemon import Daemon
    from support.fake_engine import FakeEngine, container, reply
    from support.wait import wait_for
    assert os.getpid() == 1
    engine = FakeEngine(Path(folder) / "docker.sock")
    engine.containers = [container("web")]
    daemon = Daemon({"WATCHDOG_DOCKER_SOCK": engine.path, "WATCHDOG_CONTAINERS": "*", "WATCHDOG_INTERVAL_S": "0.5"}, "-v")
    try:
        daemon.wait_log(r"container:web +ok", timeout=20)
        wait_for(lambda: engine.streams, "its event stream")
        if when == "in a look":
            before = len(engine.requests)
            engine.behave["version"] = lambda connection, good: time.sleep(1) or reply(connection, good)
            wait_for(lambda: any("/version" in r for r in engine.requests[before:]), "a question that waits for its answer")
        engine.cut_streams()
        daemon.wait_log("no events")
        time.sleep(1.5)  # what was under way
        asked = len(engine.requests)
        time.sleep(QUIET_S)
        print(f"asked {len(engine.requests) - asked} times in {QUIET_S} s")
        wait_for(lambda: engine.streams, "a look after the pause", 20)
        print("asked again after the pause")
    finally:
        print(daemon.story())
        daemon.stop()
        engine.close()


@pytest.mark.root
@pytest.mark.parametrize("when", ["between looks", "in a look"])
def test_an_engine_that_init_would_start_is_left_alone_for_a_while(short_dir, when):
    done = subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", sys.executable, __file__, short_dir, when],
                          capture_output=True, text=True, timeout=100, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert re.search(r"^asked 0 times", said, re.M), said
    assert "asked again after the pause" in said


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    as_init(*sys.argv[1:])
