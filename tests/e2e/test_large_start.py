"""As much as may be configured, and as much state as may be kept, is told to a process that starts."""

import struct
import zlib

import pytest

from support.daemon import ROLES

HEAD = 64
SNAPSHOT_MAX = (16 << 20) - (64 << 10)


def entries(text, n, size=60):
    """n of them, as long as a list of so many may be."""
    return ",".join(text.format(f"{i:03}").replace("~", "x" * (size - 1 - len(text.format("000")) + 1)) for i in range(n))


@pytest.fixture
def largest():
    return {
        "WATCHDOG_DISK_PATHS": entries("/proc/{}~", 1000),
        "WATCHDOG_CONTAINERS": entries("c{}~", 1000),
        "WATCHDOG_DEPS": entries("n~{}=tcp://127.0.0.1:1", 1000),
        "WATCHDOG_DEPENDS": entries("container:{}~>container:database", 200, 270),
        "WATCHDOG_DOCKER_SOCK": "/nowhere/docker.sock",
        "WATCHDOG_HTTP_TIMEOUT_S": "5",
        "WATCHDOG_INTERVAL_S": "30",
    }


def written(path, snapshot):
    head = struct.pack(">IHQQII", 0x5744534b, 1, 7, 7, len(snapshot), zlib.crc32(snapshot))
    path.write_bytes((head + struct.pack(">I", zlib.crc32(head))).ljust(HEAD, b"\0") + snapshot)
    path.chmod(0o600)


def test_a_brain_starts_with_the_largest_configuration_and_state(watch, largest, tmp_path):
    """What is in the state makes no sense here, which it is the brain that says."""
    state = tmp_path / "state" / "alerts"
    state.parent.mkdir(mode=0o700)
    written(state, bytes(SNAPSHOT_MAX))
    daemon = watch(keys=largest, state_file=state)
    daemon.wait_log(r"brain: the kept state cannot be used \(incomplete\): starting clean", timeout=30)
    daemon.wait_roles(*(r for r in ROLES if r != "resolver"), timeout=30)
    daemon.wait_status(lambda s: all(r["restarts"] == 0 for r in s["roles"]), "every role at its first start", 30)
