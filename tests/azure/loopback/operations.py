"""Operations of Resource Manager that take a while: how they begin, and where one can see how they go."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loopback.workspace import LOCATION, SUBSCRIPTION

PLACE = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.MachineLearningServices/locations/{LOCATION}"
POLL_SOON = {"retry-after-ms": "150"}


class Operations:
    """What is under way, or over."""

    def __init__(self) -> None:
        self._states: dict[str, dict] = {}

    def routes(self) -> list[Route]:
        """Return what tells how operations go."""
        return [Route(PLACE + "/mfeOperationsStatus/{operation}", self._state)]

    def begin(self, made: dict, action: Callable[[], None], status: int) -> Response:
        """Answer that an operation has begun, and do it.

        Args:
            made: the resource that is made, changed or removed.
            action: what takes a while.
            status: 200 or 201 with the resource, 202 without.
        """
        name = str(uuid.uuid4())
        self._states[name] = {"status": "InProgress"}
        where = f"https://management.azure.com{PLACE}/mfeOperationsStatus/{name}?api-version=2023-04-01"
        if "scoringUri" in made["properties"]:  # endpoints say where their last change is reported
            made["properties"]["properties"]["AzureAsyncOperationUri"] = where
        threading.Thread(target=self._perform, args=(name, made, action), daemon=True).start()
        headers = {"Azure-AsyncOperation": where, **POLL_SOON}
        if status == 202:
            return Response(status_code=status, headers={**headers, "Location": where})
        return JSONResponse(made, status_code=status, headers=headers)

    async def _state(self, request: Request) -> Response:
        name = request.path_params["operation"]
        return JSONResponse({"id": name, "name": name, **self._states[name]}, headers=POLL_SOON)

    def _perform(self, name: str, made: dict, action: Callable[[], None]) -> None:
        try:
            action()
            made["properties"]["provisioningState"] = "Succeeded"
            self._states[name] = {"status": "Succeeded"}
        except (RuntimeError, KeyError) as failure:
            made["properties"]["provisioningState"] = "Failed"
            about = {"code": "BadRequest", "message": f"User container has crashed or terminated: {failure}"}
            self._states[name] = {"status": "Failed", "error": about}
