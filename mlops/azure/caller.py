"""Who is signed in, by the claims of their access token. Whether it is genuine, Azure checks."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlops.azure.resource_manager import MANAGEMENT

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential


def caller_claims(credential: TokenCredential) -> dict[str, Any]:
    """Return the claims of the caller's access token for Resource Manager; none if it is opaque."""
    return claims_of(credential.get_token(f"{MANAGEMENT}/.default").token)


def claims_of(token: str) -> dict[str, Any]:
    """Return the claims of an access token; none if it is opaque."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}


def is_application(claims: Mapping[str, Any]) -> bool:
    """Whether these are the claims of a service principal or a managed identity, not of a person.

    Only the tokens of people have delegated scopes, the claim `scp`
    (https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference). An opaque token has no claims,
    and is taken for a person's.
    """
    return bool(claims) and not claims.get("scp")
