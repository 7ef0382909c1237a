"""Microsoft Entra ID on loopback: discovery of the endpoints, and tokens for a service principal or a person."""

from __future__ import annotations

import base64
import json
import secrets
import time

import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

HOST = "login.microsoftonline.com"
TENANT = "11111111-1111-1111-1111-111111111111"
CLIENT = "22222222-2222-2222-2222-222222222222"
PERSON, PERSON_NAME = "55555555-5555-5555-5555-555555555555", "engineer@loopback.example"
CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"  # the Azure CLI, as which people sign in: a public client
LIFETIME = 3600  # seconds
OF_STORAGE = "https://storage.azure.com"
APPLICATION = {"oid": CLIENT, "appid": CLIENT, "idtyp": "app"}
# Only tokens of people have `scp`: learn.microsoft.com/entra/identity-platform/access-token-claims-reference.
OF_PERSON = {"oid": PERSON, "appid": CLI, "idtyp": "user", "scp": "user_impersonation", "unique_name": PERSON_NAME}


class SignIn:
    """Gives out tokens and knows its own again.

    Attributes:
        client_secret: what the service principal has to show, made anew for each run.
        password: what the person has to type, likewise.
        person: whether commands are run by the person; by default the service principal runs them.
        storage_role: whether whoever signs in may read and write blobs. Azurite checks tokens, but knows no roles; so
            without the role it gets a token for another audience, which it refuses.
    """

    def __init__(self) -> None:
        self.client_secret = secrets.token_urlsafe(32)
        self.password = secrets.token_urlsafe(32)
        self.person = False
        self.storage_role = True
        self._signing_key = secrets.token_bytes(32)

    def variables(self) -> dict[str, str]:
        """Return the environment in which DefaultAzureCredential signs in as whoever runs the commands."""
        common = {"AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential", "AZURE_TENANT_ID": TENANT}
        if self.person:
            return {**common, "AZURE_CLIENT_ID": CLI, "AZURE_USERNAME": PERSON_NAME, "AZURE_PASSWORD": self.password}
        return {**common, "AZURE_CLIENT_ID": CLIENT, "AZURE_CLIENT_SECRET": self.client_secret}

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
        """Return a token of an application's or a managed identity for an audience, and when it expires."""
        return self._signed(audience, {**APPLICATION, "oid": identity, "appid": identity})

    def issue_on_behalf(self, audience: str, submitter: dict) -> tuple[str, float]:
        """Return a token for what is done on behalf of a submitter, and when it expires.

        Raises:
            PermissionError: that is no person (learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow,
                "Client limitations": the flow works for user principals alone; the code is that of microsoft/mcp#2192).
        """
        if "scp" not in submitter:
            raise PermissionError(f"AADSTS7000114: Application '{submitter['appid']}' may not make on-behalf-of calls.")
        return self._signed(audience, OF_PERSON)

    def _signed(self, audience: str, who: dict) -> tuple[str, float]:
        now = time.time()
        if audience.rstrip("/") == OF_STORAGE and not self.storage_role:
            audience = "https://no-role.example"
        about = {"iss": f"https://sts.windows.net/{TENANT}/", "iat": int(now), "nbf": int(now) - 5, "tid": TENANT}
        claims = {"aud": audience, "exp": now + LIFETIME, **about, **who}
        return jwt.encode(claims, self._signing_key, "HS256"), now + LIFETIME

    def routes(self) -> list[Route]:
        """Return what the sign-in host serves."""
        return [
            Route("/common/discovery/instance", self._instance),
            Route("/common/userrealm/{name}", self._realm),
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

    async def _realm(self, request: Request) -> Response:
        return JSONResponse({"ver": "1.0", "account_type": "Managed", "domain_name": "loopback.example"})

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        audience = next(iter(str(form.get("scope", "")).split()), "").removesuffix("/.default")
        if form.get("grant_type") == "password":
            return self._token_of_person(form, audience)
        if form.get("client_id") != CLIENT or not _same(form, "client_secret", self.client_secret):
            return _refused("invalid_client", "AADSTS7000215: Invalid client secret provided.")
        token, _ = self.issue(audience)
        return JSONResponse({"token_type": "Bearer", "expires_in": LIFETIME, "access_token": token})

    def _token_of_person(self, form, audience: str) -> Response:
        if form.get("username") != PERSON_NAME or not _same(form, "password", self.password):
            return _refused("invalid_grant", "AADSTS50126: Error validating credentials due to invalid username.")
        audience = audience or str(form.get("scope"))
        token, expires = self._signed(audience, OF_PERSON)
        issuer = f"https://{HOST}/{TENANT}/v2.0"
        about = {"aud": CLI, "iss": issuer, "exp": expires, "iat": time.time(), "sub": PERSON, "tid": TENANT}
        id_token = jwt.encode({**about, "preferred_username": PERSON_NAME}, self._signing_key, "HS256")
        account = base64.urlsafe_b64encode(json.dumps({"uid": PERSON, "utid": TENANT}).encode()).decode().rstrip("=")
        own = {"scope": form.get("scope"), "id_token": id_token, "client_info": account}
        return JSONResponse({"token_type": "Bearer", "expires_in": LIFETIME, "access_token": token, **own})


def _same(form, field: str, secret: str) -> bool:
    return secrets.compare_digest(str(form.get(field, "")), secret)


def _refused(code: str, description: str) -> Response:
    return JSONResponse({"error": code, "error_description": description}, status_code=401)
