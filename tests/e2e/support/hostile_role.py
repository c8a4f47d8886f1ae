"""A daemon whose programs are its own but for one, which was taken over: hostile_role.c in the place of that role's."""

import shutil
import subprocess
from pathlib import Path

from .daemon import STAGE

PROGRAMS = STAGE / "libexec" / "watchdog"
SOURCE = Path(__file__).with_suffix(".c")
TOP = SOURCE.parents[3]
COMMON = TOP / "src" / "common"
PURE = ("messages", "wire", "utf8", "roles")  # of src/common, what frames are made by


def programs(folder, role, attack):
    """Everybody may enter folder.  Returns what a daemon is to be started through."""
    own = folder / "programs"
    shutil.copytree(PROGRAMS, own)
    (folder / "build_config.h").touch()
    subprocess.run(["cc", "-O1", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE", f"-DATTACK=ATTACK_{attack}",
                    f"-I{folder}", f"-I{COMMON}", f"-I{TOP / 'tests' / 'unit'}", SOURCE, *(COMMON / f"{name}.c" for name in PURE),
                    "-lm", "-o", folder / "hostile"], check=True, timeout=60)
    for program in own.glob(f"watchdog-{role}*"):  # that with libcurl too
        shutil.copy(folder / "hostile", program)
    return ("unshare", "--mount", "--propagation", "private", "sh", "-c", 'mount --bind "$1" "$2" && shift 2 && exec "$@"', "sh",
            own, PROGRAMS)
