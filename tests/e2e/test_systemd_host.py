"""
The units at work under a real systemd: this host's, with the programs that are tested everywhere, and Debian 13's, which has
Type=notify-reload, with programs that are built and installed there as a person would.
"""

import json
import os
import re
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support import proc
from support.daemon import ROLES, STAGE, environment
from support.debian import TOP, root_tar
from support.from_sources import install_from_sources
from support.systemd_host import booted
from support.wait import never, wait_for

NAMES = ("watchdog", "watchdog-separate")
EXPOSURE_MAX = {"watchdog": 1.5, "watchdog-separate": 2.3}
CONFIG = "/etc/watchdog.conf"
UNITS = "/usr/lib/systemd/system"

# Of which the making of a root takes the most, once.
pytestmark = [pytest.mark.root, pytest.mark.limit(900)]


def on_this():
    """As make install would put the units, had configure been told to."""
    with booted() as host:
        units = STAGE / "share" / "doc" / "watchdog" / "systemd"
        for name in NAMES:
            host.put(f"{UNITS}/{name}.service", (units / f"{name}.service").read_text())
        host.put("/usr/lib/sysusers.d/watchdog.conf", (units / "sysusers.conf").read_text())
        host.run("systemd-sysusers", "watchdog.conf")
        host.prefix = STAGE
        yield host


def on_debian13():
    packages = re.search(r'^build_packages="(.*?)"', (TOP / "dev").read_text(), re.M | re.S)[1].split()
    with booted(lambda: root_tar("trixie", ["systemd", "systemd-dev", *packages])) as host:
        install_from_sources(host)
        host.prefix = Path("/usr")
        yield host


SYSTEMS = {"debian13": on_debian13, "this": on_this}
# What only a systemd of 253 or later can show.
debian13 = pytest.mark.parametrize("_host", ["debian13"], indirect=True)


@pytest.fixture(scope="module", params=SYSTEMS)
def _host(request):
    yield from SYSTEMS[request.param]()


@pytest.fixture
def host(_host, tell):
    yield tell(_host)
    for name in NAMES:
        _host.systemctl("stop", f"{name}.service", check=False)
        _host.systemctl("reset-failed", f"{name}.service", check=False)
    _host.run("rm", "-f", CONFIG)


@pytest.fixture
def configure(host, telegram, telegram_keys, authority):
    """configure(unit, extra lines, KEY=value): a drop-in; the token and the chat are credentials."""
    def write(name, *lines, **keys):
        host.put("/etc/watchdog-ca.pem", Path(authority.ca_file).read_text())
        for key in ("WATCHDOG_TG_BOT_TOKEN", "WATCHDOG_TG_CHAT_ID"):
            host.put(f"/etc/credstore/{key}", telegram_keys[key] + "\n", 0o600)
        chosen = environment({"WATCHDOG_TG_API_URL": telegram_keys["WATCHDOG_TG_API_URL"], "WATCHDOG_TG_CA_FILE": "/etc/watchdog-ca.pem",
                              "WATCHDOG_CONTROL_SOCK": "/run/watchdog/watchdog.sock", **keys})
        # DynamicUser implies a /tmp of the unit's own, and a clone may lie in /tmp.
        seen = [f"BindReadOnlyPaths={host.prefix}"] if host.prefix.is_relative_to("/tmp") or host.prefix.is_relative_to("/var/tmp") else []
        text = ["[Service]", *(f'Environment="{k}={v}"' for k, v in chosen.items() if k != "PATH"), *seen, *lines, ""]
        host.put(f"/etc/systemd/system/{name}.service.d/test.conf", "\n".join(text))
        host.systemctl("daemon-reload")
    return write


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture
def running(host, configure, name, dep):
    configure(name, WATCHDOG_DEPS=f"git={dep.tcp('localhost')}")
    host.systemctl("start", f"{name}.service")
    return f"{name}.service"


