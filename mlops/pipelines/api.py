"""A REST API with a token: JSON there and back, and downloads of a bounded size."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mlops.common.errors import UserError

SECONDS = 30
LARGEST_ANSWER = 20_000_000  # bytes


class ApiError(UserError):
    """The API refused, or did not answer.

    Attributes:
        status: HTTP's, or 0 when there was no answer.
    """

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message, status)
        self.status = status

    def __str__(self) -> str:
        return self.args[0]


class _DropAuthOnRedirect(urllib.request.HTTPRedirectHandler):
    """Drops the token on a redirect to another host, such as the storage of downloads."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        new = super().redirect_request(req, fp, code, msg, headers, newurl)
        if new is not None and urllib.parse.urlsplit(newurl)[:2] != urllib.parse.urlsplit(req.full_url)[:2]:
            new.remove_header("Authorization")
        return new


@dataclass(frozen=True)
class Api:
    """An API below one address.

    Attributes:
        base: the address, without a slash at its end.
        authorization: value of the header Authorization; never shown.
        headers: more headers.
        storage: ends of the names of other hosts that downloads may come from, with the token.
    """

    base: str
    authorization: str = field(repr=False)
    headers: dict[str, str] = field(default_factory=dict)
    storage: tuple[str, ...] = ()

    def call(self, method: str, path: str, body: object = None, **query: object) -> Any:
        """Send a request and return the JSON of the answer, None if that is empty.

        Raises:
            ApiError: another status than 2xx, no answer, or none that is JSON.
        """
        address = self.base + path + (f"?{urllib.parse.urlencode(query)}" if query else "")
        content = self._open(method, address, None if body is None else json.dumps(body).encode(), LARGEST_ANSWER)
        try:
            return json.loads(content) if content else None
        except (ValueError, RecursionError) as error:
            raise ApiError(f"{method} {self.base}{path} did not answer with JSON") from error

    def download(self, address: str, largest: int) -> bytes:
        """Return what is at an address of this API, or where it redirects to.

        Raises:
            ApiError: it is on another host, could not be downloaded, or is larger than `largest` bytes.
        """
        place = urllib.parse.urlsplit(address)
        stored = place.scheme == "https" and (place.hostname or "").endswith(self.storage) if self.storage else False
        if not stored and place[:2] != urllib.parse.urlsplit(self.base)[:2]:
            raise ApiError(f"a download was announced at another host than {self.base}")
        return self._open("GET", address, None, largest)

    def _open(self, method: str, address: str, content: bytes | None, largest: int) -> bytes:
        headers = {"Authorization": self.authorization, "User-Agent": "llmops-pipelines", **self.headers}
        if content is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(address, content, headers, method=method)
        shown = f"{method} {address.partition('?')[0]}"
        try:
            with urllib.request.build_opener(_DropAuthOnRedirect).open(request, timeout=SECONDS) as answer:
                received = answer.read(largest + 1)
        except urllib.error.HTTPError as error:
            with error:
                detail = error.read(500).decode("utf-8", "replace").strip()
            raise ApiError(f"{shown} answered {error.code}: {detail or error.reason}", error.code) from error
        except (OSError, ValueError) as error:
            raise ApiError(f"{shown} did not answer: {getattr(error, 'reason', None) or error}") from error
        if len(received) > largest:
            raise ApiError(f"{shown} answered more than {largest:,} bytes")
        return received


def variable(environment: Mapping[str, str], name: str) -> str:
    """Return a variable that a pipeline's system sets.

    Raises:
        UserError: it is missing, as outside a pipeline.
    """
    if not environment.get(name):
        raise UserError(f"{name} is not set; this command runs in a pipeline (docs/pipelines.md)")
    return environment[name]
