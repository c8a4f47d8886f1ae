"""The container image as ./dev image makes it, run as a person would run it beside an application."""

import json
import re
import time
from pathlib import Path

import pytest

from support.wait import wait_for

ARCHIVE = Path(__file__).parents[2] / "build" / "image" / "watchdog.tar"
IMAGE = "watchdog:latest"
CHANGES = ("USER 65001:65001", 'ENTRYPOINT ["/usr/sbin/watchdog"]',
           'HEALTHCHECK --interval=1s --timeout=5s CMD ["/usr/bin/watchdogctl", "health"]')
TIGHT = ("--network", "host", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
         "--tmpfs", "/run:mode=1777,size=1m")


@pytest.fixture
def sidecar(engine):
    """sidecar(**keys): the image, detached, with the folder of the engine's socket."""
    if not ARCHIVE.exists():
        pytest.fail(f"{ARCHIVE} is not there: run ./dev image first")
    engine.docker("import", *(w for c in CHANGES for w in ("--change", c)), str(ARCHIVE), IMAGE)

    def begin(*options, **keys):
        keys = {"docker_sock": "/run/engine/docker.sock", "host_name": "inside", "start_message": "never", **keys}
        env = [word for k, v in keys.items() for word in ("-e", f"WATCHDOG_{k.upper()}={v}")]
        engine.docker("run", "-d", "--name", "sidecar", *TIGHT, "--group-add", str(engine.sock.stat().st_gid),
                      "-v", f"{engine.sock.parent}:/run/engine:ro", *options, *env, IMAGE)
    return begin


def keys_of(telegram, telegram_keys, ordinary):
    keys = {k.removeprefix("WATCHDOG_").lower(): v for k, v in ordinary.keys(telegram_keys).items()}
    return {**keys, "tg_api_url": telegram.url(host="127.0.0.1")}


def test_the_image_tells_of_another_container_and_answers_for_itself(sidecar, engine, telegram, telegram_keys, ordinary):
    engine.run("victim")
    keys = keys_of(telegram, telegram_keys, ordinary)
    folder = Path(keys["tg_ca_file"]).parent
    sidecar("-v", f"{folder}:{folder}:ro", containers="victim", interval_s="1", recreate_grace_s="0", **keys)

    def everybody_is_confined():
        said = engine.attempt("exec", "sidecar", "/usr/bin/watchdogctl", "status", "--json").stdout
        roles = json.loads(said)["roles"] if said else []
        return len(roles) > 1 and all(role["sandbox"] == "enforce" for role in roles)
    wait_for(everybody_is_confined, "everybody to be confined")
    engine.docker("kill", "victim")
    telegram.wait(r"^🔴 container victim: .*137", timeout=20)
    shown = engine.docker("exec", "sidecar", "/usr/bin/watchdogctl", "status")
    assert re.search(r"^container victim +active", shown, re.MULTILINE), shown
    engine.wait_state("sidecar", "running healthy", timeout=40)
    began = time.monotonic()
    engine.docker("stop", "-t", "30", "sidecar")
    print(f"docker stop took {time.monotonic() - began:.2f} s")
    assert engine.docker("inspect", "-f", "{{.State.ExitCode}}", "sidecar") == "0"


def test_there_is_nothing_in_it_that_could_be_run_instead(sidecar, engine):
    sidecar(containers="")
    wait_for(lambda: engine.attempt("exec", "sidecar", "/usr/bin/watchdogctl", "health").returncode == 0, "health", 20)
    for program in ("/bin/sh", "sh", "/usr/bin/env", "/bin/ls"):
        assert engine.attempt("exec", "sidecar", program).returncode != 0
    programs = [line.rstrip("/") for line in _files() if re.match(r"\./usr/(s?bin|libexec/watchdog)/.", line)]
    assert {p.rpartition("/")[2].split("-")[0] for p in programs} == {"watchdog", "watchdogctl"}


def test_the_time_zone_is_known_in_it(sidecar, engine, telegram, telegram_keys, ordinary):
    keys = keys_of(telegram, telegram_keys, ordinary)
    folder = Path(keys["tg_ca_file"]).parent
    engine.run("victim")
    sidecar("-e", "TZ=Asia/Tokyo", "-v", f"{folder}:{folder}:ro", containers="victim", interval_s="1", recreate_grace_s="0", **keys)
    wait_for(lambda: "victim" in engine.attempt("exec", "sidecar", "/usr/bin/watchdogctl", "status").stdout, "the first look", 20)
    engine.docker("kill", "victim")
    message = telegram.wait(r"^🔴 container victim", timeout=20)
    hour = int(re.search(r"(\d\d):\d\d:\d\d", message.lines[-1]).group(1))
    assert (hour - time.gmtime().tm_hour) % 24 in (9, 8)


def _files():
    import tarfile
    with tarfile.open(ARCHIVE) as tar:
        return ["./" + m.name.removeprefix("./") for m in tar.getmembers() if not m.isdir()]
