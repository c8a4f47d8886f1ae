"""One crashed process is restarted and the rest goes on; a crash neither repeats nor forgets an alert."""

import os
import re
import shutil
import signal

import pytest

from support import proc
from support import telegram as tg
from support.daemon import ROLES, STAGE
from support.wait import never, wait_for


@pytest.fixture
def daemon(watch, telegram, telegram_keys, dep, app):
    """A daemon with every role at work and one incident told."""
    started = watch(deps=f"git={dep.tcp('localhost')},web={app.url('/metrics')}")
    started.expect_deaths = True
    started.wait_roles(*ROLES)
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    started.wait_told()
    return started


@pytest.mark.parametrize("role", ROLES)
def test_kill_9_is_survived_named_and_neither_repeats_nor_forgets(daemon, telegram, dep, app, role):
    old = daemon.role(role)
    os.kill(old, signal.SIGKILL)
    daemon.wait_log(rf"{role}.*\b{old}\b.*SIGKILL")
    daemon.wait_new(role, old)
    app.down()
    telegram.wait(r"^🔴 dep web: ", timeout=20)
    dep.up()
    telegram.wait(r"^🟢 dep git: recovered after ", timeout=20)
    assert len(telegram.find(r"🔴 dep git")) == 1
    assert daemon.running


@pytest.mark.root
def test_an_upgrade_under_our_feet_gives_no_children_of_another_version(watch, telegram, telegram_keys, dep, tmp_path):
    programs, another = STAGE / "libexec/watchdog", tmp_path / "programs"
    shutil.copytree(programs, another)
    os.chmod(tmp_path, 0o755)
    started = watch(deps=f"git={dep.tcp('localhost')}", through=("unshare", "--mount", "--propagation", "private", "sh", "-c",
                                                                  'mount --bind "$1" "$2" && shift 2 && exec "$@"', "sh", another, programs))
    started.expect_deaths = True
    started.wait_roles(*ROLES)
    for program in another.iterdir():
        shutil.copy("/bin/false", another / "new")
        os.replace(another / "new", program)
    for role in ROLES:
        old = started.role(role)
        os.kill(old, signal.SIGKILL)
        started.wait_new(role, old)
    dep.down()
    telegram.wait(r"^🔴 dep git: ", timeout=20)
    assert not started.log_find("ended with status")


def interpreter():
    """The dynamic linker that the roles' programs name; None if they are static."""
    program = next((STAGE / "libexec/watchdog").iterdir()).read_bytes()
    named = re.search(rb"/lib[^\0]*/ld-[^\0]+", program)
    return named and named.group().decode()


@pytest.mark.root
@pytest.mark.skipif(interpreter() is None, reason="a static build has no dynamic linker")
def test_an_upgrade_of_the_c_library_under_our_feet_leaves_children_that_can_be_started(watch, telegram, dep, tmp_path):
    """The dynamic linker is another file then, and it is the kernel that runs it."""
    linker = interpreter()
    folder = os.path.dirname(linker)
    shutil.copytree(folder, tmp_path / "lib", symlinks=False, ignore=lambda _, names: [n for n in names if n != os.path.basename(linker)])
    started = watch(deps=f"git={dep.tcp('localhost')}", through=("unshare", "--mount", "--propagation", "private", "sh", "-c",
                                                                  'mount --bind "$1" "$2" && shift 2 && exec "$@"', "sh", tmp_path / "lib", folder))
    started.expect_deaths = True
    started.wait_roles(*ROLES)
    shutil.copy(linker, tmp_path / "lib/new")
    os.replace(tmp_path / "lib/new", tmp_path / "lib" / os.path.basename(linker))
    for role in ROLES:
        old = started.role(role)
        os.kill(old, signal.SIGKILL)
        started.wait_new(role, old)
    dep.down()
    telegram.wait(r"^🔴 dep git: ", timeout=20)


@pytest.mark.limit(120)
@pytest.mark.parametrize("role", ["collector", "brain", "notifier"])
def test_a_stopped_child_is_stuck_and_replaced(daemon, telegram, dep, role):
    old = daemon.role(role)
    os.kill(old, signal.SIGSTOP)
    daemon.wait_new(role, old, timeout=40)
    assert not proc.alive(old)
    assert daemon.log_find(rf"{role}.*\b{old}\b")
    dep.up()
    telegram.wait(r"^🟢 dep git: recovered after ", timeout=20)
    assert len(telegram.find(r"🔴 dep git")) == 1


@pytest.mark.limit(150)
def test_a_brain_that_hangs_after_long_service_keeps_its_snapshot(daemon, telegram, dep):
    for _ in range(3):
        old = daemon.role("brain")
        os.kill(old, signal.SIGSTOP)
        daemon.wait_new("brain", old, timeout=40)
        daemon.wait_status(lambda s: s["signals"], "a brain that serves", 20)
    assert not daemon.log_find("without its snapshot")
    dep.up()
    telegram.wait(r"^🟢 dep git: recovered after ", timeout=20)
    assert len(telegram.find(r"🔴 dep git")) == 1


