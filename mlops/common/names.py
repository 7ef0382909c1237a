"""Names of experiments and runs, taken from the pipeline where there is one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import uuid

from mlops.common.paths import REPOSITORY

FALLBACK_EXPERIMENT = "no-branch"


def experiment_name() -> str:
    """Return the branch's name: from the pipeline, else from git, else "no-branch", which is said on standard error."""
    branch = _as_name(os.environ.get("BUILD_SOURCEBRANCHNAME") or _git_branch())
    if not branch:
        print(f"No git branch to name it after: the experiment is called {FALLBACK_EXPERIMENT}.", file=sys.stderr)
        return FALLBACK_EXPERIMENT
    return branch


def run_name(flow: str, environment: str) -> str:
    """Return a name for a run: flow, environment, and the pipeline's BUILD_BUILDID or a fresh identifier."""
    return _as_name(f"{flow}_{environment}_{os.environ.get('BUILD_BUILDID') or fresh_identifier()}")


def fresh_identifier() -> str:
    """Return eight random hexadecimal digits."""
    return uuid.uuid4().hex[:8]


def _git_branch() -> str:
    command = ["git", "-C", str(REPOSITORY), "symbolic-ref", "--short", "--quiet", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=False).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""


def _as_name(text: str) -> str:
    """Replace what Azure ML does not take in a name, and keep it under its 255 characters."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", text).strip("-.")[:200]


def resume_command(module: str, environment: str, run: str) -> str:
    """Return the command that resumes a run.

    Args:
        module: the flow's runner, or its evaluation.
        environment: the environment's name.
        run: the run's name.
    """
    return f"python -m {module} --environment_name {environment} --resume_from {run}"
