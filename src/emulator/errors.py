"""The service's error envelopes.

Two layers of the service return errors. The gateway (keys, deployments, versions, quotas) sends
`{"error": {"code", "message"}}`. The model's own interface (validation, context length) sends
`{"error": {"message", "type", "param", "code"}}`. A client needs both: openai's `BadRequestError.param` comes from the
second, and only the first has the codes by which operators know an outage.
"""

from __future__ import annotations

import math

from starlette.responses import Response

from src.emulator.wire import dump_json


class ServiceError(Exception):
    """An error response.

    Attributes:
        status: the HTTP status.
        error: what goes under "error" in the body.
        headers: headers besides those of every response.
    """

    def __init__(self, status: int, error: dict, headers: dict[str, str] | None = None):
        super().__init__(status, error, headers)
        self.status = status
        self.error = error
        self.headers = headers or {}

    def __str__(self) -> str:
        return f"{self.status}: {self.error['message']}"

    def response(self) -> Response:
        """The error as an HTTP response."""
        return Response(dump_json({"error": self.error}), self.status, self.headers, "application/json")


def gateway_error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> ServiceError:
    """An error of the gateway in front of the models."""
    return ServiceError(status, {"code": code, "message": message}, headers)


def invalid_request(message: str, param: str | None = None, code: str | None = None, status: int = 400) -> ServiceError:
    """A request that the model's interface rejects; `param` is the path of the error, such as `messages[0].role`."""
    return ServiceError(status, {"message": message, "type": "invalid_request_error", "param": param, "code": code})


def wrong_type(param: str, expected: str, value: object) -> ServiceError:
    """A parameter whose JSON type is not what is expected there."""
    return invalid_request(
        f"Invalid type for '{param}': expected {expected}, but got {json_type(value)} instead.", param, "invalid_type"
    )


def invalid_value(param: str, message: str) -> ServiceError:
    """A parameter of the right type whose value is not allowed."""
    return invalid_request(f"Invalid value for '{param}': {message}", param, "invalid_value")


def json_type(value: object) -> str:
    """The JSON type of a value, with an article: "a string", "an object", "null"."""
    if value is None:
        return "null"
    names = {
        bool: "a boolean",
        int: "an integer",
        float: "a decimal",
        str: "a string",
        list: "an array",
        dict: "an object",
    }
    return names[type(value)]


def not_found() -> ServiceError:
    """An unknown path or api-version: the service does not distinguish the two."""
    return gateway_error(404, "404", "Resource not found")


def retry_headers(seconds: float) -> dict[str, str]:
    """`retry-after` in whole seconds, rounded up, and `retry-after-ms` in milliseconds, rounded up."""
    return {"retry-after": str(math.ceil(seconds)), "retry-after-ms": str(math.ceil(seconds * 1000))}


def rate_limited(seconds: float, what: str) -> ServiceError:
    """Too many requests or tokens: `what` names the quota, `seconds` is how long to wait."""
    return gateway_error(
        429,
        "RateLimitReached",
        f"This deployment is over its {what} limit. Please retry after {math.ceil(seconds)} seconds.",
        retry_headers(seconds),
    )


# The categories of Azure's content filter; each has a severity and whether it filtered.
_CATEGORIES = ("hate", "self_harm", "sexual", "violence")


def content_filter_results(violated: str | None = None) -> dict:
    """The content filter's results for a text: all categories safe, or one `violated` with medium severity."""
    return {
        category: {"filtered": category == violated, "severity": "medium" if category == violated else "safe"}
        for category in _CATEGORIES
    }


def content_filtered() -> ServiceError:
    """A prompt that the content filter blocks."""
    return ServiceError(
        400,
        {
            "message": "The prompt triggered this resource's content management policy, so there is no answer. "
            "Please change the prompt and try again.",
            "type": None,
            "param": "prompt",
            "code": "content_filter",
            "status": 400,
            "innererror": {
                "code": "ResponsibleAIPolicyViolation",
                "content_filter_result": content_filter_results("violence"),
            },
        },
    )