def test_all_children_at_once(daemon, telegram, dep):
    old = daemon.roles()
    for pid in old.values():
        os.kill(pid, signal.SIGKILL)
    for role, pid in old.items():
        daemon.wait_new(role, pid)
    dep.up()
    telegram.wait(r"^🟢 dep git: recovered after ", timeout=20)
    assert len(telegram.find(r"🔴 dep git")) == 1


def test_a_message_that_was_on_its_way_is_sent_by_the_next_notifier(daemon, telegram, dep):
    telegram.always(tg.hang)
    before = len(telegram.attempts)
    dep.up()
    telegram.wait_attempts(before + 1)
    telegram.well()
    os.kill(daemon.role("notifier"), signal.SIGKILL)
    telegram.wait(r"^🟢 dep git: ", timeout=15)


def test_a_message_that_waits_survives_the_brain(daemon, telegram, dep):
    telegram.always(tg.server_error)
    before = len(telegram.attempts)
    dep.up()
    telegram.wait_attempts(before + 1)
    os.kill(daemon.role("brain"), signal.SIGKILL)
    telegram.well()
    telegram.wait(r"^🟢 dep git: ", timeout=20)
    never(lambda: len(telegram.find("🟢 dep git")) > 1, "a repetition", 2)


@pytest.mark.parametrize("stopped", [False, True], ids=["running", "with a stopped child"])
def test_the_children_do_not_outlive_the_parent(daemon, stopped):
    children = daemon.roles()
    if stopped:
        os.kill(children["brain"], signal.SIGSTOP)
        wait_for(lambda: proc.stopped(children["brain"]), "the brain to be stopped")
    daemon.expect_exit = -signal.SIGKILL
    daemon.process.kill()
    wait_for(lambda: not any(proc.alive(p) for p in children.values()), "the children's end")


def test_a_child_that_keeps_dying_is_an_alarm_of_its_own(daemon, telegram):
    for _ in range(3):
        old = daemon.role("collector")
        os.kill(old, signal.SIGKILL)
        daemon.wait_new("collector", old)
    telegram.wait(r"🔴 watchdog.collector", timeout=20)


def test_no_child_has_a_way_to_our_terminal(daemon):
    for role, pid in daemon.roles().items():
        for number in (0, 1, 2):
            assert proc.descriptors(pid)[number] == "/dev/null", role


def test_restarts_leak_no_descriptors(daemon):
    wait_for(lambda: len(daemon.roles()) == len(ROLES), "all roles")
    before = len(proc.descriptors(daemon.pid))
    for role in ("collector", "notifier", "resolver"):
        old = daemon.role(role)
        os.kill(old, signal.SIGKILL)
        daemon.wait_new(role, old)
    wait_for(lambda: len(proc.descriptors(daemon.pid)) <= before, f"the parent back at {before} descriptors")


@pytest.mark.limit(120)
def test_a_resolver_that_hangs_is_our_own_trouble_and_not_a_dependencys(watch, telegram, dep):
    """A new collector knows no addresses yet, and nobody tells it any until the parent has replaced the resolver."""
    daemon = watch(deps=f"git={dep.tcp('localhost')},web=http://localhost:{dep.port}/", http_timeout_s="2", dep_down_ticks="2")
    daemon.expect_deaths = True
    wait_for(lambda: (daemon.row("dep:git") or {}).get("state") == "ok", "git seen")
    # The notifier knows Telegram's address from now on.
    dep.down()
    telegram.wait(r"^🔴 dep web: ", timeout=20)
    dep.up()
    telegram.wait(r"^🟢 dep web: ", timeout=20)
    wait_for(lambda: telegram.find(r"^🟢 dep git: "), "git to be well")
    daemon.wait_told()
    told = len(telegram.find(r"^🔴 dep"))
    resolver, collector = daemon.role("resolver"), daemon.role("collector")
    os.kill(resolver, signal.SIGSTOP)
    os.kill(collector, signal.SIGKILL)
    why = "cannot be looked at for a reason of watchdog's own: name look-up: the resolver does not answer"
    for name in ("git", "web"):
        telegram.wait(rf"^🔴 source dep:{name}: {why}", timeout=30)
    daemon.wait_new("resolver", resolver, timeout=60)
    for name in ("git", "web"):
        telegram.wait(rf"^🟢 source dep:{name}: recovered after .*, looked at again", timeout=30)
    assert len(telegram.find(r"^🔴 dep")) == told
    dep.down()
    telegram.wait(r"^🔴 dep git: not answering: connection refused", count=2, timeout=30)
