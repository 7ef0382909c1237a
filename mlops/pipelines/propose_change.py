"""Propose changed files as a pull request: commit them to a branch of their own, push it, open the pull request.

A proposal that is still open is replaced by the new one. Nothing happens when the files are as they were.
"""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Mapping

from mlops.common.cli import command_parser, exit_status
from mlops.common.errors import UserError
from mlops.common.paths import REPOSITORY
from mlops.pipelines.api import variable
from mlops.pipelines.systems import system

AUTHOR = {"NAME": "llmops pipeline", "EMAIL": "pipeline@localhost"}


def git(*arguments: str, environment: Mapping[str, str] = os.environ) -> str:
    """Run git in this repository and return what it prints.

    Raises:
        UserError: it fails.
    """
    result = subprocess.run(
        ["git", *arguments], cwd=REPOSITORY, env=dict(environment), capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise UserError(f"git {arguments[0]} failed: {result.stderr.strip() or result.stdout.strip()}")
    return result.stdout.strip()


def git_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for git, with an author and the job's token, which so gets on no command line or disk."""
    author = {f"GIT_{role}_{part}": AUTHOR[part] for role in ("AUTHOR", "COMMITTER") for part in AUTHOR}
    user = "x-access-token" if environment.get("GITHUB_ACTIONS") else ""
    name = "GITHUB_TOKEN" if environment.get("GITHUB_ACTIONS") else "SYSTEM_ACCESSTOKEN"
    token = base64.b64encode(f"{user}:{variable(environment, name)}".encode()).decode()
    header = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: Basic {token}",
    }
    return {**environment, **author, **header}


def main() -> None:
    """Propose what the command line says."""
    parser = command_parser(__doc__)
    parser.add_argument("--branch", required=True, metavar="B", help="the branch for the proposal; it is overwritten")
    parser.add_argument("--base", required=True, metavar="B", help="the branch that it is to be merged into")
    parser.add_argument("--title", required=True, metavar="TEXT", help="of the commit and of the pull request")
    parser.add_argument("files", nargs="+", metavar="FILE")
    arguments = parser.parse_args()
    if not git("status", "--porcelain", "--", *arguments.files):
        print("Nothing has changed.")
        return
    repository = system(os.environ)
    environment = git_environment(os.environ)
    git("switch", "--force-create", arguments.branch)
    git("add", "--", *arguments.files)
    git("commit", "--quiet", "--message", arguments.title, environment=environment)
    git("push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{arguments.branch}", environment=environment)
    text = "Made by a pipeline. Its checks start when somebody closes and reopens it, or pushes to it."
    print(repository.propose(arguments.branch, arguments.base, arguments.title, text))


if __name__ == "__main__":
    sys.exit(exit_status(main))
