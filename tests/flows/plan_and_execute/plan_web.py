"""What the tests of plan-and-execute put on the web: pages, JSON, and answers of a search."""

from __future__ import annotations

import json

from web_server import Web


def page(body: bytes | str = b"", status: str = "200 OK", content_type: str = "text/html", **headers: str) -> bytes:
    """The bytes of an answer."""
    body = body.encode() if isinstance(body, str) else body
    fields = {
        "Content-Type": content_type,
        "Content-Length": str(len(body)),
        "Connection": "close",
        **{name.replace("_", "-").title(): value for name, value in headers.items()},
    }
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def json_page(value: object, status: str = "200 OK") -> bytes:
    return page(json.dumps(value), status, "application/json")


def hits(*urls: str) -> bytes:
    """The answer of a search in Bing's shape."""
    return json_page(
        {
            "webPages": {
                "value": [
                    {"name": f"Title {place}", "url": url, "snippet": f"Snippet {place}"}
                    for place, url in enumerate(urls)
                ]
            }
        }
    )


class PlanWeb(Web):
    """The web server of the tests, over plain HTTP."""

    def asked(self) -> list[str]:
        """The paths that were asked for, with their queries."""
        return self.requests
