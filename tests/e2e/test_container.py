"""The whole daemon inside a container that may do next to nothing: one uid, no capability, nothing writable."""

import io
import re
import subprocess
import tarfile
from pathlib import Path

import pytest

from support.daemon import STAGE

IMAGE = "watchdog-inside:1"
TIGHT = ("--network", "host", "--user", "65001", "--cap-drop", "ALL", "--read-only", "--security-opt", "no-new-privileges")


def libraries(programs):
    """What the dynamic linker of each loads, the linker too."""
    text = "".join(subprocess.run(["ldd", p], capture_output=True, text=True, check=True).stdout for p in programs)
    return set(re.findall(r"(/\S+) \(0x", text))


def image():
    """A root of the staged programs, their libraries and what name look-up reads; no shell, nothing else."""
    programs = [Path(STAGE) / "sbin/watchdog", *sorted((Path(STAGE) / "libexec/watchdog").iterdir())]
    files = [*map(str, programs), *libraries(programs), "/etc/hosts", "/etc/nsswitch.conf"]
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", dereference=True) as tar:
        for name in files:
            tar.add(name, arcname=name.lstrip("/"))
    return whole.getvalue()


@pytest.fixture
def inside(engine):
    """inside(*arguments, **keys): watchdog in a tight container that sees the engine's socket, as docker run gives it back."""
    engine.docker("import", "-", IMAGE, data=image())

    def begin(*arguments, options=(), **keys):
        keys = {"docker_sock": "/run/engine/docker.sock", "control_sock": "", "host_name": "inside", **keys}
        env = [word for k, v in keys.items() for word in ("-e", f"WATCHDOG_{k.upper()}={v}")]
        return engine.attempt("run", *TIGHT, "--group-add", str(engine.sock.stat().st_gid), "-v", f"{engine.sock.parent}:/run/engine",
                                 *options, *env, IMAGE, f"{STAGE}/sbin/watchdog", *arguments)
    return begin


def test_every_role_proves_itself(inside):
    done = inside("-T", options=("--rm",))
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"docker \d+\.\d+", done.stdout)
    for role in ("collector", "brain", "notifier", "prober"):
        assert re.search(rf"^{role} +65001 +none +filter, \d+ calls ", done.stdout, re.MULTILINE), done.stdout


def test_it_sees_other_containers_but_not_itself(inside, engine):
    engine.run("victim")
    done = inside("-1", options=("--rm", "--name", "sidecar"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "container:victim" in done.stdout and "container:sidecar" not in done.stdout


def test_it_tells_of_a_killed_container_and_ends_in_time(inside, engine, telegram, telegram_keys, ordinary):
    engine.run("victim")
    keys = {k.removeprefix("WATCHDOG_").lower(): v for k, v in ordinary.keys(telegram_keys).items()}
    folder = Path(keys["tg_ca_file"]).parent
    started = inside(options=("-d", "--name", "sidecar", "-v", f"{folder}:{folder}:ro"), containers="victim", interval_s="0.4",
                     recreate_grace_s="0", **{**keys, "tg_api_url": telegram.url(host="127.0.0.1")})
    assert started.returncode == 0, started.stderr
    engine.docker("kill", "victim")
    telegram.wait(r"^🔴 container victim: exited", timeout=15)
    engine.docker("stop", "-t", "30", "sidecar")
    assert engine.docker("inspect", "-f", "{{.State.ExitCode}}", "sidecar").strip() == "0"
