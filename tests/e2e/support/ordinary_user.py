"""The daemon as an ordinary user starts it, wherever the programs are staged."""

import shutil

from .daemon import STAGE

UID = 65534

# In a mount namespace of its own: if a folder on the way to the programs is closed to others (a clone in /root), an
# open one stands in its place there, with nothing but the programs in it.
BECOME = """
closed=$1 stage=$2 hold=$3 groups=$4
shift 4
if [ -n "$closed" ]; then
	mkdir "$hold" && mount --bind "$stage" "$hold" && mount -t tmpfs -o mode=0755 none "$closed" &&
	    mkdir -p "$stage" && mount --bind "$hold" "$stage" || exit 1
fi
exec setpriv --reuid=65534 --regid=65534 "$groups" "$@"
"""


def closed_folder():
    """The first folder on the way to the programs that others may not enter, or ""."""
    return next((str(p) for p in reversed(STAGE.parents) if not p.stat().st_mode & 0o001), "")


class OrdinaryUser:
    def __init__(self, directory, ca_file):
        self.directory = directory
        self.ca_file = ca_file

    def keys(self, keys):
        """The same keys, with a CA file that this user can reach."""
        copy = self.directory / "ca.pem"
        shutil.copy(self.ca_file, copy)
        copy.chmod(0o644)
        return {**keys, "WATCHDOG_TG_CA_FILE": copy}

    def command(self, *gids):
        """What to put before the program's name; it keeps its process id."""
        groups = "--groups=" + ",".join(map(str, gids)) if gids else "--clear-groups"
        return ["unshare", "--mount", "sh", "-c", BECOME, "sh", closed_folder(), str(STAGE), str(self.directory / "hold"), groups]
