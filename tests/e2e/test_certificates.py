"""Certificates that were exchanged are read again by a reload, though the configuration names the same file as before."""

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
