"""As root the children become somebody else and can do nothing; as an ordinary user all works the same."""

import os
import subprocess

import pytest

from support import proc
from support.daemon import ROLES, WATCHDOG, environment
from support.wait import wait_for

pytestmark = pytest.mark.root


@pytest.fixture
def roles(watch, dep):
    """Every role, once it serves: confined by the parent's filters and by its own."""
    daemon = watch(deps=f"git={dep.tcp('localhost')}")
    found = daemon.wait_roles(*ROLES)
    wait_for(lambda: all(filters(pid) > filters(daemon.pid) for pid in found.values()), "every role to be confined")
    return found


def filters(pid):
    return int(proc.status(pid)["Seccomp_filters"])


def test_no_child_is_root(roles):
    for role, pid in roles.items():
        ids = proc.status(pid)["Uid"].split() + proc.status(pid)["Gid"].split()
        assert "0" not in ids, role


def test_no_child_has_a_capability_a_group_or_a_way_to_gain_one(roles):
    for role, pid in roles.items():
        status = proc.status(pid)
        for line in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            assert int(status[line], 16) == 0, f"{role} {line}"
        assert status["Groups"] in ("", status["Gid"].split()[0]), role
        assert status["NoNewPrivs"] == "1", role


def test_no_child_can_be_looked_into_by_its_sibling(roles):
    for role, pid in roles.items():
        assert os.stat(f"/proc/{pid}/environ").st_uid == 0, f"{role} is dumpable"


def test_the_parent_keeps_no_more_than_it_needs(watch):
    daemon = watch()
    daemon.wait_roles("collector")
    kill, setgid, setuid = 1 << 5, 1 << 6, 1 << 7
    status = proc.status(daemon.pid)
    assert int(status["CapEff"], 16) & ~(kill | setgid | setuid) == 0
    assert status["NoNewPrivs"] == "1"


def test_no_child_holds_a_descriptor_that_is_not_its_own(roles):
    for role, pid in roles.items():
        strange = [d for d in proc.descriptors(pid).values()
                   if not d.startswith(("/dev/null", "socket:", "anon_inode:", "/proc/", "/memfd:", "pipe:"))]
        assert not strange, f"{role}: {strange}"


def test_no_child_has_the_environment_of_its_parent(watch, dep):
    daemon = watch(keys={"SECRET_OF_ANOTHER": "hidden-value", "HTTPS_PROXY": "http://127.0.0.1:1"}, deps=f"git={dep.tcp()}")
    for role, pid in daemon.wait_roles("collector", "brain", "notifier").items():
        names = {entry.split(b"=")[0] for entry in proc.environ(pid).split(b"\0") if entry}
        assert names <= {b"TZ", b"ASAN_OPTIONS", b"UBSAN_OPTIONS", b"LSAN_OPTIONS"}, role


def test_a_user_that_is_not_there_is_replaced_by_a_high_uid_that_is_said(watch):
    daemon = watch()
    daemon.wait_roles("collector")
    if not daemon.log_find(r"no user"):
        pytest.skip("there is a user watchdog on this host")
    assert daemon.log_find(rf"uid {proc.uid(daemon.role('collector'))}")


def test_a_configured_user_must_exist():
    from support.daemon import run
    done = run(keys={"WATCHDOG_USER": "no-such-user-here"})
    assert done.returncode == 78
    assert "no-such-user-here" in done.stderr


def test_a_configured_user_is_used(watch):
    daemon = watch(keys={"WATCHDOG_USER": "nobody"})
    assert proc.uid(daemon.role("brain")) == 65534


def test_an_ordinary_user_gets_the_same(start, telegram, telegram_keys, ordinary, dep):
    daemon = start(keys=ordinary.keys(telegram_keys), deps=f"git={dep.tcp('localhost')}", through=ordinary.command())
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    dep.up()
    telegram.wait(r"^🟢 dep git: recovered after ")
    assert proc.uid(daemon.role("collector")) == 65534


def test_a_configured_user_that_only_root_could_become_is_said(start, telegram_keys, ordinary):
    daemon = start(keys=ordinary.keys(telegram_keys), user="daemon", through=ordinary.command())
    daemon.wait_log('WATCHDOG_USER: only root can become "daemon": all processes stay uid 65534')
    daemon.wait_roles("collector", "brain")
    himself = start(keys=ordinary.keys(telegram_keys), user="nobody", through=ordinary.command())
    himself.wait_roles("collector", "brain")
    assert not himself.log_find("only root can become")


def test_a_user_of_a_thousand_groups_gets_the_same(ordinary):
    """As a directory service gives them: the kernel's words about a process are then longer than a page."""
    groups = range(1_000_000_000, 1_000_001_000)
    done = subprocess.run([*ordinary.command(*groups), str(WATCHDOG), "-1"], env=environment({}), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


ALONE = ("unshare", "--map-root-user")


def test_root_of_a_namespace_without_other_users_gets_the_same(watch, telegram, dep):
    daemon = watch(deps=f"git={dep.tcp('localhost')}", through=ALONE)
    found = daemon.wait_roles(*ROLES)
    assert daemon.log_find("user namespace has nobody else to become")
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    for role, pid in found.items():
        assert int(proc.status(pid)["CapEff"], 16) == 0, role


def test_a_configured_user_that_the_namespace_does_not_have_is_an_error():
    done = subprocess.run([*ALONE, str(WATCHDOG), "-1"], env=environment({"WATCHDOG_USER": "nobody"}), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 78
    assert 'expected a user that this user namespace lets us become, found "nobody"' in done.stderr


def test_programs_in_a_folder_that_only_root_may_enter(tmp_path):
    from support.daemon import STAGE
    script = f"""
        mount -t tmpfs -o mode=0700 none {tmp_path} && mkdir {tmp_path}/{STAGE.name} &&
        mount --bind {STAGE} {tmp_path}/{STAGE.name} && mount --rbind {tmp_path} {STAGE.parent} && exec {WATCHDOG} -1"""
    done = subprocess.run(["unshare", "--mount", "sh", "-c", script], env=environment({}), capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
