"""An IPv6 that goes nowhere does not stop IPv4."""

import contextlib
import socket

import pytest

pytestmark = pytest.mark.root

HOSTS = "::1 localhost\n127.0.0.1 localhost\n"
MOUNT = 'mount --bind "$0" /etc/hosts && exec "$@"'


@pytest.fixture
def nowhere(telegram):
    """At Telegram's port, by IPv6, a queue that is full: who connects there is left without any answer."""
    with contextlib.ExitStack() as held:
        server = held.enter_context(socket.socket(socket.AF_INET6, socket.SOCK_STREAM))
        server.bind(("::1", telegram.port))
        server.listen(0)
        for _ in range(8):
            client = held.enter_context(socket.socket(socket.AF_INET6, socket.SOCK_STREAM))
            client.setblocking(False)
            client.connect_ex(("::1", telegram.port))
        probe = held.enter_context(socket.socket(socket.AF_INET6, socket.SOCK_STREAM))
        probe.settimeout(1.5)
        with pytest.raises(TimeoutError):
            probe.connect(("::1", telegram.port))
        yield server


def test_telegram_is_reached_by_ipv4_though_ipv6_comes_first_and_goes_nowhere(watch, telegram, dep, short_dir, nowhere):
    hosts = short_dir / "hosts"
    hosts.write_text(HOSTS)
    hosts.chmod(0o644)
    daemon = watch(deps=f"git={dep.tcp()}", http_timeout_s="10",
                   through=("unshare", "--mount", "--propagation", "private", "sh", "-c", MOUNT, str(hosts)))
    dep.down()
    telegram.wait(r"^🔴 dep git: ", timeout=25)
    assert not daemon.log_find("not delivered"), "at the first attempt"
