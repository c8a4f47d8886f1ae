"""What happens to containers on a real engine, and the exact lines that Telegram receives: the table of doc/docker.md."""

import pytest

from support.engine import IMAGE
from support.incidents import INCIDENTS, KEYS, NAMED, Scene
from support.wait import wait_for

pytestmark = pytest.mark.limit(200)
GRACE_S = 8  # longer than an engine on a busy machine takes to start a container
QUICKLY = {"WATCHDOG_INTERVAL_S": "1", "WATCHDOG_HTTP_TIMEOUT_S": "1", "WATCHDOG_RECREATE_GRACE_S": GRACE_S,
           "WATCHDOG_CONTAINER_STABLE_S": "5", "WATCHDOG_LOOP_WINDOW_S": "25"}


@pytest.fixture
def scene(watch, telegram, engine, short_dir):
    engine.run(NAMED, "--restart", "always")
    made = Scene(engine, telegram, watch(keys={**engine.keys(""), **KEYS, **QUICKLY}), short_dir, GRACE_S)
    made.wait_watched(NAMED)
    return made


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda i: i.title.replace(" ", "-").replace(",", ""))
def test_telegram_receives_exactly_this(scene, incident):
    assert not incident.differences(scene.play(incident))


def test_a_deploy_is_one_line_of_history(scene):
    scene.remove(NAMED)
    scene.run(NAMED)
    wait_for(lambda: "a new container took its place" in scene.daemon.ctl("history").stdout, "the deploy in the history", 20)
    assert not scene.telegram.attempts


COMPOSE = [f"--label=com.docker.compose.{k}={v}" for k, v in
           {"project": "shop", "service": "web", "container-number": "1", "oneoff": "False"}.items()]
TEMPORARY = "0123456789ab_shop-web-1"


def test_a_recreate_as_compose_does_it_is_not_a_word_and_its_temporary_name_is_never_shown(scene):
    scene.run("shop-web-1", *COMPOSE)
    scene.docker("create", "--name", TEMPORARY, "--network", "none", *COMPOSE, IMAGE, "sleep", "1000")
    scene.quiet(2)
    assert TEMPORARY not in scene.daemon.ctl("status", "--json").stdout
    scene.docker("stop", "shop-web-1")
    scene.docker("rm", "shop-web-1")
    scene.docker("rename", TEMPORARY, "shop-web-1")
    scene.docker("start", "shop-web-1")
    wait_for(lambda: "container:shop-web-1" in scene.daemon.ctl("history").stdout, "the deploy in the history", 20)
    scene.quiet(GRACE_S)
    assert not scene.telegram.attempts
    assert TEMPORARY not in scene.daemon.log + scene.daemon.ctl("status", "--json").stdout + scene.daemon.ctl("history").stdout
    # It is the new one that is watched.
    scene.crash("shop-web-1")
    scene.wait(r"🔴 container shop-web-1: exited")


def test_labels_tune_their_own_containers_signal(scene):
    ends = ("sh", "-c", "sleep 4; exit 0")
    scene.run("must", "--label", "watchdog.expect=running", "--label", "watchdog.name=Payments", command=ends)
    scene.run("may", "--label", "watchdog.expect=any", command=("sh", "-c", "sleep 4; exit 1"))
    scene.run("plain", command=ends)
    scene.wait(r"🔴 container must \(Payments\): exited \(code 0\)")
    scene.quiet()
    assert len(scene.lines()) == 1, scene.lines()
