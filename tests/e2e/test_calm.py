"""What is decided and not told: under its cause, or because it keeps changing."""

import socket

import pytest

from support.dependency import Dependency
from support.wait import never, wait_for


@pytest.fixture
def router(closing):
    return closing(Dependency())


def test_a_cause_covers_what_depends_on_it(watch, telegram, dep, router):
    daemon = watch(deps=f"api={dep.tcp()},router={router.tcp()}", depends="dep:api>dep:router")
    daemon.wait_roles("collector", "brain", "notifier")
    router.down()
    telegram.wait(r"^🔴 dep router: .* \(1 dependency covered\)$")
    dep.down()
    daemon.wait_log(r"alert dep:api")
    router.up()
    telegram.wait(r"^🟢 dep router: recovered after ")
    telegram.wait(r"^🔴 dep api: ")
    dep.up()
    telegram.wait(r"^🟢 dep api: recovered after ")
    # Each once; in one message, if the first of them had to wait for its turn.
    assert len([line for line in telegram.lines() if " dep " in line]) == 4


@pytest.fixture
def own_address():
    """An address of this host that is not the loopback's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(("192.0.2.1", 9))
        return s.getsockname()[0]


def test_the_hosts_own_network_is_one_incident(watch, telegram, closing, own_address):
    class Remote(Dependency):
        address = own_address
    # Looks are asked for, so that none sees the one of them down and the other up.
    git, web = closing(Remote()), closing(Remote())
    daemon = watch(deps=f"git={git.tcp(own_address)},web={web.tcp(own_address)}", interval_s="3600")
    daemon.wait_looked()
    telegram.down()
    git.down()
    web.down()
    wait_for(lambda: daemon.look() or daemon.log_find(r"alert network"), "the network's alert")
    git.up()
    web.up()
    wait_for(lambda: daemon.look() or daemon.log_find(r"recovery network"), "the network's recovery")
    telegram.up()
    told = telegram.wait(r"🟢 network: this host's network was down .*|🔴 network: ", timeout=70)
    never(lambda: telegram.find(r"dep (git|web)"), "a dependency that was covered", 2)
    assert told.lines[0].startswith(("🟢 network", "🔴 network"))


def test_a_circle_of_causes_is_refused(start):
    daemon = start(depends="dep:a>dep:b,dep:b>dep:a", deps="a=tcp://a:1,b=tcp://b:1")
    daemon.expect_exit = 78
    assert daemon.wait_exit() == 78
    assert "WATCHDOG_DEPENDS: expected no circle of what depends on what, found \"dep:b>dep:a>dep:b\"" in daemon.log


def test_what_keeps_changing_is_told_to_flap_and_then_how_it_ended(watch, telegram, dep):
    daemon = watch(deps=f"git={dep.tcp()}", flap_changes="3", flap_window_s="8", interval_s="3600")
    daemon.wait_looked()
    for change, (turn, told) in enumerate([(dep.down, "🔴"), (dep.up, "🟢")] * 3):
        turn()
        daemon.look()
        if change < 3:  # each by itself: what has not left yet is told in one line with what follows
            telegram.wait(f"^{told} dep git: ", count=change // 2 + 1)
    telegram.wait(r"^🌀 dep git: flapping, 4 changes in ")
    assert len(daemon.log_find(r"recovery dep:git")) == 3
    wait_for(lambda: daemon.look() or telegram.find(r"^🟢 dep git: recovered after .*, steady for 8 s$"), "that it is steady")
    assert len(telegram.find("🔴 dep git")) == 2
    assert len(telegram.find("🌀")) == 1
