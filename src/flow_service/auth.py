"""Who may call: holders of an API key, or of a token of Microsoft Entra ID that was made for this service."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Any

from mlops.common.config_models import EntraConfig, ServingConfig
from src.flow_service.failures import log_failure
from src.flow_service.problems import Problem

ALGORITHMS = ["RS256", "PS256", "ES256"]  # asymmetric ones alone: a public key must never pass for a shared secret
LEEWAY_S = 60
KEYS_KEPT_S, KEYS_ASKED_EVERY_S = 3600, 30
RETRY_S = 5  # after which an issuer that could not be reached at all is asked again
FETCH_S = 10
NO_FURTHER = {"WWW-Authenticate": 'Bearer realm="flows"'}


class Authenticator:
    """Tells callers apart, and refuses those who show nothing that counts.

    Args:
        config: the keys, the issuer, and whether nothing need be shown.
    """

    def __init__(self, config: ServingConfig):
        self._digests = [hashlib.sha256(key.encode()).digest() for key in config.keys]
        self._tokens = Tokens(config.entra) if config.entra.issuer else None
        self._open = config.allow_anonymous and not self._digests and not self._tokens

    async def caller(self, headers: Mapping[bytes, bytes], address: str) -> str:
        """Return a name for the caller, which tells nothing of the key.

        Args:
            headers: of the request, in lower case.
            address: where the request came from.

        Raises:
            Problem: 401, or 503 where the issuer's keys can't be had.
        """
        key = headers.get(b"x-api-key")
        if key is not None and self._digests:
            return self._by_key(key)
        scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
        if self._tokens and scheme.lower() == b"bearer":
            return await self._tokens.caller(token.strip())
        if self._open:
            return f"address:{address}"
        raise _refused("show an API key in the header X-API-Key, or a token in the header Authorization")

    def _by_key(self, key: bytes) -> str:
        digest = hashlib.sha256(key).digest()
        # All are compared, each in constant time: how long it takes tells nothing of any of them.
        if any([hmac.compare_digest(digest, known) for known in self._digests]):
            return f"key:{digest.hex()[:12]}"
        raise _refused("the API key is not valid")


class Tokens:
    """Checks tokens of one issuer, whose keys it fetches when they are first needed.

    Args:
        config: issuer, audience and roles.
    """

    def __init__(self, config: EntraConfig):
        self._config = config
        self._roles = set(config.roles.split())
        self._keys: dict[str, Any] = {}
        self._fetched = self._asked = float("-inf")
        self._fetching = asyncio.Lock()

    async def caller(self, token: bytes) -> str:
        """Return a name for whom a token was made for.

        Raises:
            Problem: it is not valid: 401; nor made for this use: 403; or the issuer's keys can't be had: 503.
        """
        import jwt

        try:
            text = token.decode("ascii")
            header = jwt.get_unverified_header(text)
            key = await self._key(str(header.get("kid", "")))
            if key is None or header.get("alg") not in ALGORITHMS:
                raise _refused("the token is not signed with a key of the issuer")
            claims = jwt.decode(
                text,
                key,
                algorithms=[header["alg"]],
                issuer=self._config.issuer,
                audience=self._config.audience,
                leeway=LEEWAY_S,
                options={"require": ["exp", "iss", "aud"]},
            )
        except jwt.ExpiredSignatureError:
            raise _refused("the token has expired") from None
        except jwt.InvalidIssuerError:
            raise _refused("the token is of another issuer") from None
        except jwt.InvalidAudienceError:
            raise _refused("the token was made for another audience") from None
        except (jwt.PyJWTError, ValueError, TypeError):
            raise _refused("the token is not valid") from None
        self._check_roles(claims)
        return f"entra:{claims.get('oid') or claims.get('sub') or claims.get('azp') or 'unknown'}"

    def _check_roles(self, claims: Mapping[str, Any]) -> None:
        roles = claims.get("roles") if isinstance(claims.get("roles"), list) else []
        has = {*map(str, roles), *str(claims.get("scp", "")).split()}
        if self._roles and not self._roles & has:
            raise Problem(403, "forbidden", f"the token needs one of the roles {', '.join(sorted(self._roles))}")

    async def _key(self, kid: str) -> Any | None:
        """Return the issuer's key of that name; unknown names make it ask again, but not often."""
        now = time.monotonic()
        stale = now - self._fetched > KEYS_KEPT_S or kid not in self._keys
        if stale and now - self._asked > KEYS_ASKED_EVERY_S:
            async with self._fetching:
                if time.monotonic() - self._asked > KEYS_ASKED_EVERY_S:
                    await self._fetch()
        if not self._keys:
            problem = "tokens cannot be checked for the moment: the issuer's keys cannot be had"
            raise Problem(503, "issuer_unavailable", problem, {"Retry-After": str(RETRY_S)})
        return self._keys.get(kid)

    async def _fetch(self) -> None:
        import aiohttp
        import jwt

        try:
            timeout = aiohttp.ClientTimeout(total=FETCH_S)
            async with aiohttp.ClientSession(timeout=timeout, raise_for_status=True) as session:
                url = f"{self._config.issuer.rstrip('/')}/.well-known/openid-configuration"
                async with session.get(url) as answer:
                    location = (await answer.json(content_type=None))["jwks_uri"]
                async with session.get(location) as answer:
                    keys = jwt.PyJWKSet.from_dict(await answer.json(content_type=None)).keys
        except (aiohttp.ClientError, asyncio.TimeoutError, jwt.PyJWTError, ValueError, KeyError, TypeError) as error:
            log_failure("fetching the issuer's keys", error)
            # Without keys it asks again soon, but not for every request: those would wait for each other.
            self._asked = time.monotonic() - (0 if self._keys else KEYS_ASKED_EVERY_S - RETRY_S)
            return
        self._keys = {key.key_id: key for key in keys if key.key_id}
        self._fetched = self._asked = time.monotonic()


def _refused(detail: str) -> Problem:
    return Problem(401, "unauthorized", detail, NO_FURTHER)
