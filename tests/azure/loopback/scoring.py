"""The scoring URLs of online endpoints: who may ask, which deployment answers, and how failures are told."""

from __future__ import annotations

import asyncio
import random
import re

import httpx
from starlette.requests import Request
from starlette.responses import Response

from loopback.faults import error
from loopback.online_endpoints import OnlineEndpoints
from loopback.sign_in import SignIn

HEADER = "azureml-model-deployment"
AUDIENCES = ("https://ml.azure.com", "https://ml.azure.com/")
SECONDS = re.compile(r"^PT(?:(\d+)M)?(?:([\d.]+)S)?$")
PASSED_ON = ("content-type", "accept")


class Scoring:
    """Answers requests for flows as the endpoints' deployments do.

    Attributes:
        answered: the deployment of each answer, in order.
        mirrored: that of each copy.
    """

    def __init__(self, endpoints: OnlineEndpoints, sign_in: SignIn):
        self._endpoints, self._sign_in = endpoints, sign_in
        self.answered: list[str] = []
        self.mirrored: list[str] = []
        self._copies: set[asyncio.Task] = set()

    async def answer(self, request: Request) -> Response:
        """Answer a request at an endpoint's own host."""
        name = request.url.hostname.partition(".")[0]
        endpoint = self._endpoints.endpoints.get(name)
        if endpoint is None:
            return error(404, f"There is no endpoint {name}.")
        properties, body = endpoint["properties"], await request.body()
        if not self._may(name, properties["authMode"], request.headers.get("authorization", "")):
            return error(401, "key_auth_access_denied")
        wanted = request.headers.get(HEADER)
        deployment = wanted or _chosen(properties["traffic"])
        if (name, deployment) not in self._endpoints.containers:
            return error(404, f"No deployment {deployment} answers.")
        for mirror, percent in {} if wanted else properties["mirrorTraffic"].items():
            if random.random() * 100 < percent:
                self.mirrored.append(mirror)
                copy = asyncio.ensure_future(self._ask(name, mirror, request, body))
                self._copies.add(copy)
                copy.add_done_callback(self._copies.discard)
        self.answered.append(deployment)
        return await self._ask(name, deployment, request, body)

    def _may(self, name: str, auth_mode: str, authorization: str) -> bool:
        if auth_mode.lower() == "key":
            return authorization == f"Bearer {self._endpoints.keys[name]}"
        return (self._sign_in.claims(authorization) or {}).get("aud") in AUDIENCES

    async def _ask(self, name: str, deployment: str, request: Request, body: bytes) -> Response:
        properties = self._endpoints.deployments[name, deployment]["properties"]
        minutes, seconds = SECONDS.match(properties["requestSettings"]["requestTimeout"]).groups()
        headers = {key: request.headers[key] for key in PASSED_ON if key in request.headers}
        url = f"http://127.0.0.1:{self._endpoints.containers[name, deployment].port}{request.url.path}"
        async with httpx.AsyncClient(trust_env=False, timeout=int(minutes or 0) * 60 + float(seconds or 0)) as client:
            try:
                answer = await client.request(request.method, url, content=body, headers=headers)
            except httpx.TimeoutException:
                return error(408, "The request took longer than the deployment allows.")
            except httpx.HTTPError:
                return error(502, "The container does not answer.")
        if answer.status_code >= 400:
            about = {"ms-azureml-model-error-statuscode": str(answer.status_code), HEADER: deployment}
            return Response(answer.content, 424, about, media_type="application/json")
        kept = {HEADER: deployment, "content-type": answer.headers.get("content-type", "")}
        return Response(answer.content, answer.status_code, kept)


def _chosen(traffic: dict[str, int]) -> str | None:
    names = [name for name, percent in traffic.items() if percent]
    return random.choices(names, [traffic[name] for name in names])[0] if names else None
