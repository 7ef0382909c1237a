"""What commands send to Azure and what comes back, noted while they run; all SDKs send through requests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from mlops.first_contact.scrubbing import host_of, path_of, shape_of

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

SIGN_IN = "login.microsoftonline.com"
LONGEST = 1_000_000  # bytes of an answer whose shape is looked at
HEADERS = ("Azure-AsyncOperation", "Location", "Retry-After")  # of long-running operations; that they are there


@dataclass
class Recording:
    """What was asked and answered.

    Attributes:
        answers: of the question that is asked now, scrubbed, each kind once.
        written: what was created or replaced: URL and status. This and the next stay on this machine.
        runs: the names of the Prompt flow runs that were submitted.
    """

    answers: list[dict[str, Any]] = field(default_factory=list)
    written: list[tuple[str, int]] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)

    def take(self) -> list[dict[str, Any]]:
        """Return the answers since the last question."""
        taken, self.answers = self.answers, []
        return taken

    def note(self, request: PreparedRequest, response: Response) -> None:
        """Note an answer of Azure; those to a sign-in are nobody's business."""
        url, method = str(request.url), str(request.method)
        if urlsplit(url).hostname == SIGN_IN:
            return
        if method == "PUT" and response.status_code < 300:
            self.written.append((url, response.status_code))
        if urlsplit(url).path.endswith("/BulkRuns/submit") and response.ok:
            self.runs.append(str(response.json()))  # the run's name
        answer = answer_of(method, url, response)
        if answer not in self.answers:
            self.answers.append(answer)


def answer_of(method: str, url: str, response: Response) -> dict[str, Any]:
    """Return an answer as a report has it."""
    version = parse_qs(urlsplit(url).query).get("api-version", [""])[0]
    body = _body(response)
    error = body.get("error") if isinstance(body, dict) else None
    code = error.get("code") if isinstance(error, dict) else response.headers.get("x-ms-error-code")
    return {
        "method": method,
        "host": host_of(url),
        "path": path_of(url),
        "api_version": version,
        "status": response.status_code,
        "code": shape_of(code, "code").removeprefix("string: ") if code else "",
        "headers": [name for name in HEADERS if name in response.headers],
        "shape": None if body is None else shape_of(body),
    }


def _body(response: Response) -> Any:
    """Return the JSON of an answer; None for any other."""
    length = int(response.headers.get("Content-Length") or 0)
    if "json" not in response.headers.get("Content-Type", "") or length > LONGEST:
        return None
    try:
        return response.json()
    except ValueError:
        return None


@contextmanager
def recorded(recording: Recording) -> Iterator[None]:
    """Note what is asked of Azure inside the block."""
    import requests

    send = requests.Session.send

    def noting(self: requests.Session, request: PreparedRequest, **options: Any) -> Response:
        response = send(self, request, **options)
        recording.note(request, response)
        return response

    requests.Session.send = noting
    try:
        yield
    finally:
        requests.Session.send = send