def children(pid):
    found = {}
    for child in proc.children_of(pid):
        role = proc.argv0(child).removeprefix("watchdog-")
        if role in ROLES:
            found[role] = child
    return found


def test_it_starts_says_how_it_is_and_stops_in_order(host, running, name):
    assert host.show(running, "ActiveState") == "active"
    assert re.match(r"watching: 5 of 5 processes at work", host.show(running, "StatusText"))
    pid = host.main_pid(running)
    uids = {proc.uid(p) for p in children(pid).values()}
    assert len(children(pid)) == len(ROLES) and len(uids) == 1 and 0 not in uids
    assert (proc.uid(pid) == 0) == (name == "watchdog-separate")
    assert host.run(host.prefix / "bin" / "watchdogctl", "health").returncode == 0
    host.systemctl("stop", running)
    assert host.show(running, "Result") == "success" and host.show(running, "ActiveState") == "inactive"
    assert not re.search("killed|core", host.journal(running))


def wait_told(host):
    """As support/daemon.py's."""
    def nothing_waits():
        done = host.run(host.prefix / "bin" / "watchdogctl", "--json", "status", check=False)
        return done.returncode == 0 and json.loads(done.stdout)["status"]["queue"] == 0
    for _ in range(2):
        wait_for(nothing_waits, "nothing that waits to be sent")


@pytest.fixture
def alerted(host, running, telegram, dep):
    """The unit, which has told that the dependency is down."""
    dep.down()
    telegram.wait(r"^🔴 dep git: ", timeout=20)
    wait_told(host)
    return running


def test_a_crash_neither_repeats_nor_forgets_an_alert(host, alerted, telegram, dep):
    assert host.show(alerted, "NFileDescriptorStore") == "1"
    before = int(host.show(alerted, "NRestarts"))
    os.kill(host.main_pid(alerted), signal.SIGKILL)
    wait_for(lambda: int(host.show(alerted, "NRestarts")) == before + 1 and host.show(alerted, "ActiveState") == "active", "a restart", 30)
    goes_on(host, alerted, telegram, dep)


def test_nor_does_a_restart(host, alerted, telegram, dep):
    before = host.main_pid(alerted)
    host.systemctl("restart", alerted)
    assert host.main_pid(alerted) != before
    goes_on(host, alerted, telegram, dep)


def goes_on(host, unit, telegram, dep):
    never(lambda: len(telegram.find("🔴 dep git")) > 1, "a repetition", 3)
    assert "going on from the state that the service manager kept" in host.journal(unit)
    dep.up()
    telegram.wait(r"^🟢 dep git: recovered after ", timeout=20)


def test_who_stops_it_ends_what_it_knows(host, alerted, telegram):
    host.systemctl("stop", alerted)
    assert host.show(alerted, "NFileDescriptorStore") == "0"
    host.systemctl("start", alerted)
    telegram.wait(r"^🔴 dep git: ", timeout=20, count=2)


def test_a_reload_is_one(host, running):
    pid = host.main_pid(running)
    host.systemctl("reload", running)
    wait_for(lambda: "configuration reloaded" in host.journal(running), "the reload")
    assert host.main_pid(running) == pid and host.show(running, "ActiveState") == "active"


# --- what 253 and later have ---

@pytest.fixture
def background():
    """background(function, argument...): a future."""
    with ThreadPoolExecutor() as pool:
        yield pool.submit


@debian13
def test_a_reload_is_waited_for(host, running):
    assert host.show(running, "Type") == "notify-reload"
    pid = host.main_pid(running)
    before = children(pid)
    host.put(CONFIG, "WATCHDOG_MEM_TICKS=3\n")
    # It does not leave when it is told to, and is killed some seconds later.
    os.kill(before["brain"], signal.SIGSTOP)
    host.systemctl("reload", running)
    assert not proc.alive(before["brain"])
    wait_for(lambda: host.show(running, "StatusText").startswith("watching: 5 of 5 processes at work"), "a new brain")
    after = children(pid)
    assert {role for role in before if before[role] != after[role]} == {"brain"}
    assert host.main_pid(running) == pid and host.show(running, "ActiveState") == "active"


