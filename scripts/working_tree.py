"""Copies of this repository as it is now: the files under version control, and new ones that git does not ignore."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from mlops.common.paths import REPOSITORY


def repository_files(*folders: str) -> list[str]:
    """Return the names of the repository's files, or of those in some folders."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *folders]
    listed = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, check=True).stdout
    return [name for name in listed.split("\0") if name and (REPOSITORY / name).is_file()]


def copy_files(source: Path, names: list[str], target: Path) -> Path:
    """Copy files with their times into a folder, under the same names, and return it."""
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / name, target / name)
    return target
