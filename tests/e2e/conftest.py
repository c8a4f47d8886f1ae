"""Fixtures of the end-to-end tests; each gives one part of the scripted world."""

import collections
import faulthandler
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

import pytest

from support import engine as engine_module
from support.application import Application
from support.daemon import WATCHDOG, Daemon
from support.dependency import Dependency
from support.engine import Engine
from support.fake_engine import FakeEngine
from support.ordinary_user import OrdinaryUser
from support.telegram import Telegram
from support.tls import Authority
from support.wait import PATIENCE

TEST_LIMIT_S = 120
BOOT_GRACE_S = 300
COUNTS = collections.Counter()


# --- no test hangs: an alarm ends it, with all threads shown ---

class Overtime(Exception):
    pass


def _limited(item, stage):
    marker = item.get_closest_marker("limit")
    limit = max(marker.args[0] if marker else 0, TEST_LIMIT_S) * PATIENCE

    def ring(*_):
        faulthandler.dump_traceback(all_threads=True)
        raise Overtime(f"{stage} of {item.name} took over {limit:.0f} s")
    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, limit)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_setup(item):
    yield from _limited(item, "setup")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    yield from _limited(item, "call")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_teardown(item):
    yield from _limited(item, "teardown")


# --- what a failed test shows: what everybody said and got ---

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for teller in getattr(item, "tellers", ()):
            report.sections.append((type(teller).__name__, teller.story()))


@pytest.fixture
def tell(request):
    """tell(thing): a failure shows thing.story()."""
    request.node.tellers = []

    def add(thing):
        request.node.tellers.append(thing)
        return thing
    return add


# --- counting, and running in parts side by side ---

def pytest_sessionstart():
    """A host that has just booted is given more time by the daemon: wait that out, before any test's own limit runs."""
    left = BOOT_GRACE_S + 5 - time.clock_gettime(time.CLOCK_BOOTTIME)
    if left > 0:
        time.sleep(left)


def pytest_configure(config):
    config.addinivalue_line("markers", "limit(seconds): a longer limit for this test")
    config.addinivalue_line("markers", "engine: needs a real docker engine")
    config.addinivalue_line("markers", "root: needs root")


def pytest_collection_modifyitems(config, items):
    for item in items:
        if "engine" in item.fixturenames:
            item.add_marker("engine")
        if item.get_closest_marker("root") and os.geteuid() != 0:
            item.add_marker(pytest.mark.skip(reason="needs root"))
    _take_part(config, items)


def _take_part(config, items):
    """WATCHDOG_TEST_PART=i/n: the engine's tests are part 0's, the others are dealt out evenly."""
    part, parts = (int(x) for x in os.environ.get("WATCHDOG_TEST_PART", "0/1").split("/"))
    if parts == 1:
        return
    turn, mine, others = 0, [], []
    for item in items:
        owner = 0
        if not item.get_closest_marker("engine"):
            owner = 1 + turn % (parts - 1)
            turn += 1
        (mine if owner == part else others).append(item)
    items[:] = mine
    config.hook.pytest_deselected(items=others)


def pytest_runtest_logreport(report):
    engine = "engine" in report.keywords
    if report.when == "call" or report.outcome != "passed":
        COUNTS[report.outcome] += 1
        COUNTS["engine_" + report.outcome] += engine


def pytest_sessionfinish():
    path = os.environ.get("WATCHDOG_TEST_COUNTS")
    if path:
        Path(path).write_text("".join(f"{k} {COUNTS[k]}\n" for k in (
            "passed", "failed", "skipped", "engine_passed", "engine_failed", "engine_skipped")))


# --- the world ---

@pytest.fixture(scope="session", autouse=True)
def staged():
    """The programs under test."""
    if not WATCHDOG.exists():
        pytest.exit(f"{WATCHDOG} is not there: run ./dev stage first", 2)


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def short_dir():
    """A folder that every user may enter, with a name short enough for a unix socket."""
    path = Path(tempfile.mkdtemp(prefix="wd-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def closing():
    """closing(peer): closed after the test."""
    peers = []

    def add(peer):
        peers.append(peer)
        return peer
    yield add
    for peer in reversed(peers):
        peer.close()


@pytest.fixture
def telegram(authority, closing, tell):
    return tell(closing(Telegram(authority)))


@pytest.fixture
def app(closing):
    """The application, over http."""
    return closing(Application())


@pytest.fixture
def app_tls(closing, authority):
    return closing(Application(authority.server_context()))


@pytest.fixture
def dep(closing):
    """A dependency that is well until it is told otherwise."""
    return closing(Dependency())


@pytest.fixture
def dep_tls(closing, authority):
    return closing(Dependency(authority.server_context()))


@pytest.fixture
def fake_engine(short_dir, closing, tell):
    return tell(closing(FakeEngine(short_dir / "docker.sock")))


@pytest.fixture(scope="session")
def _engine():
    reason = engine_module.why_not()
    if reason:
        pytest.skip(reason)
    engine = Engine(tempfile.mkdtemp(prefix="wd-engine-", dir="/tmp"))
    yield engine
    engine.close()


@pytest.fixture
def engine(_engine, tell):
    """A real docker engine, without containers; a test may have stopped it."""
    if not _engine.running:
        _engine.restart()
    yield tell(_engine)
    if _engine.running:
        _engine.clear()


@pytest.fixture
def start(tell, closing):
    """start(**keys): the daemon, quick and without Telegram; ended and judged after the test.  deps= is WATCHDOG_DEPS."""
    daemons = []

    def begin(*args, keys=None, quick=True, through=(), pass_fds=(), **more):
        names = {f"WATCHDOG_{k.upper()}": v for k, v in more.items()}
        daemons.append(tell(Daemon({**(keys or {}), **names}, *args, quick=quick, through=through,
                                   pass_fds=pass_fds)))
        return daemons[-1]
    yield begin
    # Before its peers: closing is a fixture of ours for this order alone.
    for daemon in daemons:
        daemon.end()


@pytest.fixture
def telegram_keys(telegram, authority):
    """The keys that point the daemon at the scripted Telegram."""
    return {
        "WATCHDOG_TG_BOT_TOKEN": telegram.TOKEN,
        "WATCHDOG_TG_CHAT_ID": telegram.CHAT,
        "WATCHDOG_TG_API_URL": telegram.url(host="localhost"),
        "WATCHDOG_TG_CA_FILE": authority.ca_file,
    }


@pytest.fixture
def watch(start, telegram, telegram_keys):
    """watch(**keys): the daemon, speaking to the scripted Telegram; at the end Telegram is well again."""
    def begin(*args, keys=None, **more):
        return start(*args, keys={**telegram_keys, **(keys or {})}, **more)
    yield begin
    telegram.well()


@pytest.fixture
def ordinary(short_dir, authority):
    return OrdinaryUser(short_dir, authority.ca_file)

