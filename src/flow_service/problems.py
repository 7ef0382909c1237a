"""Errors as problem details (RFC 9457), without secrets, prompts or stack traces.

Every problem has `type`, `title`, `status`, `detail` and a `code` for programs; some have `errors`, one per field.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, Field

MEDIA_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    """What is wrong with one field of a request."""

    field: str = Field(examples=["text"])
    message: str = Field(examples=["is missing"])


class ProblemDetails(BaseModel):
    """An error, as RFC 9457 has it."""

    type: str = Field(default="about:blank", description="about:blank: the status says what kind of problem it is")
    title: str = Field(examples=["Unprocessable Entity"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["text: is missing"])
    code: str = Field(examples=["invalid_request"], description="what kind of problem it is, for programs")
    errors: list[FieldProblem] | None = None
    flows: list[str] | None = None


class Problem(Exception):
    """An error that the caller gets as a problem detail.

    Args:
        status: the HTTP status.
        code: the kind of problem, for programs.
        detail: what is wrong and what to do, in a sentence that is safe to show to callers.
        headers: headers of the response, such as Retry-After.
        errors: pairs of a field and what is wrong with it.
        flows: the flows that exist, where an unknown one was named.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[tuple[str, str]] = (),
        flows: Sequence[str] = (),
    ):
        super().__init__(status, code, detail, headers, errors, flows)
        self.status = int(status)
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors = [{"field": field, "message": message} for field, message in errors]
        self.flows = list(flows)

    def __str__(self) -> str:
        return self.detail

    def content(self) -> dict[str, Any]:
        """Return the problem as RFC 9457 has it."""
        lists = {"errors": self.errors, "flows": self.flows}
        return {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **{name: members for name, members in lists.items() if members},
        }

    def body(self) -> bytes:
        """Return the problem as JSON."""
        return json.dumps(self.content(), ensure_ascii=False).encode("utf-8", "replace")


def too_many(code: str, detail: str, seconds: float) -> Problem:
    """Return a 429 with the seconds to wait as Retry-After."""
    return Problem(429, code, detail, {"Retry-After": str(max(1, int(-(-seconds // 1))))})


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route with these error statuses, for the OpenAPI document."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}