@debian13
def test_a_reload_that_is_refused_ends_and_is_told_in_the_status(host, running):
    pid = host.main_pid(running)
    before = children(pid)
    host.put(CONFIG, "WATCHDOG_MEM_TICKS=many\n")
    done = host.systemctl("reload", running)
    assert (done.stdout, done.stderr) == ("", "")
    assert host.show(running, "StatusText").endswith("; the last reload was refused")
    assert host.main_pid(running) == pid and children(pid) == before and host.show(running, "ActiveState") == "active"
    host.run("journalctl", "--sync")
    assert re.search(f"error: {CONFIG}:1: WATCHDOG_MEM_TICKS: expected .*, found \"many\"", host.journal(running))
    host.put(CONFIG, "WATCHDOG_MEM_TICKS=3\n")
    host.systemctl("reload", running)
    assert "refused" not in host.show(running, "StatusText") and children(pid)["brain"] != before["brain"]


@debian13
def test_a_reload_that_the_manager_did_not_ask_for_is_seen_by_it(host, running):
    os.kill(host.main_pid(running), signal.SIGHUP)
    wait_for(lambda: re.search("(?m)^Reloaded watchdog", host.journal(running)), "systemd's word of it")
    assert host.show(running, "ActiveState") == "active"


@debian13
def test_reloads_while_a_reload_is_on_all_end(host, running, background):
    host.put(CONFIG, "WATCHDOG_MEM_TICKS=3\n")
    for reload in [background(host.systemctl, "reload", running) for _ in range(5)]:
        reload.result()
    assert host.show(running, "ActiveState") == "active" and "5 of 5" in host.show(running, "StatusText")


@debian13
def test_a_stop_in_the_middle_of_a_reload_is_a_stop(host, running, background):
    pid = host.main_pid(running)
    everybody = [pid, *children(pid).values()]
    host.put(CONFIG, "WATCHDOG_MEM_TICKS=3\n")
    os.kill(children(pid)["brain"], signal.SIGSTOP)
    reload = background(host.systemctl, "reload", running, check=False)
    wait_for(lambda: reload.done() or host.show(running, "SubState") == "reload-notify", "the middle of the reload")
    host.systemctl("stop", running)
    assert host.show(running, "Result") == "success" and host.show(running, "ActiveState") == "inactive"
    assert not [p for p in everybody if proc.alive(p)]


@debian13
def test_its_systemd_has_nothing_to_say_of_the_unit(host, running, name, capsys):
    unit = f"{UNITS}/{name}.service"
    verified = host.run("systemd-analyze", "verify", "--man=no", unit)
    assert (verified.stdout, verified.stderr) == ("", "")
    said = host.run("systemd-analyze", "security", "--offline=true", unit).stdout
    score = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", said)[1])
    version = host.run("systemctl", "--version").stdout.split()[1]
    with capsys.disabled():
        print(f"\n  systemd-analyze security: {name}.service by systemd {version} {score}")
    assert score <= EXPOSURE_MAX[name], said
    # What a manager warns of begins with the file and the line.
    assert not re.search(rf"(?m)^\S*/{name}\.service(\.d/\S+)?:\d+: ", host.run("journalctl", "_PID=1", "--output", "cat").stdout)


def test_a_hanging_parent_is_started_anew_by_the_watchdog(host, configure, telegram, dep):
    configure("watchdog", "WatchdogSec=6", WATCHDOG_DEPS=f"git={dep.tcp('localhost')}")
    host.systemctl("start", "watchdog.service")
    dep.down()
    telegram.wait(r"^🔴 dep git: ", timeout=20)
    wait_told(host)
    never(lambda: host.show("watchdog.service", "NRestarts") != "0", "a restart though all is well", 10)
    pid = host.main_pid("watchdog.service")
    os.kill(pid, signal.SIGSTOP)
    wait_for(lambda: host.show("watchdog.service", "NRestarts") == "1" and host.show("watchdog.service", "ActiveState") == "active",
             "a restart by the watchdog", 60)
    assert not proc.alive(pid)
    dep.up()
    telegram.wait(r"^🟢 dep git: recovered after ", timeout=20)
    assert len(telegram.find("🔴 dep git")) == 1


