"""A path whose file system never answers costs that path's signal, and nothing else."""

import pytest

from support import dead_fs, proc
from support.wait import never, wait_for

pytestmark = [pytest.mark.root, pytest.mark.limit(120)]
ABANDONED_MAX = 4


@pytest.fixture
def mounts(short_dir):
    """mounts(n): so many file systems that can die."""
    reason = dead_fs.why_not()
    assert reason is None, reason
    made = []

    def add(count=1):
        for i in range(count):
            folder = short_dir / f"d{i}"
            folder.mkdir()
            made.append(dead_fs.DeadFs(folder))
        return made
    yield add
    for fs in made:
        fs.close()


@pytest.fixture
def freed(start, mounts):
    """Before the daemon is judged: whoever hangs in a file system is let go."""
    made = mounts(0)
    yield
    for fs in made:
        fs.revive()


@pytest.fixture
def watched(watch, dep, freed):
    def begin(mounted, **keys):
        daemon = watch(disk_paths=",".join(["/", *(fs.path for fs in mounted)]), http_timeout_s="1",
                       deps=f"git={dep.tcp()}", **keys)
        daemon.expect_deaths = True
        daemon.wait_roles("collector", "brain", "notifier", "prober")
        for fs in mounted:
            wait_for(lambda fs=fs: fs.asked, f"a first look at {fs.path}")
        return daemon
    return begin


def left_behind(daemon):
    return [int(line.split("(pid ")[1].split(")")[0]) for line in daemon.log_find("the prober .* does not die: it is left behind")]


def test_a_file_system_that_dies_is_told_and_nothing_else_suffers(mounts, watched, telegram, dep):
    [fs] = mounts()
    daemon = watched([fs], disk_crit_enabled="yes", disk_crit_pct="99")
    before = daemon.roles()
    fs.die()
    telegram.wait(rf"^🔴 source disk:{fs.path}: cannot be read: does not answer", timeout=30)
    fresh = daemon.wait_new("prober", before["prober"], timeout=30)
    [old] = left_behind(daemon)
    assert old == before["prober"] and proc.alive(old), "it hangs in the kernel"
    dep.down()
    telegram.wait(r"^🔴 dep git: ", timeout=20)
    dep.up()
    telegram.wait(r"^🟢 dep git: ", timeout=20)
    asked = fs.asked
    never(lambda: fs.asked > asked or telegram.find("disk:/:|source mem"), "another look at it, or another's alarm", 3)
    after = daemon.roles()
    assert after["prober"] == fresh, "the new one is not lost in it, too"
    assert {r: after[r] for r in ("collector", "brain", "notifier")} == {r: before[r] for r in ("collector", "brain", "notifier")}


def test_the_other_disks_are_still_judged(mounts, watched, telegram):
    [fs] = mounts()
    daemon = watched([fs], disk_crit_enabled="yes", disk_crit_pct="1", disk_clear_pct="1", interval_s="3600")
    telegram.wait(r"^🔴 disk /: ")
    fs.die()
    old = daemon.role("prober")
    daemon.tick()
    daemon.wait_new("prober", old, timeout=30)
    for _ in range(3):
        daemon.tick()
        never(lambda: telegram.find(r"🟢 disk /: |source disk:/:"), "no data of /", 1.5)
    telegram.wait(rf"^🔴 source disk:{fs.path}: ", timeout=20)


def test_at_most_four_are_left_behind(mounts, watched, telegram, dep):
    dying = mounts(ABANDONED_MAX + 2)
    daemon = watched(dying)
    for fs in dying:
        fs.die()
    for fs in dying:
        telegram.wait(rf"🔴 .*disk:{fs.path}\b", timeout=60)  # five of a kind are one line
    wait_for(lambda: len(left_behind(daemon)) == ABANDONED_MAX, "four left behind", 40)
    never(lambda: len(left_behind(daemon)) > ABANDONED_MAX, "a fifth", 5)
    dep.down()
    telegram.wait(r"^🔴 dep git: ", timeout=20)
    assert not telegram.find(r"source mem")


def test_a_file_system_that_comes_back_is_looked_at_again(mounts, watched, telegram):
    [fs] = mounts()
    daemon = watched([fs])
    fs.die()
    telegram.wait(rf"^🔴 source disk:{fs.path}: ", timeout=30)
    wait_for(lambda: left_behind(daemon), "one left behind", 20)
    fs.revive()
    telegram.wait(rf"^🟢 source disk:{fs.path}: recovered after .*readable", timeout=30)
    wait_for(lambda asked=fs.asked: fs.asked > asked, "further looks at it")


def test_one_that_hangs_but_lets_itself_be_killed_costs_one_prober(mounts, watched, telegram):
    """The server is not there to read the request: the kernel lets a killed process go."""
    [fs] = mounts()
    daemon = watched([fs])
    first = daemon.role("prober")
    fs.ignore()
    telegram.wait(rf"^🔴 source disk:{fs.path}: ", timeout=30)
    second = daemon.wait_new("prober", first, timeout=30)
    assert not left_behind(daemon)
    never(lambda: daemon.roles().get("prober", second) != second, "another prober lost", 5)
