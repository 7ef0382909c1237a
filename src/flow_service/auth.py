"""Authentication by API keys, or by Microsoft Entra ID tokens that were issued for this service."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Any

from mlops.configuration.serving import EntraConfig, ServingConfig
from src.flow_service.failures import log_failure
from src.flow_service.problems import Problem

ALGORITHMS = ["RS256", "PS256", "ES256"]  # asymmetric only: a public key must never be used as a shared secret
LEEWAY_S = 60
KEYS_TTL_S, KEYS_REFETCH_S = 3600, 30
RETRY_S = 5  # after which keys that could not be fetched are fetched again
FETCH_S = 10
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="flows"'}


class Authenticator:
    """Identifies callers, and rejects those without valid credentials.

    Args:
        config: the keys, the issuer, and whether anonymous callers are allowed.
    """

    def __init__(self, config: ServingConfig):
        self._digests = [hashlib.sha256(key.encode()).digest() for key in config.keys]
        self._tokens = Tokens(config.entra) if config.entra.issuer else None
        self._open = config.allow_anonymous and not self._digests and not self._tokens

    async def caller(self, headers: Mapping[bytes, bytes], address: str) -> str:
        """Return a name for the caller that reveals nothing of the key.

        Args:
            headers: the request's headers, in lower case.
            address: the client's address.

        Raises:
            Problem: 401, or 503 if the issuer's keys can't be fetched.
        """
        key = headers.get(b"x-api-key")
        if key is not None and self._digests:
            return self._by_key(key)
        scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
        if self._tokens and scheme.lower() == b"bearer":
            return await self._tokens.caller(token.strip())
        if self._open:
            return f"address:{address}"
        raise _unauthorized("send an API key in the header X-API-Key, or a bearer token in the header Authorization")

    def _by_key(self, key: bytes) -> str:
        digest = hashlib.sha256(key).digest()
        # All are compared, each in constant time, so that timing reveals none of them.
        if any([hmac.compare_digest(digest, known) for known in self._digests]):
            return f"key:{digest.hex()[:12]}"
        raise _unauthorized("the API key is not valid")


class Tokens:
    """Validates tokens of one issuer, whose keys are fetched when they are first needed.

    Args:
        config: issuer, audience and roles.
    """

    def __init__(self, config: EntraConfig):
        self._config = config
        self._roles = set(config.roles.split())
        self._keys: dict[str, Any] = {}
        self._fetched = self._tried = float("-inf")
        self._fetch_lock = asyncio.Lock()

    async def caller(self, token: bytes) -> str:
        """Return a name for the holder of a token.

        Raises:
            Problem: 401 if it is not valid, 403 if it lacks a role, 503 if the issuer's keys can't be fetched.
        """
        import jwt

        try:
            text = token.decode("ascii")
            header = jwt.get_unverified_header(text)
            key = await self._key(str(header.get("kid", "")))
            if key is None or header.get("alg") not in ALGORITHMS:
                raise _unauthorized("the token is not signed with a key of the issuer")
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
            raise _unauthorized("the token has expired") from None
        except jwt.InvalidIssuerError:
            raise _unauthorized("the token was issued by another issuer") from None
        except jwt.InvalidAudienceError:
            raise _unauthorized("the token was issued for another audience") from None
        except (jwt.PyJWTError, ValueError, TypeError):
            raise _unauthorized("the token is not valid") from None
        self._check_roles(claims)
        return f"entra:{claims.get('oid') or claims.get('sub') or claims.get('azp') or 'unknown'}"

    def _check_roles(self, claims: Mapping[str, Any]) -> None:
        roles = claims.get("roles")
        has = {*map(str, roles if isinstance(roles, list) else []), *str(claims.get("scp", "")).split()}
        if self._roles and not self._roles & has:
            raise Problem(403, "forbidden", f"the token needs one of the roles {', '.join(sorted(self._roles))}")

    async def _key(self, kid: str) -> Any | None:
        """Return the issuer's key with that id. An unknown id makes it fetch the keys again, but not often."""
        now = time.monotonic()
        stale = now - self._fetched > KEYS_TTL_S or kid not in self._keys
        if stale and now - self._tried > KEYS_REFETCH_S:
            async with self._fetch_lock:
                if time.monotonic() - self._tried > KEYS_REFETCH_S:
                    await self._fetch()
        if not self._keys:
            problem = "tokens cannot be checked at the moment: the issuer's keys could not be fetched"
            raise Problem(503, "issuer_unavailable", problem, {"Retry-After": str(RETRY_S)})
        return self._keys.get(kid)

    async def _fetch(self) -> None:
        import aiohttp
        import jwt

        try:
            timeout = aiohttp.ClientTimeout(total=FETCH_S)
            async with aiohttp.ClientSession(timeout=timeout, raise_for_status=True) as session:
                url = f"{self._config.issuer.rstrip('/')}/.well-known/openid-configuration"
                async with session.get(url) as response:
                    jwks_uri = (await response.json(content_type=None))["jwks_uri"]
                async with session.get(jwks_uri) as response:
                    keys = jwt.PyJWKSet.from_dict(await response.json(content_type=None)).keys
        except (aiohttp.ClientError, asyncio.TimeoutError, jwt.PyJWTError, ValueError, KeyError, TypeError) as error:
            log_failure("fetching the issuer's keys", error)
            # Without keys it tries again soon, but not for every request: they would wait for each other.
            self._tried = time.monotonic() - (0 if self._keys else KEYS_REFETCH_S - RETRY_S)
            return
        self._keys = {key.key_id: key for key in keys if key.key_id}
        self._fetched = self._tried = time.monotonic()


def _unauthorized(detail: str) -> Problem:
    return Problem(401, "unauthorized", detail, CHALLENGE)
