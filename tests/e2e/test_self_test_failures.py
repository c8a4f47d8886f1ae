"""watchdog -T where a role does not come up, or does not last: it ends when that is known, and says of each what is true."""

import os
import re
import shutil
import subprocess

import pytest

from support.daemon import STAGE, WATCHDOG, environment
from support.hostile_role import programs
from support.wait import PATIENCE

pytestmark = pytest.mark.root

PROGRAMS = STAGE / "libexec" / "watchdog"
OTHERS = ("parent", "brain", "notifier", "resolver", "prober")


def self_test(through, keys):
    """The exit status, the rows by role, and what else was said."""
    done = subprocess.run([*through, str(WATCHDOG), "-T"], env=environment(keys), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=90 * PATIENCE, check=False)
    return done.returncode, {line.split()[0]: line for line in done.stdout.splitlines()[1:] if line}, done.stderr


@pytest.fixture
def with_collector(tmp_path, telegram_keys):
    """with_collector(make): the self-test where make(path) has put something else in the place of the collector's programs."""
    os.chmod(tmp_path, 0o755)

    def begin(make):
        own = tmp_path / "programs"
        shutil.copytree(PROGRAMS, own)
        for program in own.glob("watchdog-collector*"):
            program.unlink()
            make(program)
        return self_test(("unshare", "--mount", "--propagation", "private", "sh", "-c", 'mount --bind "$1" "$2" && shift 2 && exec "$@"', "sh",
                          own, PROGRAMS), telegram_keys)
    return begin


def only_the_collector_fails(seen, why):
    status, rows, said = seen
    assert status == 1
    assert re.search(why, rows["collector"]), rows["collector"]
    for role in OTHERS:
        assert re.search(r" ok(: |$)", rows[role]), rows[role]
    assert "giving up" not in said and "started anew" not in said, said


def test_one_that_ends_at_once_is_the_only_one_that_fails(with_collector):
    seen = with_collector(lambda path: shutil.copy("/bin/false", path))
    only_the_collector_fails(seen, r"^collector +- +- +- +- +FAILED: not ready: ended with status 1$")


def test_one_that_is_no_program_was_not_started(with_collector):
    seen = with_collector(lambda path: path.write_text("no program\n"))
    only_the_collector_fails(seen, r"^collector +- +- +- +- +FAILED: not started: .*watchdog-collector\S*: Permission denied$")


def test_one_that_does_nothing_was_not_ready_in_time(with_collector):
    def idle(path):
        source = path.with_suffix(".c")
        source.write_text("int pause(void); int main(void) { for (;;) pause(); }\n")
        subprocess.run(["cc", "-o", path, source], check=True, timeout=60)
    seen = with_collector(idle)
    only_the_collector_fails(seen, r"^collector +- .* FAILED: not ready: was killed by SIGKILL \(it was not ready in time\)$")


def test_one_that_is_killed_before_its_result_is_known_as_it_was(tmp_path, telegram_keys):
    os.chmod(tmp_path, 0o755)
    seen = self_test(programs(tmp_path, "collector", "NONSENSE"), telegram_keys)
    only_the_collector_fails(seen, r"^collector +[1-9]\d* +none .* FAILED: no result: (was killed by|ended with) ")
