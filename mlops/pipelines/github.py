"""GitHub, as far as the pipelines need it: comments, artifacts and pull requests, over its REST API."""

from __future__ import annotations

import json
import os
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlops.common.errors import UserError
from mlops.pipelines.api import Api, variable

PAGE, PAGES = 100, 30
BOT = "github-actions[bot]"  # whom the token of a workflow writes as


@dataclass(frozen=True)
class GitHub:
    """A repository on GitHub.

    Attributes:
        api: of the repository.
        link: of the repository's pages.
    """

    api: Api
    link: str

    def listed(self, path: str, key: str | None = None, **query: object) -> Iterator[dict[str, Any]]:
        """Yield the items of a list, page after page; `key` is where an answer holds them when it is an object."""
        for page in range(1, PAGES + 1):
            answer = self.api.call("GET", path, per_page=PAGE, page=page, **query)
            items = answer[key] if key else answer
            yield from items
            if len(items) < PAGE:
                return

    def upsert_comment(self, number: int, marker: str, text: str) -> str:
        """Write a comment on a pull request, or rewrite the one that begins with the marker; return which."""
        for comment in self.listed(f"/issues/{number}/comments"):
            if comment["user"]["login"] == BOT and comment["body"].startswith(marker):
                self.api.call("PATCH", f"/issues/comments/{comment['id']}", {"body": f"{marker}\n{text}"})
                return "updated"
        self.api.call("POST", f"/issues/{number}/comments", {"body": f"{marker}\n{text}"})
        return "written"

    def newest_artifact(self, name: str, branch: str) -> str | None:
        """Return where to download the newest artifact of that name which a run on this repository's branch left."""
        newest: dict[str, Any] | None = None
        for artifact in self.listed("/actions/artifacts", "artifacts", name=name):
            run = artifact.get("workflow_run") or {}
            # A fork may have a branch of the same name, and may name its artifacts as it likes.
            ours = run.get("head_branch") == branch and run.get("head_repository_id") == run.get("repository_id")
            if ours and not artifact["expired"] and (newest is None or artifact["created_at"] > newest["created_at"]):
                newest = artifact
        return newest["archive_download_url"] if newest else None

    def artifact_of_run(self, run: int, name: str) -> str | None:
        """Return where to download a run's artifact of that name."""
        found = self.listed(f"/actions/runs/{run}/artifacts", "artifacts", name=name)
        return next((item["archive_download_url"] for item in found if item["name"] == name), None)

    def pull_requests_of(self, run: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the open pull requests whose head is, still, what a workflow run saw.

        Args:
            run: `workflow_run` of the event. GitHub leaves its list of pull requests empty for forks, and a number
                that the run itself passes on could be any, so they are looked up by repository, branch and commit.
        """
        head = run["head_repository"]
        if head is None:  # a fork that has been deleted since, and its pull requests with it
            return []
        label = f"{head['owner']['login']}:{run['head_branch']}"
        return [
            pull
            for pull in self.listed("/pulls", state="open", head=label)
            if pull["head"]["sha"] == run["head_sha"] and (pull["head"]["repo"] or {}).get("id") == head["id"]
        ]

    def propose(self, branch: str, base: str, title: str, text: str) -> str:
        """Open a pull request from a branch of this repository, unless there is one; return its address."""
        owner = urllib.parse.urlsplit(self.api.base).path.split("/")[-2]
        for pull in self.listed("/pulls", state="open", head=f"{owner}:{branch}", base=base):
            return pull["html_url"]
        body = {"title": title, "body": text, "head": branch, "base": base}
        return self.api.call("POST", "/pulls", body)["html_url"]


def github(environment: Mapping[str, str] = os.environ) -> GitHub:
    """Return the repository that a workflow runs for, with the token that it was given.

    Raises:
        UserError: this is no workflow, or its step was given no GITHUB_TOKEN.
    """
    repository = variable(environment, "GITHUB_REPOSITORY")
    api = Api(
        f"{variable(environment, 'GITHUB_API_URL')}/repos/{repository}",
        f"Bearer {variable(environment, 'GITHUB_TOKEN')}",
        {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
    )
    return GitHub(api, f"{variable(environment, 'GITHUB_SERVER_URL')}/{repository}")


def ended_run(environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Return the workflow run whose end started this one.

    Raises:
        UserError: something else started it.
    """
    path = Path(variable(environment, "GITHUB_EVENT_PATH"))
    event = json.loads(path.read_text(encoding="utf-8"))
    if "workflow_run" not in event:
        raise UserError(f"{path} is no event of workflow_run: this command runs after a workflow, not in it")
    return event["workflow_run"]
