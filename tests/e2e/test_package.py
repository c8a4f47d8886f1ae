"""The Debian package as ./dev deb makes it, installed on a host with a systemd of its own, used, and purged."""

import re
from pathlib import Path

import pytest

from support import proc, systemd_host
from support.daemon import ROLES
from support.wait import wait_for

TOP = Path(__file__).parents[2]
PACKAGES = TOP / "build" / "deb"
NAME = "watchdog-sidecar"
SERVICE = f"{NAME}.service"
SEPARATE = f"{NAME}-separate.service"
CONFIG = f"/etc/{NAME}/watchdog.conf"
HELD = "/var/cache/package.deb"

pytestmark = [pytest.mark.root, pytest.mark.limit(300)]


def package():
    found = sorted(PACKAGES.glob(f"{NAME}_*.deb"))
    if len(found) != 1:
        pytest.fail(f"expected one package in {PACKAGES}, found {len(found)}: run ./dev deb first")
    return found[0]


@pytest.fixture
def host(tell):
    with systemd_host.booted() as host:
        tell(host)
        # What a container's image says against services that a package starts.
        host.run("rm", "-f", "/usr/sbin/policy-rc.d")
        host.run("systemctl", "daemon-reload")
        host.path(HELD).write_bytes(package().read_bytes())
        yield host


def install(host):
    host.run("dpkg", "--install", HELD)


def ours(host):
    """Files with our name or secrets, but for dpkg's lists and the documents of the system."""
    said = host.run("find", "/etc", "/lib/systemd", "/usr", "/var", "/run", "-xdev", "(", "-name", f"*{NAME}*", "-o", "-name", "WATCHDOG_*",
                    "-o", "-path", "/run/watchdog", "-o", "-path", "/usr/libexec/watchdog", "-o", "-path", "/usr/bin/watchdogctl", ")").stdout
    return sorted(said.split())


def active(host, unit):
    return host.show(unit, "ActiveState") == "active"


def as_the_readme_says(host, words, telegram_keys=None):
    """The lines of README.Debian's block that has these words, with this Telegram's secrets."""
    found = re.findall(r"^((?:  [a-z].*\n)+)", (TOP / "contrib" / "debian" / "README.Debian").read_text(), re.M)
    [block] = [text for text in found if words in text]
    for example, key in (("123456:token", "WATCHDOG_TG_BOT_TOKEN"), ("-1001234567890", "WATCHDOG_TG_CHAT_ID")):
        if telegram_keys:
            assert example in block
            block = block.replace(example, telegram_keys[key])
    host.run("sh", "-e", "-c", block)


def configure(host, telegram_keys, authority):
    """As README.Debian says, and where this Telegram is."""
    host.put("/etc/watchdog-ca.pem", Path(authority.ca_file).read_text())
    as_the_readme_says(host, "umask 077", telegram_keys)
    keys = {"WATCHDOG_TG_API_URL": telegram_keys["WATCHDOG_TG_API_URL"], "WATCHDOG_TG_CA_FILE": "/etc/watchdog-ca.pem",
            "WATCHDOG_START_MESSAGE": "always", "WATCHDOG_HOST_NAME": "packaged"}
    host.put(CONFIG, "".join(f"{k}={v}\n" for k, v in keys.items()))


def roles_of(pid):
    return [p for p in proc.children_of(pid) if proc.argv0(p).removeprefix("watchdog-") in ROLES]


def test_installed_it_works_and_purged_it_is_gone(host, telegram, telegram_keys, authority):
    before = ours(host)
    install(host)
    wait_for(lambda: active(host, SERVICE), "the service", 60)
    assert host.show(SERVICE, "UnitFileState") == "enabled" and host.show(SEPARATE, "UnitFileState") == "disabled"
    assert "/nologin" in host.run("getent", "passwd", "watchdog").stdout
    assert host.run(f"/usr/sbin/{NAME}", "-n").returncode == 0
    assert not re.search(r"\b(FAIL|not confined)\b", host.run(f"/usr/sbin/{NAME}", "-T").stdout)
    assert host.run("watchdogctl", "health").returncode == 0
    assert host.run("dpkg", "--verify", NAME).stdout == ""

    configure(host, telegram_keys, authority)
    # Not a restart: that goes on from the state before, and says nothing.
    host.systemctl("stop", SERVICE)
    host.systemctl("start", SERVICE)
    telegram.wait(r"packaged", timeout=30)
    host.run("dpkg", "--purge", NAME)
    assert not active(host, SERVICE)
    assert ours(host) == before
    assert not host.path("/etc/credstore").exists()
    assert re.search(r"^watchdog:[!*]", host.run("getent", "shadow", "watchdog").stdout)


def test_an_upgrade_restarts_the_unit_that_runs_and_keeps_what_was_written(host, telegram, telegram_keys, authority):
    install(host)
    configure(host, telegram_keys, authority)
    written = host.path(CONFIG).read_text()
    as_the_readme_says(host, f"enable --now {NAME}-separate")
    before = host.main_pid(SEPARATE)
    assert proc.uid(before) == 0 and 0 not in {proc.uid(p) for p in roles_of(before)} and len(roles_of(before)) == len(ROLES)
    install(host)
    wait_for(lambda: active(host, SEPARATE) and host.main_pid(SEPARATE) not in (before, None), "the new one", 60)
    assert not active(host, SERVICE)
    assert host.path(CONFIG).read_text() == written
    host.run("dpkg", "--remove", NAME)
    assert not active(host, SEPARATE)
    assert host.path(CONFIG).read_text() == written


def test_the_manual_has_no_command_and_no_page_of_the_other_package(host):
    install(host)
    for page in (f"man8/{NAME}.8", f"man5/{NAME}.conf.5", "man8/watchdogctl.8"):
        text = host.run("zcat", f"/usr/share/man/{page}.gz").stdout
        foreign = r"systemctl .*\bwatchdog$|^\.(Dl # |Ql )watchdog -|^\.Dt WATCHDOG(\.CONF)? |watchdog(\.conf)?\([58]\)|^\.Xr watchdog(\.conf)? "
        assert re.findall(f"(?m){foreign}", text) == []


def test_no_file_of_debians_package_of_that_name_is_in_it(host):
    listed = host.run("dpkg", "--contents", HELD).stdout
    paths = {line.split()[5].removeprefix(".") for line in listed.splitlines() if not line.startswith("d")}
    assert f"/usr/sbin/{NAME}" in paths
    taken = {"/usr/sbin/watchdog", "/usr/share/man/man8/watchdog.8.gz", "/usr/share/man/man5/watchdog.conf.5.gz", "/etc/watchdog.conf"}
    assert not paths & taken
    assert not [p for p in paths if p.endswith("/watchdog.service") or "/doc/watchdog/" in p]
