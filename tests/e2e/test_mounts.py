"""File systems as they come and go: what lies beneath is not measured in their place, and their inodes count."""

import os
import signal

import pytest

from support.auto_fs import AutoFs
from support.small_fs import SmallFs
from support.wait import never, wait_for

pytestmark = [pytest.mark.root, pytest.mark.limit(120)]
GONE = "nothing is mounted there any more"


@pytest.fixture
def mounts(short_dir):
    """mounts(name, …): a small file system there; all lie in one that is empty."""
    made = [SmallFs(short_dir / "beneath")]

    def add(name, **how):
        made.append(SmallFs(f"{made[0].path}/{name}", **how))
        return made[-1]
    yield add
    for fs in reversed(made):
        fs.close()


def seen(daemon, fs):
    """It was read."""
    row = daemon.row(f"disk:{fs.path}")
    return row is not None and row.get("value")


@pytest.fixture
def watched(watch):
    def begin(*paths, **keys):
        return watch(disk_paths=",".join(paths), disk_crit_enabled="yes", disk_crit_pct="97", **keys)
    return begin


def test_a_full_disk_that_is_unmounted_does_not_recover(mounts, watched, telegram):
    fs = mounts("data")
    fs.fill()
    watched(fs.path)
    telegram.wait(rf"^🔴 disk {fs.path}: 100 % used")
    fs.unmount()
    telegram.wait(rf"^🔴 source disk:{fs.path}: {GONE}")
    never(lambda: telegram.find(r"🟢"), "a recovery, though nobody freed anything", 2)
    fs.mount()
    telegram.wait(rf"🟢 source disk:{fs.path}: recovered after .*readable")
    telegram.wait(rf"🟢 disk {fs.path}: recovered after ")


def test_it_is_told_in_russian(mounts, watched, telegram):
    fs = mounts("data")
    daemon = watched(fs.path, lang="ru")
    wait_for(lambda: seen(daemon, fs), "a first look")
    fs.unmount()
    telegram.wait(rf"^🔴 source disk:{fs.path}: там больше ничего не смонтировано")


def test_who_is_started_anew_still_knows_what_was_mounted(mounts, watched, telegram):
    fs = mounts("data")
    daemon = watched(fs.path)
    daemon.expect_deaths = True
    wait_for(lambda: seen(daemon, fs), "a first look")
    for role in ("brain", "collector", "prober"):
        old = daemon.role(role)
        os.kill(old, signal.SIGKILL)
        daemon.wait_new(role, old)
    fs.unmount()
    telegram.wait(rf"^🔴 source disk:{fs.path}: {GONE}")


def test_one_that_is_not_mounted_after_a_new_start(mounts, watched, telegram, short_dir):
    """As by a boot at which its disk is missing."""
    fs = mounts("data")
    fs.fill()
    keys = {"state_file": short_dir / "alerts"}
    daemon = watched(fs.path, **keys)
    telegram.wait(rf"^🔴 disk {fs.path}: 100 % used")
    daemon.stop()
    fs.unmount()
    watched(fs.path, **keys)
    telegram.wait(rf"^🔴 source disk:{fs.path}: {GONE}")
    assert not telegram.find(r"🟢")


def test_a_path_that_was_taken_out_and_put_in_again_is_looked_at_as_it_is(mounts, watch, telegram, tmp_path):
    """The way of who moved the data to the disk below."""
    fs, conf = mounts("data"), tmp_path / "watchdog.conf"

    def paths(*watched):
        conf.write_text(f"WATCHDOG_DISK_PATHS={','.join(watched)}\n")
    paths("/", fs.path)
    daemon = watch("-f", conf)
    wait_for(lambda: seen(daemon, fs), "a first look")
    fs.unmount()
    telegram.wait(rf"^🔴 source disk:{fs.path}: {GONE}")
    paths("/")
    daemon.reload()
    telegram.wait(rf"^🟢 source disk:{fs.path}: .*no longer watched")
    paths("/", fs.path)
    daemon.reload()
    wait_for(lambda: seen(daemon, fs), "another look")
    never(lambda: len(telegram.find(r"🔴 source")) > 1, "another alarm", 2)


def test_a_path_where_nothing_was_mounted_is_looked_at_as_it_is(mounts, watched, telegram):
    fs = mounts("data")
    fs.unmount()
    daemon = watched(fs.path)
    wait_for(lambda: seen(daemon, fs), "a first look")
    fs.mount()
    fs.fill()
    telegram.wait(rf"^🔴 disk {fs.path}: 100 % used")
    assert not telegram.find(r"source")


