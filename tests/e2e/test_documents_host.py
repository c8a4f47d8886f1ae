"""What a person types who follows the documents, as root of a host with systemd: it is installed from the sources, given its secrets, and started."""

from pathlib import Path

import pytest

from support import systemd_host
from support.documents import DOCUMENTS, PAGES, commands, with_commands
from support.from_sources import install_from_sources, is_build
from support.wait import wait_for

pytestmark = [pytest.mark.root, pytest.mark.limit(900)]

SECRETS = ("WATCHDOG_TG_BOT_TOKEN", "WATCHDOG_TG_CHAT_ID")


@pytest.fixture(scope="module")
def _host():
    with systemd_host.booted() as host:
        # As one is where no engine is installed.
        host.run("groupdel", "docker", check=False)
        install_from_sources(host)
        yield host


@pytest.fixture
def host(_host, telegram, telegram_keys, authority, tell):
    """Installed and not configured, but for where this Telegram is, and a file that an example names."""
    _host.put("/etc/watchdog-ca.pem", Path(authority.ca_file).read_text())
    _host.put("/etc/watchdog.conf", f"WATCHDOG_TG_API_URL={telegram_keys['WATCHDOG_TG_API_URL']}\nWATCHDOG_TG_CA_FILE=/etc/watchdog-ca.pem\n"
              "WATCHDOG_START_MESSAGE=always\n")
    _host.put("/etc/watchdog.token", telegram.TOKEN + "\n", 0o600)
    telegram.updates = [{"message": {"chat": {"id": 1, "type": "private", "first_name": "Ann"}}}]
    yield tell(_host)
    _host.run("systemctl", "disable", "--now", "watchdog", check=False)
    _host.run("rm", "-rf", "/etc/credstore")


def type_in(host, line, secrets):
    """A line, and what its cat waits for."""
    into = next((secrets[key] + "\n" for key in SECRETS if f"cat >/etc/credstore/{key}" in line), "")
    line = line.replace("WATCHDOG_TG_CHAT_ID=-1001234 ", f"WATCHDOG_TG_CHAT_ID={secrets['WATCHDOG_TG_CHAT_ID']} ")
    return host.run("sh", "-c", line, input=into).stdout


def configure(host, secrets):
    """As the first steps leave it."""
    for key in SECRETS:
        host.put(f"/etc/credstore/{key}", secrets[key] + "\n", 0o600)
    host.systemctl("enable", "--now", "watchdog")


@pytest.mark.parametrize("document", [pytest.param(p, id=p.name) for p in with_commands("host")])
def test_the_commands_for_a_host_run(host, document, telegram, telegram_keys):
    lines = [line for line in commands(document, "host") if not is_build(line)]
    if not any("/etc/credstore" in line for line in lines if "CREDENTIALS_DIRECTORY" not in line):
        configure(host, telegram_keys)
    for line in lines:
        if line.startswith("systemctl enable"):
            assert host.systemctl("is-active", "watchdog", check=False).stdout.strip() == "inactive"
        type_in(host, line, telegram_keys)
    if any(line.startswith("systemctl enable") for line in lines):
        wait_for(lambda: host.show("watchdog.service", "ActiveState") == "active", "the service", 30)
        telegram.wait("watchdog started", timeout=30)
        assert host.run("watchdogctl", "health").returncode == 0
    if any(line.endswith("watchdog -t") for line in lines):
        telegram.wait("test message", timeout=30)


def test_every_document_that_has_such_commands_is_here():
    found = {p.name for p in DOCUMENTS + PAGES if commands(p, "host")}
    assert found == {"first-steps.md", "hardening.md", "telegram.md", "watchdog.8"}
