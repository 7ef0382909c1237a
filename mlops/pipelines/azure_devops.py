"""Azure DevOps, as far as the pipelines need it: comments, artifacts and pull requests, over its REST API."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlops.pipelines.api import Api, ApiError, variable

VERSION = "7.1"
ACTIVE, CLOSED = 1, 4  # states of a thread; a branch policy can ask for all to be closed
STORAGE = (".visualstudio.com", ".dev.azure.com")  # where Azure DevOps keeps artifacts
BUILDS = 50  # how far back an accepted baseline is looked for


@dataclass(frozen=True)
class AzureDevOps:
    """A repository and a pipeline of an Azure DevOps project.

    Attributes:
        api: of the project.
        collection: of the organisation.
        repository: the repository's id.
        pipeline: the pipeline's id.
        link: of the project's pages.
    """

    api: Api
    collection: Api
    repository: str
    pipeline: str
    link: str

    def upsert_comment(self, number: int, marker: str, text: str, resolved: bool) -> str:
        """Write a comment on a pull request, or rewrite the one that begins with the marker; return which.

        Args:
            number: of the pull request.
            marker: a first line that readers do not see.
            text: Markdown.
            resolved: whether the comment's thread is closed, so that it does not hold up the pull request.
        """
        threads = f"/_apis/git/repositories/{self.repository}/pullRequests/{number}/threads"
        status, content = CLOSED if resolved else ACTIVE, f"{marker}\n{text}"
        for thread, comment in self._own_comments(threads):
            if (comment.get("content") or "").startswith(marker):
                place = f"{threads}/{thread['id']}"
                self._call("PATCH", f"{place}/comments/{comment['id']}", {"content": content})
                self._call("PATCH", place, {"status": status})
                return "updated"
        first = {"parentCommentId": 0, "content": content, "commentType": "text"}
        self._call("POST", threads, {"comments": [first], "status": status})
        return "written"

    def _own_comments(self, threads: str):
        me = self.collection.call("GET", "/_apis/connectionData")["authenticatedUser"]["id"]
        for thread in self._call("GET", threads)["value"]:
            for comment in thread["comments"]:
                if comment["author"]["id"] == me and not comment.get("isDeleted"):
                    yield thread, comment

    def newest_artifact(self, name: str, branch: str) -> str | None:
        """Return where to download the newest artifact of that name which this pipeline left on a branch."""
        query = {
            "definitions": self.pipeline,
            "branchName": f"refs/heads/{branch}",
            "queryOrder": "queueTimeDescending",
            "$top": BUILDS,
        }
        for build in self._call("GET", "/_apis/build/builds", **query)["value"]:
            try:
                found = self._call("GET", f"/_apis/build/builds/{build['id']}/artifacts", artifactName=name)
            except ApiError as error:
                if error.status != 404:  # the build has no such artifact
                    raise
            else:
                return found["resource"]["downloadUrl"]
        return None

    def propose(self, branch: str, base: str, title: str, text: str) -> str:
        """Open a pull request from a branch of this repository, unless there is one; return its address."""
        pulls = f"/_apis/git/repositories/{self.repository}/pullrequests"
        source, target = f"refs/heads/{branch}", f"refs/heads/{base}"
        criteria = {"searchCriteria.sourceRefName": source, "searchCriteria.targetRefName": target}
        found = self._call("GET", pulls, **criteria, **{"searchCriteria.status": "active"})["value"]
        body = {"sourceRefName": source, "targetRefName": target, "title": title, "description": text}
        pull = found[0] if found else self._call("POST", pulls, body)
        return f"{self.link}/_git/{self.repository}/pullrequest/{pull['pullRequestId']}"

    def _call(self, method: str, path: str, body: object = None, **query: object) -> Any:
        return self.api.call(method, path, body, **query, **{"api-version": VERSION})


def azure_devops(environment: Mapping[str, str] = os.environ) -> AzureDevOps:
    """Return the repository and pipeline that run, with the token of the job.

    Raises:
        UserError: this is no pipeline, or its step was given no SYSTEM_ACCESSTOKEN.
    """
    collection = variable(environment, "SYSTEM_COLLECTIONURI").rstrip("/")
    project = variable(environment, "SYSTEM_TEAMPROJECTID")
    token = base64.b64encode(f":{variable(environment, 'SYSTEM_ACCESSTOKEN')}".encode()).decode()
    return AzureDevOps(
        Api(f"{collection}/{project}", f"Basic {token}", storage=STORAGE),
        Api(collection, f"Basic {token}"),
        variable(environment, "BUILD_REPOSITORY_ID"),
        variable(environment, "SYSTEM_DEFINITIONID"),
        f"{collection}/{project}",
    )
