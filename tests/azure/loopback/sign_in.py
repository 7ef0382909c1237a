"""Microsoft Entra ID on loopback: discovery of the endpoints, and tokens for a service principal."""

from __future__ import annotations

import secrets
import time

import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

HOST = "login.microsoftonline.com"
TENANT = "11111111-1111-1111-1111-111111111111"
CLIENT = "22222222-2222-2222-2222-222222222222"
LIFETIME = 3600  # seconds


class SignIn:
    """Gives out tokens and knows its own again.

    Attributes:
        client_secret: what the service principal has to show, made anew for each run.
    """

    def __init__(self) -> None:
        self.client_secret = secrets.token_urlsafe(32)
        self._signing_key = secrets.token_bytes(32)

    def knows(self, authorization: str) -> bool:
        """Tell whether an Authorization header carries a token of this run that has not expired."""
        return self.claims(authorization) is not None

    def claims(self, authorization: str) -> dict | None:
        """Return what the token of an Authorization header says; None if it is none of this run, or has expired."""
        scheme, _, token = authorization.partition(" ")
        options = {"verify_aud": False, "require": ["exp", "aud"]}
        try:
            claims = jwt.decode(token, self._signing_key, ["HS256"], options=options)
        except jwt.InvalidTokenError:
            return None
        return claims if scheme.lower() == "bearer" else None

    def issue(self, audience: str, identity: str = CLIENT) -> tuple[str, float]:
        """Return a token of an identity for an audience, and when it expires."""
        expires = time.time() + LIFETIME
        claims = {"aud": audience, "exp": expires, "tid": TENANT, "oid": identity, "appid": identity}
        return jwt.encode(claims, self._signing_key, "HS256"), expires

    def routes(self) -> list[Route]:
        """Return what the sign-in host serves."""
        return [
            Route("/common/discovery/instance", self._instance),
            Route("/{tenant}/v2.0/.well-known/openid-configuration", self._discovery),
            Route("/{tenant}/oauth2/v2.0/token", self._token, methods=["POST"]),
        ]

    async def _instance(self, request: Request) -> Response:
        names = {"preferred_network": HOST, "preferred_cache": HOST, "aliases": [HOST]}
        endpoint = f"https://{HOST}/{TENANT}/v2.0/.well-known/openid-configuration"
        return JSONResponse({"tenant_discovery_endpoint": endpoint, "metadata": [names]})

    async def _discovery(self, request: Request) -> Response:
        base = f"https://{HOST}/{request.path_params['tenant']}"
        return JSONResponse(
            {
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "jwks_uri": f"{base}/discovery/v2.0/keys",
                "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            }
        )

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        secret = str(form.get("client_secret", ""))
        if form.get("client_id") != CLIENT or not secrets.compare_digest(secret, self.client_secret):
            return JSONResponse(
                {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret provided."},
                status_code=401,
            )
        audience = str(form.get("scope", "")).removesuffix("/.default")
        token, _ = self.issue(audience)
        return JSONResponse({"token_type": "Bearer", "expires_in": LIFETIME, "access_token": token})