def test_below_the_host_s_root_and_closed_to_others(mounts, watched, telegram):
    """As a sidecar sees it; the daemon's user may not search the folder."""
    fs = mounts("host/data", mode=0o700)
    fs.fill()
    watched("/data", rootfs_path=fs.path.removesuffix("/data"))
    telegram.wait(r"^🔴 disk /data: 100 % used")
    fs.unmount()
    telegram.wait(rf"^🔴 source disk:/data: {GONE}")


def test_a_folder_that_is_bound_over_itself_is_no_mount(mounts, watched, telegram, short_dir):
    """As systemd's ProtectHome= does: the figures stay the same."""
    fs = mounts("home", over=short_dir / "beneath")
    daemon = watched(fs.path)
    wait_for(lambda: seen(daemon, fs), "a first look")
    fs.unmount()
    never(lambda: telegram.find(r"source"), "an alarm", 3)


SEALED = 'mount -o remount,bind,ro "$1" && mount -o remount,bind,ro "$2" && shift 2 && exec "$@"'


def test_in_a_service_s_namespace_that_sees_all_read_only(mounts, watch, telegram):
    """As the units have it: PrivateMounts=, ProtectSystem=strict."""
    outer = mounts("outer")
    outer.share()
    fs = mounts("outer/data")
    fs.fill()
    watch(disk_paths=fs.path, disk_crit_enabled="yes",
          through=("unshare", "--mount", "--propagation", "slave", "sh", "-c", SEALED, "sh", outer.path, fs.path))
    telegram.wait(rf"^🔴 disk {fs.path}: 100 % used")
    fs.unmount()
    telegram.wait(rf"^🔴 source disk:{fs.path}: {GONE}")
    fs.mount()
    telegram.wait(rf"🟢 disk {fs.path}: recovered after ")


def test_another_device_alone_is_no_mount(mounts, watched, telegram):
    """A file in an overlay stands on its layer's device, as a subvolume of btrfs does on its own."""
    lower, upper, merged = mounts("lower"), mounts("upper"), mounts("merged")
    path = f"{merged.path}/item"
    for name in ("up", "work"):
        os.mkdir(f"{upper.path}/{name}")
    with open(f"{lower.path}/item", "wb"):
        pass
    merged.unmount()
    merged.lay_over(lower.path, f"{upper.path}/up", f"{upper.path}/work")
    assert os.stat(path).st_dev != os.stat(merged.path).st_dev
    daemon = watched(path)
    wait_for(lambda: daemon.row(f"disk:{path}"), "a first look")
    os.unlink(path)
    os.mkdir(path)
    assert os.stat(path).st_dev == os.stat(merged.path).st_dev
    never(lambda: telegram.find(GONE), "an alarm", 3)


def test_one_that_is_mounted_when_somebody_looks(closing, short_dir, watched, telegram):
    fs = closing(AutoFs(short_dir / "auto"))
    daemon = watched(fs.path)
    wait_for(lambda: seen(daemon, fs), "a first look")
    for _ in range(3):
        before = fs.mounts
        fs.expire()
        wait_for(lambda before=before: fs.mounts > before, "the look that has it mounted")
    never(lambda: telegram.find("source"), "an alarm", 2)
    fs.broken = True
    fs.expire()
    telegram.wait(rf"^🔴 source disk:{fs.path}: ")
    assert not telegram.find(GONE)


# --- inodes ---

def test_a_disk_that_takes_no_more_files_is_full_though_it_has_space(mounts, watched, telegram):
    fs = mounts("data")
    daemon = watched(fs.path)
    wait_for(lambda: seen(daemon, fs), "a first look")
    fs.fill_with_names()
    telegram.wait(rf"^🔴 disk {fs.path}: 100 % of inodes used, mark 97 % \(space: \d+ %\)")
    fs.empty()
    telegram.wait(rf"^🟢 disk {fs.path}: recovered after ")


def test_a_file_system_that_counts_no_inodes_is_judged_by_its_space(mounts, watched, telegram):
    fs = mounts("data", files=0)
    assert os.statvfs(fs.path).f_files == 0
    daemon = watched(fs.path)
    wait_for(lambda: seen(daemon, fs), "a first look")
    never(lambda: telegram.find(r"disk"), "an alarm", 2)
    fs.fill()
    telegram.wait(rf"^🔴 disk {fs.path}: 100 % used")
