"""What happens to containers on a real engine, and the exact lines that Telegram receives: the table of doc/docker.md."""

import pytest

from support.incidents import INCIDENTS, KEYS, NAMED, Scene
from support.wait import wait_for

pytestmark = pytest.mark.limit(200)
GRACE_S = 4
QUICKLY = {"WATCHDOG_INTERVAL_S": "1", "WATCHDOG_HTTP_TIMEOUT_S": "1", "WATCHDOG_RECREATE_GRACE_S": GRACE_S,
           "WATCHDOG_CONTAINER_STABLE_S": "3", "WATCHDOG_LOOP_WINDOW_S": "15"}


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
