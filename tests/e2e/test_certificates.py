"""
Certificates that were exchanged are read again, though the configuration names the same file as before: at once by a
reload, and within a minute by a daemon that is left alone.
"""

import os
import shutil

import pytest

from support.tls import Authority


@pytest.fixture
def bundle(tmp_path):
    """put(authority): the file that the configuration names holds this one's certificate from now on; returns its path."""
    path = tmp_path / "ca.pem"
    tmp_path.chmod(0o755)

    def put(authority, in_place=False):
        if in_place:
            path.write_bytes(open(authority.ca_file, "rb").read())
        else:
            shutil.copy(authority.ca_file, tmp_path / "new")
            os.replace(tmp_path / "new", path)
        return path
    return put


def exchange(peer, authority):
    """From now on it shows a certificate of this authority."""
    peer.tls = authority.server_context()
    peer.drop()


@pytest.fixture
def stranger(tmp_path):
    folder = tmp_path / "stranger"
    folder.mkdir()
    return Authority(folder)


@pytest.mark.parametrize("in_place", [False, True], ids=["renamed over it", "written in its place"])
def test_a_reload_takes_the_bot_apis_new_certificate(watch, telegram, dep, authority, stranger, bundle, in_place):
    daemon = watch(deps=f"git={dep.tcp()}", tg_ca_file=bundle(stranger))
    dep.down()
    daemon.wait_log("certificate")
    assert not telegram.find("git")
    collector, notifier = daemon.role("collector"), daemon.role("notifier")
    bundle(authority, in_place)
    daemon.reload()
    telegram.wait(r"^🔴 dep git: ", timeout=20)
    assert daemon.role("notifier") != notifier
    assert daemon.role("collector") == collector, "whom it does not concern goes on"


def test_a_reload_takes_a_sources_new_certificate(watch, telegram, dep_tls, authority, stranger, bundle):
    daemon = watch(deps=f"git={dep_tls.url('/', 'localhost')}", ca_file=bundle(stranger))
    telegram.wait(r"^🔴 dep git: .*certificate")
    bundle(authority)
    daemon.reload()
    telegram.wait(r"^🟢 dep git: ", timeout=20)


def test_a_reload_with_the_same_certificates_disturbs_nobody(watch, telegram, dep_tls, authority, bundle):
    daemon = watch(deps=f"git={dep_tls.url('/', 'localhost')}", ca_file=bundle(authority))
    before = daemon.wait_roles("collector", "notifier", "brain")
    daemon.reload()
    daemon.wait_log("configuration reloaded")
    assert {role: pid for role, pid in daemon.roles().items() if role in before} == before


@pytest.mark.limit(150)
def test_a_running_daemon_takes_the_bot_apis_new_certificate(watch, telegram, dep, authority, stranger, bundle):
    daemon = watch(deps=f"git={dep.tcp()}", tg_ca_file=bundle(authority))
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    daemon.wait_told()
    notifier, others = daemon.role("notifier"), {r: p for r, p in daemon.roles().items() if r != "notifier"}
    exchange(telegram, stranger)
    dep.up()
    daemon.wait_log("certificate: ")
    bundle(stranger)
    telegram.wait(r"^🟢 dep git: ", timeout=90)
    assert daemon.log_find("^info: the CA certificates have been replaced: the notifier is started anew$")
    assert daemon.role("notifier") != notifier
    assert {r: p for r, p in daemon.roles().items() if r != "notifier"} == others, "whom it does not concern goes on"


@pytest.mark.limit(150)
def test_a_running_daemon_takes_a_sources_new_certificate(watch, telegram, dep_tls, authority, stranger, bundle):
    # A look that is under way at the exchange fails for another reason.
    daemon = watch(deps=f"git={dep_tls.url('/', 'localhost')}", ca_file=bundle(authority), dep_down_ticks="2")
    daemon.wait_looked()
    exchange(dep_tls, stranger)
    telegram.wait(r"^🔴 dep git: .*certificate")
    bundle(stranger)
    telegram.wait(r"^🟢 dep git: ", timeout=90)
    assert not daemon.log_find("the notifier is started anew"), "which has its own CA file"


@pytest.mark.limit(240)
def test_certificates_that_are_half_written_are_not_taken(watch, telegram, dep, authority, stranger, bundle):
    path = bundle(authority)
    daemon = watch(deps=f"git={dep.tcp()}", tg_ca_file=path)
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    whole = stranger.ca_file.read_bytes()
    path.write_bytes(whole[:len(whole) // 2])
    daemon.wait_log(r"^warning: .*/ca\.pem: a certificate in it is not complete: not taken, "
                    r"the notifier goes on with the certificates of before$", timeout=90)
    dep.up()
    telegram.wait(r"^🟢 dep git: ")
    daemon.wait_told()
    exchange(telegram, stranger)
    dep.down()
    daemon.wait_log("certificate: ")
    path.write_bytes(whole)
    telegram.wait(r"^🔴 dep git: ", timeout=90, count=2)
    assert len(daemon.log_find("not taken")) == 1, "it is said once"


@pytest.mark.parametrize("left, said", [
    ("half", "a certificate in it is not complete"),
    ("nothing", "expected certificates in PEM form, found none"),
])
def test_a_reload_does_not_take_certificates_that_cannot_be_used(watch, telegram, dep, authority, bundle, left, said):
    path = bundle(authority)
    daemon = watch(deps=f"git={dep.tcp()}", tg_ca_file=path)
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    notifier = daemon.role("notifier")
    path.write_bytes(path.read_bytes()[:-30] if left == "half" else b"")
    daemon.reload()
    daemon.wait_log("configuration reloaded")
    daemon.wait_log(rf"^warning: .*/ca\.pem: {said}: not taken, the notifier goes on with the certificates of before$")
    dep.up()
    telegram.wait(r"^🟢 dep git: ")
    assert daemon.role("notifier") == notifier


def test_a_reload_without_the_file_is_refused(watch, telegram, dep, authority, bundle):
    """What cannot be read is an error of the configuration."""
    path = bundle(authority)
    daemon = watch(deps=f"git={dep.tcp()}", tg_ca_file=path)
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    notifier = daemon.role("notifier")
    path.unlink()
    daemon.reload()
    daemon.wait_log(rf"^error: WATCHDOG_TG_CA_FILE: {path}: No such file or directory$")
    daemon.wait_log("the new configuration is refused")
    dep.up()
    telegram.wait(r"^🟢 dep git: ")
    assert daemon.role("notifier") == notifier


def test_a_reload_that_would_silence_the_notifier_is_refused(start, telegram, telegram_keys, dep, authority, bundle, short_dir):
    """Something else is changed while the file is half written."""
    path, conf = bundle(authority), short_dir / "watchdog.conf"
    keys = {**telegram_keys, "WATCHDOG_TG_CA_FILE": path}

    def write(**more):
        conf.write_text("".join(f"{key}={value}\n" for key, value in {**keys, **more}.items()))
    write()
    daemon = start("-f", conf, deps=f"git={dep.tcp()}")
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    notifier = daemon.role("notifier")
    path.write_bytes(path.read_bytes()[:-30])
    write(WATCHDOG_TG_CHAT_ID=f"{telegram.CHAT},@other")
    daemon.reload()
    daemon.wait_log(r"ca\.pem: a certificate in it is not complete: with these certificates nothing could be sent")
    daemon.wait_log("the new configuration is refused")
    dep.up()
    telegram.wait(r"^🟢 dep git: ")
    assert daemon.role("notifier") == notifier
    telegram.well()
