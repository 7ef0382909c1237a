"""Authentication by API keys and bearer tokens.

A request is authenticated by the header `api-key` or `Authorization: Bearer`. Without an expected key, any non-empty
credential passes. With one, the key has to match; on the Azure paths any well-formed JSON Web Token also passes, since
there is no issuer to validate it.
"""

from __future__ import annotations

import base64
import hmac
import json

from starlette.datastructures import Headers

from src.emulator.errors import ServiceError, gateway_error, invalid_request


def authenticate(headers: Headers, expected_key: str | None, azure: bool) -> None:
    """Check the credentials of a request.

    Args:
        headers: the request's headers.
        expected_key: the only key that passes; None for any.
        azure: whether the request uses an Azure path, where Microsoft Entra ID's tokens pass too.

    Raises:
        ServiceError: 401 in the form of that side of the service. It never contains the credentials.
    """
    key = headers.get("api-key", "").strip()
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    token = credentials.strip() if scheme.lower() == "bearer" else ""
    if not (key or token):
        raise _refusal(azure)
    if expected_key is None or _equal(key, expected_key) or _equal(token, expected_key):
        return
    if not (azure and looks_like_jwt(token)):
        raise _refusal(azure)


def looks_like_jwt(token: str) -> bool:
    """Whether a token has a JSON Web Token's form: three parts in base64url, the first an object with "alg"."""
    parts = token.split(".")
    if len(parts) != 3 or not all(parts):
        return False
    try:
        header = json.loads(base64.urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)))
    except ValueError:
        return False
    return isinstance(header, dict) and "alg" in header


def _equal(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _refusal(azure: bool) -> ServiceError:
    if azure:
        return gateway_error(
            401,
            "401",
            "Access denied due to invalid subscription key or wrong API endpoint. "
            "Give the key of this resource in the header api-key.",
        )
    return invalid_request(
        "Incorrect or missing API key. Give it in the header Authorization: Bearer KEY.", None, "invalid_api_key", 401
    )
