"""GitHub and Azure DevOps on loopback: the few routes of their REST APIs that the pipelines' commands use."""

from __future__ import annotations

import io
import json
import re
import threading
import zipfile
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "token-of-the-job"
REPOSITORY, FORK = 1, 2  # ids
OURS = {"login": "github-actions[bot]"}


def archive(files: dict[str, bytes]) -> bytes:
    """Return a ZIP archive of files by name."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return held.getvalue()


class Forge(AbstractContextManager):
    """A server with one repository.

    Attributes:
        comments: of the pull requests on GitHub.
        pulls: the open pull requests.
        artifacts: of all runs, as the API lists them; `content` is the archive.
        threads: of the pull requests in Azure DevOps.
        builds: by id, the artifacts of a build by name.
        seen: method, path and Authorization of every request.
    """

    def __init__(self) -> None:
        self.comments: list[dict[str, Any]] = []
        self.pulls: list[dict[str, Any]] = []
        self.artifacts: list[dict[str, Any]] = []
        self.threads: list[dict[str, Any]] = []
        self.builds: dict[int, dict[str, bytes]] = {}
        self.seen: list[tuple[str, str, str | None]] = []
        self.fault: int | None = None
        forge = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                forge.seen.append((self.command, self.path, self.headers.get("Authorization")))
                status, content, more = forge.route(self.command, self.path, body)
                sent = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                for name, value in {**more, "Content-Length": str(len(sent))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(sent)

            do_GET = do_POST = do_PATCH = answer  # noqa: N815 the names that http.server looks for

            def log_message(self, *arguments: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        # Storage is another host, to which a token must not go.
        self.storage = f"http://localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __exit__(self, *error: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def route(self, method: str, address: str, body: Any) -> tuple[int, Any, dict[str, str]]:
        """Return status, content and headers of an answer."""
        path = urlsplit(address).path
        query = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
        if self.fault and not path.startswith("/storage"):
            return self.fault, {"message": "not today"}, {}
        for pattern, handler in ROUTES.items():
            verb, _, template = pattern.partition(" ")
            found = re.fullmatch(template, path)
            if verb == method and found:
                return handler(self, query, body, *found.groups())
        return 404, {"message": f"no route for {method} {path}"}, {}


def page(items: list[Any], query: dict[str, str]) -> list[Any]:
    size, number = int(query["per_page"]), int(query["page"])
    return items[(number - 1) * size : number * size]


def _comments(forge, query, body, number):
    return 200, page([c for c in forge.comments if c["issue"] == int(number)], query), {}


def _comment(forge, query, body, number):
    forge.comments.append({"id": len(forge.comments) + 1, "issue": int(number), "user": OURS, "body": body["body"]})
    return 201, forge.comments[-1], {}


def _edit(forge, query, body, identifier):
    forge.comments[int(identifier) - 1]["body"] = body["body"]
    return 200, {}, {}


def _artifacts(forge, query, body, run=None):
    found = [item for item in forge.artifacts if item["name"] == query["name"]]
    if run:
        found = [item for item in found if item["workflow_run"]["id"] == int(run)]
    listed = [{key: value for key, value in item.items() if key != "content"} for item in found]
    return 200, {"total_count": len(found), "artifacts": page(listed, query)}, {}


def _zip(forge, query, body, identifier):
    return 302, b"", {"Location": f"{forge.storage}/storage/{identifier}"}


def _storage(forge, query, body, identifier):
    return 200, next(item["content"] for item in forge.artifacts if item["id"] == int(identifier)), {}


def _pulls(forge, query, body):
    found = [pull for pull in forge.pulls if pull["label"] == query["head"]]
    return 200, page(found, query), {}


def _open(forge, query, body):
    forge.pulls.append({"label": f"owner:{body['head']}", "html_url": "https://forge.example/pull/9", **body})
    return 201, forge.pulls[-1], {}


def _threads(forge, query, body, number):
    return 200, {"value": forge.threads}, {}


def _thread(forge, query, body, number):
    comments = [{"id": 1, "author": {"id": "me"}, **body["comments"][0]}]
    forge.threads.append({"id": len(forge.threads) + 1, "status": body["status"], "comments": comments})
    return 200, forge.threads[-1], {}


def _edit_thread(forge, query, body, number, thread, comment=None):
    held = forge.threads[int(thread) - 1]
    (held["comments"][int(comment) - 1] if comment else held).update(body)
    return 200, {}, {}


def _builds(forge, query, body):
    return 200, {"value": [{"id": number} for number in sorted(forge.builds, reverse=True)]}, {}


def _build_artifact(forge, query, body, build):
    if query["artifactName"] not in forge.builds[int(build)]:
        return 404, {"message": "no such artifact"}, {}
    address = f"{forge.address}/project/download/{build}/{query['artifactName']}"
    return 200, {"resource": {"downloadUrl": address}}, {}


ROUTES = {
    "GET /repos/owner/llmops/issues/([0-9]+)/comments": _comments,
    "POST /repos/owner/llmops/issues/([0-9]+)/comments": _comment,
    "PATCH /repos/owner/llmops/issues/comments/([0-9]+)": _edit,
    "GET /repos/owner/llmops/actions/artifacts": _artifacts,
    "GET /repos/owner/llmops/actions/runs/([0-9]+)/artifacts": _artifacts,
    "GET /repos/owner/llmops/actions/artifacts/([0-9]+)/zip": _zip,
    "GET /storage/([0-9]+)": _storage,
    "GET /repos/owner/llmops/pulls": _pulls,
    "POST /repos/owner/llmops/pulls": _open,
    "GET /_apis/connectionData": lambda *_: (200, {"authenticatedUser": {"id": "me"}}, {}),
    "GET /project/_apis/git/repositories/repo/pullRequests/([0-9]+)/threads": _threads,
    "POST /project/_apis/git/repositories/repo/pullRequests/([0-9]+)/threads": _thread,
    "PATCH /project/_apis/git/repositories/repo/pullRequests/([0-9]+)/threads/([0-9]+)": _edit_thread,
    "PATCH /project/_apis/git/repositories/repo/pullRequests/([0-9]+)/threads/([0-9]+)/comments/([0-9]+)": _edit_thread,
    "GET /project/_apis/build/builds": _builds,
    "GET /project/_apis/build/builds/([0-9]+)/artifacts": _build_artifact,
    "GET /project/download/([0-9]+)/([a-z_-]+)": lambda forge, query, body, build, name: (
        200,
        forge.builds[int(build)][name],
        {},
    ),
    "GET /project/_apis/git/repositories/repo/pullrequests": lambda forge, *_: (200, {"value": forge.pulls}, {}),
    "POST /project/_apis/git/repositories/repo/pullrequests": lambda forge, query, body: (
        forge.pulls.append({"pullRequestId": 9, **body}) or (200, forge.pulls[-1], {})
    ),
}
