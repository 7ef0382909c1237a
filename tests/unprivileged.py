"""Programs as a container runs them: as a user without rights, on folders that are somebody else's and read-only."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

SOMEBODY_ELSE = 12345  # a user id that owns nothing here


def without_rights(user: int | str) -> list[str]:
    """What to put before a command so that it runs as that user, or at least without the rights that root has."""
    if os.getuid() != 0:
        return []
    namespace = ["unshare", "--user", f"--map-user={user}", f"--map-group={user}"]
    if subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode == 0:
        return namespace
    return ["setpriv", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]


def make_read_only(folder: Path) -> None:
    """Take the right to write from everybody, on everything in a folder."""
    for path in [*folder.rglob("*"), folder]:
        path.chmod(0o555 if path.is_dir() else 0o444)


def give_away(folder: Path) -> None:
    """Make a folder with everything in it read-only and, where this process may, another user's."""
    make_read_only(folder)
    if os.getuid() == 0:
        for path in [*folder.rglob("*"), folder]:
            os.chown(path, SOMEBODY_ELSE, SOMEBODY_ELSE)


def make_writable(folder: Path) -> None:
    """Give the owner the right to write again."""
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
