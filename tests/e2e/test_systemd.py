"""The units for systemd, judged by its own tools; test_systemd_host.py has them at work."""

import ctypes
import os
import re
import shutil
import subprocess

import pytest

from support import ordinary_user
from support.daemon import STAGE, WATCHDOG, environment
from support.wait import PATIENCE

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
