"""The units for systemd: judged by its own tools, and at work under a real one."""

import ctypes
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from support import ordinary_user, proc
from support import systemd_host
from support.daemon import ROLES, STAGE, WATCHDOG, environment
from support.systemd_host import SystemdHost
from support.wait import PATIENCE, never, settle, wait_for

UNITS = STAGE / "share" / "doc" / "watchdog" / "systemd"
NAMES = ("watchdog", "watchdog-separate")
EXPOSURE_MAX = {"watchdog": 1.5, "watchdog-separate": 2.3}

needs_analyze = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")


def unit(name):
    return UNITS / f"{name}.service"


def settings(name, key):
    return re.findall(rf"^{key}=(.*)$", unit(name).read_text(), re.M)


# --- by its own tools ---

def analyze(*arguments):
    done = subprocess.run(["systemd-analyze", *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60,
                          env={**os.environ, "SYSTEMD_COLORS": "0", "MANPATH": str(STAGE / "share" / "man")})
    return done.returncode, done.stdout + done.stderr


@needs_analyze
@pytest.mark.parametrize("name", NAMES)
def test_verify_has_nothing_to_say(name):
    assert analyze("verify", "--man=no", unit(name)) == (0, "")


@needs_analyze
@pytest.mark.parametrize("name", NAMES)
def test_the_exposure_is_low(name, capsys):
    _, said = analyze("security", "--offline=true", unit(name))
    score = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", said)[1])
    with capsys.disabled():
        print(f"\n  systemd-analyze security: {name}.service {score}")
    assert score <= EXPOSURE_MAX[name], said


def test_what_it_watches_is_not_hidden_from_it():
    for name in NAMES:
        assert settings(name, "ProtectHome") == ["read-only"]
        assert settings(name, "PrivateTmp") == ["no"]
        assert settings(name, "ProcSubset") == ["all"]
        assert not re.search(r"^(InaccessiblePaths|TemporaryFileSystem|RootDirectory)=", unit(name).read_text(), re.M)


# --- the filter of system calls, put round the daemon without systemd ---

SCMP_ACT_ALLOW, SCMP_ACT_ERRNO, EPERM = 0x7fff0000, 0x00050000, 1


def members(group):
    """The system calls of a group, of groups within it too."""
    _, said = analyze("syscall-filter", group)
    found = set()
    for line in said.splitlines()[1:]:
        word = line.strip()
        if word.startswith("@"):
            found |= members(word)
        elif re.fullmatch(r"\w+", word):
            found.add(word)
    return found


def allowed(name):
    """What is left of a unit's lines, each of which adds or, with ~, takes away."""
    calls = members("@default")
    for line in settings(name, "SystemCallFilter"):
        for word in line.removeprefix("~").split():
            them = members(word) if word.startswith("@") else {word}
            calls = calls - them if line.startswith("~") else calls | them
    return calls


def confine(calls, uid):
    """Between fork and exec."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    seccomp = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    seccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(seccomp.seccomp_init(SCMP_ACT_ERRNO | EPERM))
    for call in calls:
        number = seccomp.seccomp_syscall_resolve_name(call.encode())
        if number >= 0:
            seccomp.seccomp_rule_add(context, SCMP_ACT_ALLOW, number, 0)
    if seccomp.seccomp_load(context) != 0:
        os._exit(99)


def run_filtered(name, *arguments, **keys):
    calls = allowed(name)
    assert {"seccomp", "landlock_restrict_self", "execve", "recvmsg"} <= calls and "mount" not in calls and "ptrace" not in calls
    uid = 0 if name == "watchdog-separate" else ordinary_user.UID
    return subprocess.run([str(WATCHDOG), *arguments], env=environment(keys), preexec_fn=lambda: confine(calls, uid),
                          capture_output=True, text=True, check=False, timeout=60 * PATIENCE)


@needs_analyze
@pytest.mark.root
@pytest.mark.parametrize("name", NAMES)
def test_every_role_proves_itself_under_the_units_filter(name, dep):
    done = run_filtered(name, "-T", WATCHDOG_DEPS=f"git={dep.tcp('localhost')}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"(?m)^parent .* ok$", done.stdout) and "FAILED" not in done.stdout


@needs_analyze
@pytest.mark.root
@pytest.mark.parametrize("name", NAMES)
def test_a_tick_under_the_units_filter_sees_what_one_without_it_sees(name, dep):
    done = run_filtered(name, "-1", WATCHDOG_DEPS=f"git={dep.tcp('localhost')}")
    assert done.returncode == 0, done.stdout + done.stderr
    for signal_name in ("mem", "disk:/", "dep:git"):
        assert re.search(rf"(?m)^{signal_name} +(ok|off) .*\d", done.stdout), done.stdout


# --- under a real one ---

@pytest.fixture(scope="module")
def _host():
    reason = systemd_host.why_not()
    if reason:
        pytest.skip(reason)
    directory = tempfile.mkdtemp(prefix="wd-systemd-", dir="/tmp")
    host = SystemdHost(directory)
    for name in NAMES:
        host.put(f"/etc/systemd/system/{name}.service", unit(name).read_text())
    host.put("/usr/lib/sysusers.d/watchdog.conf", (UNITS / "sysusers.conf").read_text())
    host.run("systemd-sysusers", "watchdog.conf")
    yield host
    host.close()
    os.rmdir(directory)


@pytest.fixture
def host(_host, tell):
    yield tell(_host)
    for name in NAMES:
        _host.systemctl("stop", f"{name}.service", check=False)
        _host.systemctl("reset-failed", f"{name}.service", check=False)


@pytest.fixture
def configure(host, telegram, telegram_keys, authority):
    """configure(unit, extra lines, KEY=value): a drop-in; the token and the chat are credentials."""
    def write(name, *lines, **keys):
        host.put("/etc/watchdog-ca.pem", Path(authority.ca_file).read_text())
        for key in ("WATCHDOG_TG_BOT_TOKEN", "WATCHDOG_TG_CHAT_ID"):
            host.put(f"/etc/credstore/{key}", telegram_keys[key] + "\n", 0o600)
        chosen = environment({"WATCHDOG_TG_API_URL": telegram_keys["WATCHDOG_TG_API_URL"], "WATCHDOG_TG_CA_FILE": "/etc/watchdog-ca.pem",
                              "WATCHDOG_CONTROL_SOCK": "/run/watchdog/watchdog.sock", **keys})
        # The restart of a unit that is killed again and again must not be slower than the test.
        # DynamicUser implies a /tmp of the unit's own, and a clone may lie in /tmp.
        seen = [f"BindReadOnlyPaths={STAGE}"] if STAGE.is_relative_to("/tmp") or STAGE.is_relative_to("/var/tmp") else []
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


@pytest.mark.limit(120)
def test_it_starts_says_how_it_is_and_stops_in_order(host, running, name):
    assert host.show(running, "ActiveState") == "active"
    assert re.match(r"watching: 5 of 5 processes at work", host.show(running, "StatusText"))
    pid = host.main_pid(running)
    uids = {proc.uid(p) for p in children(pid).values()}
    assert len(children(pid)) == len(ROLES) and len(uids) == 1 and 0 not in uids
    assert (proc.uid(pid) == 0) == (name == "watchdog-separate")
    assert host.run(STAGE / "bin" / "watchdogctl", "health").returncode == 0
    host.systemctl("stop", running)
    assert host.show(running, "Result") == "success" and host.show(running, "ActiveState") == "inactive"
    assert not re.search("killed|core", host.journal(running))


@pytest.mark.limit(180)
def test_a_crash_neither_repeats_nor_forgets_an_alert(host, running, telegram, dep):
    dep.down()
    telegram.wait(r"^🔴 dep git: ", timeout=20)
    settle()
    assert host.show(running, "NFileDescriptorStore") == "1"
    before = int(host.show(running, "NRestarts"))
    os.kill(host.main_pid(running), signal.SIGKILL)
    wait_for(lambda: int(host.show(running, "NRestarts")) == before + 1 and host.show(running, "ActiveState") == "active", "a restart", 30)
    never(lambda: len(telegram.find("🔴 dep git")) > 1, "a repetition", 3)
    assert "going on from the state that the service manager kept" in host.journal(running)
    dep.up()
    telegram.wait(r"^🟢 dep git: recovered after ", timeout=20)


@pytest.mark.limit(120)
def test_a_reload_is_one(host, running):
    pid = host.main_pid(running)
    host.systemctl("reload", running)
    wait_for(lambda: "configuration reloaded" in host.journal(running), "the reload")
    assert host.main_pid(running) == pid and host.show(running, "ActiveState") == "active"


@pytest.mark.limit(180)
def test_a_hanging_parent_is_started_anew_by_the_watchdog(host, configure, telegram, dep):
    configure("watchdog", "WatchdogSec=3", WATCHDOG_DEPS=f"git={dep.tcp('localhost')}")
    host.systemctl("start", "watchdog.service")
    dep.down()
    telegram.wait(r"^🔴 dep git: ", timeout=20)
    settle()
    never(lambda: host.show("watchdog.service", "NRestarts") != "0", "a restart though all is well", 7)
    pid = host.main_pid("watchdog.service")
    os.kill(pid, signal.SIGSTOP)
    wait_for(lambda: host.show("watchdog.service", "NRestarts") == "1" and host.show("watchdog.service", "ActiveState") == "active",
             "a restart by the watchdog", 60)
    assert not proc.alive(pid)
    dep.up()
    telegram.wait(r"^🟢 dep git: recovered after ", timeout=20)
    assert len(telegram.find("🔴 dep git")) == 1


@pytest.mark.limit(120)
def test_a_wrong_configuration_is_not_tried_again(host, configure):
    configure("watchdog", WATCHDOG_MEM_PCT="many")
    assert host.systemctl("start", "watchdog.service", check=False).returncode != 0
    assert host.show("watchdog.service", "ExecMainStatus") == "78"
    never(lambda: host.show("watchdog.service", "ActiveState") != "failed", "another try", 3)


@pytest.mark.limit(120)
def test_without_secrets_messages_go_to_the_journal(host, configure, dep):
    configure("watchdog", WATCHDOG_DEPS=f"git={dep.tcp('localhost')}")
    shutil.rmtree(host.path("/etc/credstore"))
    host.systemctl("start", "watchdog.service")
    dep.down()
    wait_for(lambda: "notify: 🔴 dep git" in host.journal("watchdog.service"), "the message in the journal", 20)


def once(host, name, option):
    """The unit with another command; what it printed, and its status."""
    text = unit(name).read_text().replace("Type=notify\n", "Type=oneshot\n").replace("Restart=always", "Restart=no")
    text = re.sub(r"(?m)^ExecStart=.*", lambda m: m[0] + " " + option, text).replace("WatchdogSec=30", "")
    host.put("/etc/systemd/system/once.service", text)
    drop_in = host.path(f"/etc/systemd/system/{name}.service.d/test.conf").read_text()
    host.put("/etc/systemd/system/once.service.d/test.conf", drop_in + "StandardOutput=truncate:/run/once.out\n")
    host.systemctl("daemon-reload")
    host.systemctl("start", "once.service", check=False)
    return host.path("/run/once.out").read_text(), host.show("once.service", "ExecMainStatus")


@pytest.mark.limit(120)
def test_every_role_proves_itself_within_the_unit(host, configure, name, dep):
    configure(name, WATCHDOG_DEPS=f"git={dep.tcp('localhost')}")
    said, status = once(host, name, "-T")
    assert status == "0" and "FAILED" not in said and re.search(r"(?m)^notifier .* ok: .*certificate verified", said), said


@pytest.mark.limit(120)
def test_the_unit_sees_what_one_sees_without_it(host, configure, name):
    paths = "/,/home,/tmp,/var,/run,/dev/shm"
    configure(name, WATCHDOG_DISK_PATHS=paths)
    inside, _ = once(host, name, "-1")
    outside = host.run("env", "WATCHDOG_CONTAINERS=", "WATCHDOG_CONTROL_SOCK=", "WATCHDOG_MEM_PCT=100",
                       f"WATCHDOG_DISK_PATHS={paths}", WATCHDOG, "-1").stdout

    def values(table):
        return {m[1]: int(m[2]) for m in re.finditer(r"(?m)^\W*(mem|disk:\S+).*?(\d+)(?:\.\d+)? ?%", table)}
    seen, expected = values(inside), values(outside)
    assert seen.keys() == expected.keys() and len(seen) == len(paths.split(",")) + 1, f"{inside}\n{outside}"
    for key, value in expected.items():
        assert abs(seen[key] - value) <= 2, f"{key}: {seen[key]} % within, {value} % without"