def test_a_wrong_configuration_is_not_tried_again(host, configure):
    configure("watchdog", WATCHDOG_MEM_PCT="many")
    assert host.systemctl("start", "watchdog.service", check=False).returncode != 0
    assert host.show("watchdog.service", "ExecMainStatus") == "78"
    never(lambda: host.show("watchdog.service", "ActiveState") != "failed", "another try", 3)


def test_without_secrets_messages_go_to_the_journal(host, configure, dep):
    configure("watchdog", WATCHDOG_DEPS=f"git={dep.tcp('localhost')}")
    shutil.rmtree(host.path("/etc/credstore"))
    host.systemctl("start", "watchdog.service")
    dep.down()
    wait_for(lambda: "notify: 🔴 dep git" in host.journal("watchdog.service"), "the message in the journal", 20)
    # Its own lines: systemd has said of it how it ended in other tests.
    warnings = host.run("journalctl", "-p", "warning", "_SYSTEMD_UNIT=watchdog.service", "--output", "cat", "--no-pager").stdout.splitlines()
    assert [line for line in warnings if not re.match("(warning|error): ", line)] == []
    assert any("messages go to this log" in line for line in warnings)


def once(host, name, option):
    """The unit with another command; what it printed, and its status."""
    text = host.path(f"{UNITS}/{name}.service").read_text().replace("Type=notify\n", "Type=oneshot\n").replace("Restart=always", "Restart=no")
    text = re.sub(r"(?m)^ExecStart=.*", lambda m: m[0] + " " + option, text).replace("WatchdogSec=30", "")
    host.put("/etc/systemd/system/once.service", text)
    drop_in = host.path(f"/etc/systemd/system/{name}.service.d/test.conf").read_text()
    host.put("/etc/systemd/system/once.service.d/test.conf", drop_in + "StandardOutput=truncate:/run/once.out\n")
    host.systemctl("daemon-reload")
    host.systemctl("start", "once.service", check=False)
    return host.path("/run/once.out").read_text(), host.show("once.service", "ExecMainStatus")


def test_every_role_proves_itself_within_the_unit(host, configure, name, dep):
    configure(name, WATCHDOG_DEPS=f"git={dep.tcp('localhost')}")
    said, status = once(host, name, "-T")
    assert status == "0" and "FAILED" not in said and re.search(r"(?m)^notifier .* ok: .*certificate verified", said), said


def test_the_unit_sees_what_one_sees_without_it(host, configure, name):
    paths = "/,/home,/tmp,/var,/run,/dev/shm"
    configure(name, WATCHDOG_DISK_PATHS=paths)
    inside, _ = once(host, name, "-1")
    outside = host.run("env", "WATCHDOG_CONTAINERS=", "WATCHDOG_CONTROL_SOCK=", "WATCHDOG_MEM_PCT=100",
                       f"WATCHDOG_DISK_PATHS={paths}", host.prefix / "sbin" / "watchdog", "-1").stdout

    def values(table):
        return {m[1]: int(m[2]) for m in re.finditer(r"(?m)^\W*(mem|disk:\S+).*?(\d+)(?:\.\d+)? ?%", table)}
    seen, expected = values(inside), values(outside)
    assert seen.keys() == expected.keys() and len(seen) == len(paths.split(",")) + 1, f"{inside}\n{outside}"
    for key, value in expected.items():
        # A moment later others may have taken or given back some memory.
        assert abs(seen[key] - value) <= (20 if key == "mem" else 2), f"{key}: {seen[key]} % within, {value} % without"
