"""The loopback Azure as a whole: started once, asked by commands in processes of their own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import threading
import time
from pathlib import Path

import uvicorn
from commands import Command, Ended
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Router

from loopback import sign_in, storage, workspace
from loopback.batch_runs import BatchRuns
from loopback.certificates import make_certificates
from loopback.connect_proxy import ConnectProxy
from loopback.faults import Fault, error
from loopback.online_endpoints import OnlineEndpoints
from loopback.operations import Operations
from loopback.pipeline_jobs import PipelineJobs
from loopback.scoring import Scoring
from loopback.sign_in import SignIn
from loopback.storage import Storage
from loopback.tracking import Tracking
from loopback.workspace import Workspace

MANAGEMENT = "management.azure.com"
SCORING = f"{workspace.LOCATION}.inference.ml.azure.com"
CERTIFIED = [MANAGEMENT, sign_in.HOST, storage.HOST, workspace.DATA_PLANE, f"*.{workspace.DATA_PLANE}", f"*.{SCORING}"]
SERVED = {MANAGEMENT, sign_in.HOST, workspace.DATA_PLANE}  # and what ends in one of
SERVED_ENDINGS = (f".{workspace.DATA_PLANE}", f".{SCORING}")
KEPT = ("PATH", "LANG", "TMPDIR", "PF_HOME_DIRECTORY", "OUTPUTS_DIRECTORY", "ENV_FILE", "CHAT_WITH_PDF_CACHE")
READY_WITHIN = 30.0  # seconds
SIGNED = re.compile(r"\bsig=(?!\*\*\*)\w|\beyJ[\w-]+\.eyJ")  # a shared access signature, a JSON Web Token


class LoopbackAzure(contextlib.AbstractContextManager):
    """Azure for as long as the context lasts.

    Args:
        folder: where certificates, storage and the commands' files go.

    Attributes:
        services: what answers, each with `routes()`; reset() makes them anew.
        requests: method, host and path of what was asked, in order.
        times: when that was, in seconds of a monotonic clock.
        variables: what commands find in their environment besides what leads them here.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._authority, certificate, key = make_certificates(folder, CERTIFIED)
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._answer,
                interface="asgi3",
                port=0,
                log_level="critical",  # a connection that is to break off is no error
                lifespan="off",
                ssl_certfile=str(certificate),
                ssl_keyfile=str(key),
                timeout_graceful_shutdown=1,
            )
        )
        self._server.install_signal_handlers = lambda: None  # uvicorn knows no other way to leave signals alone
        self.storage = Storage(folder, certificate, key)
        self.proxy = ConnectProxy(self._port_of)
        self.variables: dict[str, str] = {}
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self.reset()

    def reset(self) -> None:
        """Forget everything that commands have done, and all faults."""
        if hasattr(self, "online_endpoints"):
            self.online_endpoints.stop()
        self.sign_in = SignIn()
        self.workspace = Workspace(self.storage)
        operations = Operations()
        self.online_endpoints = OnlineEndpoints(
            self.storage, self.workspace, self.sign_in, operations, self._of_a_container
        )
        self.scoring = Scoring(self.online_endpoints, self.sign_in)
        self._faults: list[Fault] = []
        self.requests: list[tuple[str, str, str]] = []
        self.times: list[float] = []
        self.proxy.connected.clear()
        self.proxy.refused.clear()
        self.proxy.cut_after.clear()
        self.proxy.down.clear()
        self.batch_runs = BatchRuns(self.storage, self.workspace)
        self.pipeline_jobs = PipelineJobs(self.storage, self.workspace, self.batch_runs, self.environment)
        self.tracking = Tracking()
        on_data_plane = (self.pipeline_jobs, self.tracking, self.batch_runs)
        self._data_plane = Router([route for service in on_data_plane for route in service.routes()])
        services = (self.pipeline_jobs, self.online_endpoints, self.workspace)
        in_workspace = [
            route for service in services for route in getattr(service, "resource_routes", service.routes)()
        ]
        self._management = Router([Mount(workspace.ID, routes=in_workspace), *operations.routes()])
        self._identity = Router(self.online_endpoints.identity_routes())
        self._sign_in = Starlette(routes=self.sign_in.routes())

    def fail(self, method: str, pattern: str, status: int, times: int = 1, **headers: str) -> None:
        """Answer requests of a method whose host and path match a pattern with an error, so many times."""
        self._faults.append(Fault(method, pattern, status, times, {k.replace("_", "-"): v for k, v in headers.items()}))

    def environment(self, **variables: str) -> dict[str, str]:
        """Return the variables with which a command finds this Azure, and no other."""
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        return {
            **kept,
            "HOME": str(self._folder),
            "HTTPS_PROXY": f"http://127.0.0.1:{self.proxy.port}",
            "NO_PROXY": "127.0.0.1,localhost",
            "REQUESTS_CA_BUNDLE": str(self._authority),
            "SSL_CERT_FILE": str(self._authority),
            "AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential",
            "AZURE_TENANT_ID": sign_in.TENANT,
            "AZURE_CLIENT_ID": sign_in.CLIENT,
            "AZURE_CLIENT_SECRET": self.sign_in.client_secret,
            "SUBSCRIPTION_ID": workspace.SUBSCRIPTION,
            "RESOURCE_GROUP_NAME": workspace.GROUP,
            "PROJECT_NAME": workspace.NAME,
            **self.variables,
            **variables,
        }

    def start(self, module: str, *arguments: object, **variables: str) -> Command:
        """Start a command, `python -m <module>`, which ends with the context that it is."""
        return Command(module, arguments, self.environment(**variables))

    def run(self, module: str, *arguments: object, timeout: float = 600, **variables: str) -> Ended:
        """Run a command, and wait for its end.

        Raises:
            AssertionError: its output holds a secret, or it has asked for a host past the proxy.
        """
        with self.start(module, *arguments, **variables) as command:
            ended = command.ended(timeout)
        self.check(ended, **variables)
        return ended

    def check(self, ended: Ended, **variables: str) -> None:
        """Check that a command has kept all secrets to itself, and has asked for no host past the proxy.

        Raises:
            AssertionError: it has not.
        """
        given = [value for name, value in variables.items() if name.endswith(("_KEY", "_SECRET"))]
        output = ended.stdout + ended.stderr
        for secret in (self.sign_in.client_secret, self.storage.key, *given):
            assert secret not in output, f"a secret got into the output: {output}"
        assert not SIGNED.search(output), f"a signature or a token got into the output: {output}"
        assert not ended.outside, ended.outside

    def __enter__(self) -> LoopbackAzure:
        """Start everything, and wait until it answers."""
        self.storage.start()
        with self.storage.container() as container:
            container.create_container()
        self._thread.start()
        if not self._ready.wait(READY_WITHIN):
            raise RuntimeError("the loopback Azure did not get ready")
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Stop everything."""
        self.online_endpoints.stop()
        self._server.should_exit = True
        self._thread.join(10)
        self.storage.stop()

    async def _run(self) -> None:
        await self.proxy.start()
        serving = asyncio.ensure_future(self._server.serve())
        while not self._server.started and not serving.done():
            await asyncio.sleep(0.01)
        self._ready.set()
        await serving
        self.proxy.stop()

    def _port_of(self, host: str) -> int | None:
        if host == storage.HOST:
            return self.storage.port
        if host in SERVED or host.endswith(SERVED_ENDINGS):
            return self._server.servers[0].sockets[0].getsockname()[1]
        return None

    def _of_a_container(self) -> dict[str, str]:
        """Return the variables with which a container of a deployment finds this Azure, and its identity in it."""
        found = self.environment()
        kept = ("PATH", "LANG", "HTTPS_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return {
            **{name: found[name] for name in kept if name in found},
            "MSI_ENDPOINT": f"https://127.0.0.1:{port}/msi/token",
        }

    async def _answer(self, scope, receive, send) -> None:
        request = Request(scope, receive)
        host = request.url.hostname or ""
        self.requests.append((request.method, host, request.url.path))
        self.times.append(time.monotonic())
        fault = next((fault for fault in self._faults if fault.matches(request)), None)
        if fault:
            answer = fault.answer()
        elif host == "127.0.0.1":
            answer = self._identity
        elif host == sign_in.HOST:
            answer = self._sign_in
        elif host.endswith(SCORING):
            answer = await self.scoring.answer(request)
        elif refusal := self._refusal(request):
            answer = refusal
        else:
            answer = self._of_the_workspace(request)
        await answer(scope, receive, send)

    def _of_the_workspace(self, request: Request) -> Router | Response:
        """Return what answers in Resource Manager, which does not care for the case of a path, and in its service."""
        host, path, mine = request.url.hostname, request.scope["path"], workspace.ID
        if host == workspace.DATA_PLANE:
            return self._data_plane
        if host == MANAGEMENT and path.lower().startswith(mine.lower()):
            request.scope["path"] = mine + path[len(mine) :]
            return self._management
        if host == MANAGEMENT and "/locations/" in path:
            return self._management
        return error(404, f"There is no {path} at {host}, or nothing above it.", "ParentResourceNotFound")

    def _refusal(self, request: Request) -> Response | None:
        """Return the answer to who is not signed in, or may not; where a workspace's services are, anybody is told."""
        if request.url.path == "/discovery":
            return None
        if not self.sign_in.knows(request.headers.get("authorization", "")):
            return error(401, "The access token is missing, unknown or has expired.")
        return None if self._allowed(request) else error(403, "This identity has no role for that.")

    def _allowed(self, request: Request) -> bool:
        """Tell whether the caller has a role; an endpoint's identity may but read connections, and only if granted."""
        caller = self.sign_in.claims(request.headers.get("authorization", ""))["oid"]
        if caller == sign_in.CLIENT:
            return True
        return request.url.path.lower().endswith("/listsecrets") and self.online_endpoints.may_read_connections(caller)
