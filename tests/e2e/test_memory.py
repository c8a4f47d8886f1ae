"""What a burst took is given back, though something that was made last is kept."""

import pytest

from support import proc
from support.fake_engine import FakeEngine, container
from support.wait import wait_for

GIVEN_BACK_S = 60  # the longest from one time to the next, and a heartbeat
CONTAINERS = 4000
SPARE_KIB = 512


def anonymous(pid):
    return proc.memory_kib(pid)["anonymous"]


@pytest.mark.root
@pytest.mark.limit(180)
def test_what_a_crowd_of_containers_took_goes_back(watch, telegram, short_dir, closing):
    few = [container(f"steady{i}") for i in range(10)]
    engine = closing(FakeEngine(short_dir / "docker.sock"))
    engine.containers = few
    daemon = watch(docker_sock=engine.path, containers="*", docker_resync_s="0", http_timeout_s="20")
    daemon.wait_status(lambda s: len(s["signals"]) >= len(few), "the few containers")
    pid = daemon.role("brain")
    before = anonymous(pid)
    engine.containers = few + [container(f"crowd{i}-{'x' * 40}") for i in range(CONTAINERS)]
    daemon.wait_status(lambda s: len(s["signals"]) > CONTAINERS, "the crowd", 30)
    # One that came with the crowd stays.
    engine.containers = [*few, engine.containers[-1]]
    grown = anonymous(pid)
    assert grown > before + 2 * SPARE_KIB, "the crowd costs something"
    daemon.wait_status(lambda s: len(s["signals"]) < CONTAINERS, "the crowd's end", 60)
    wait_for(lambda: anonymous(pid) < before + SPARE_KIB, f"less than {before + SPARE_KIB} KiB, not {anonymous(pid)}", 2 * GIVEN_BACK_S)
    assert daemon.role("brain") == pid
