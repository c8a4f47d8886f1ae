"""The image as its Dockerfile makes it and compose runs it, by the commands that doc/hardening.md shows, on a host with a docker engine."""

import re
import shutil
import tarfile
import tempfile
import time

import pytest

from support import engine as engine_module
from support.docker_host import BASE, DockerHost
from support.documents import DOCUMENTS, TOP, commands
from support.wait import wait_for

pytestmark = [pytest.mark.engine, pytest.mark.root, pytest.mark.limit(1200)]

ARCHIVE = TOP / "build" / "image" / "watchdog.tar"
DOCKERFILE = TOP / "contrib" / "docker" / "Dockerfile"
COMPOSE = TOP / "contrib" / "docker" / "compose.yaml"
APPLICATION = "your/application"
LINES = [line for document in DOCUMENTS for line in commands(document, "docker")]


@pytest.fixture(scope="module")
def _docker_host():
    reason = engine_module.why_not()
    if reason:
        pytest.skip(reason)
    host = DockerHost(tempfile.mkdtemp(prefix="wd-docker-", dir="/tmp"))
    try:
        host.equip()
        host.import_application(APPLICATION)
        # On a machine of one's own the build has a network; this engine has no bridge but a compose project's.
        [build] = [line for line in LINES if line.startswith("docker build")]
        host.shell(build.replace("docker build", "docker build --network host"), TOP)
        yield host
    finally:
        host.close()


@pytest.fixture
def docker_host(_docker_host, tell):
    yield tell(_docker_host)
    _docker_host.clear()
    _docker_host.docker("network", "prune", "-f")


def names(archive):
    """Without what an engine adds, time zones, and libraries, which are named by the version of Debian."""
    with tarfile.open(archive) as tar:
        found = {member.name.removeprefix("./").rstrip("/") for member in tar.getmembers() if not member.isdir()}
    added = {".dockerenv", "etc/hostname", "etc/mtab", "dev/console"}
    return {name for name in found if name not in added and not re.match(r"lib|usr/lib/|usr/share/zoneinfo/", name)}


def test_it_has_what_the_image_without_a_registry_has(docker_host, tmp_path):
    if not ARCHIVE.exists():
        pytest.fail(f"{ARCHIVE} is not there: run ./dev image first")
    docker_host.docker("create", "--name", "built", "watchdog")
    docker_host.docker("export", "-o", str(tmp_path / "built.tar"), "built")
    assert names(tmp_path / "built.tar") == names(ARCHIVE)
    size = int(docker_host.docker("image", "inspect", "-f", "{{.Size}}", "watchdog"))
    assert size < 40 << 20
    print(f"size of the image: {size / (1 << 20):.1f} MiB")


def test_every_process_proves_itself_in_it(docker_host):
    done = docker_host.attempt("run", "--rm", "--network", "host", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
                               "watchdog", "-T")
    assert done.returncode == 0 and "FAILED" not in done.stdout, done.stdout + done.stderr


def are_well(status):
    return all(re.search(rf"(?m)^{signal} +ok", status) for signal in ("docker", "orchestrator"))


def test_the_commands_of_the_documents(docker_host):
    for line in LINES:
        if line.endswith("watchdogctl status"):
            # What was started a moment ago has not looked yet.
            wait_for(lambda: are_well(docker_host.shell(line, TOP, False).stdout), line, 120)  # noqa: B023
        elif not line.startswith("docker build"):
            docker_host.shell(line, TOP)
    assert any(line.endswith("watchdogctl status") for line in LINES)


@pytest.fixture
def project(docker_host, tmp_path):
    """compose.yaml where a person has put it, with his settings beside it."""
    shutil.copy(COMPOSE, tmp_path)
    (tmp_path / ".env.watchdog").write_text("WATCHDOG_INTERVAL_S=1\nWATCHDOG_RECREATE_GRACE_S=0\nWATCHDOG_HOST_NAME=beside\n"
                                            "WATCHDOG_START_MESSAGE=never\nWATCHDOG_CONTAINERS=project-orchestrator-1\n")
    compose = "DOCKER_GID=$(stat -c %g /var/run/docker.sock) docker compose -p project"
    docker_host.shell(f"{compose} up -d", tmp_path)
    yield lambda rest, check=True: docker_host.shell(f"{compose} {rest}", tmp_path, check).stdout
    docker_host.shell(f"{compose} down -t 5", tmp_path)


def test_beside_an_application_it_tells_of_its_end(project, docker_host):
    for signal in ("orchestrator", "container project-orchestrator-1"):
        wait_for(lambda: re.search(rf"(?m)^{signal} +ok", project("exec watchdog watchdogctl status", False)), signal, 30)  # noqa: B023
    docker_host.docker("kill", "project-orchestrator-1")
    wait_for(lambda: re.search("🔴 container project-orchestrator-1: .*137", project("logs watchdog")), "the alert", 30)
    assert "beside · " in project("logs watchdog")
    began = time.monotonic()
    project("stop watchdog")
    print(f"compose stop took {time.monotonic() - began:.2f} s")
    assert docker_host.docker("inspect", "-f", "{{.State.ExitCode}}", "project-watchdog-1") == "0"


# --- said twice ---

def test_the_dockerfile_and_dev_say_the_same():
    """./dev image sets what the Dockerfile sets, and both install the same."""
    dev, dockerfile = (TOP / "dev").read_text(), DOCKERFILE.read_text()
    assert dockerfile.startswith("#") and f"FROM {BASE} AS build" in dockerfile
    for setting in re.findall(r"^(?:USER|HEALTHCHECK|ENTRYPOINT) .*$", dockerfile, re.M):
        assert f"'{setting}'" in dev, setting
    wanted = set(re.search(r'^build_packages="(.*?)"', dev, re.M | re.S)[1].split()) - {"python3"} | {"tzdata"}
    installed = re.search(r"--no-install-recommends (.*?)\nCOPY", dockerfile, re.S)[1].replace("\\\n", " ").split()
    assert set(installed) == wanted
