"""What an evaluation was made of: the data, the commit, the configuration and the packages."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from mlops.common.paths import REPOSITORY, display_path
from mlops.configuration.sections import Section

PACKAGES = ("promptflow", "promptflow-evals", "promptflow-tools", "azure-ai-evaluation", "openai", "azure-ai-ml")


def provenance(config: Section, data: Path, data_sha256: str) -> dict[str, str]:
    """Return the data file and its hash, the git commit, a hash of the configuration, and the versions of what matters.

    Of a data file outside the repository only the name is given: its path may hold a user's name.
    """
    about = {
        "data": display_path(data) if data.resolve().is_relative_to(REPOSITORY) else data.name,
        "data_sha256": data_sha256,
        "commit": git_commit(),
        "config_sha256": config_hash(config),
        "python": platform.python_version(),
    }
    for package in PACKAGES:
        try:
            about[package] = version(package)
        except PackageNotFoundError:
            about[package] = "not installed"
    return about


def config_hash(config: Section) -> str:
    """Return the SHA-256 of a section, which is the same as long as its values are."""
    return hashlib.sha256(config.model_dump_json().encode()).hexdigest()


def git_commit() -> str:
    """Return the checked-out commit, with "-dirty" where files differ from it, or "unknown" outside a repository."""
    command = ["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return result.stdout.strip() or "unknown"
