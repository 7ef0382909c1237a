"""Azure Resource Manager by its REST API, for what the SDKs that are installed here have no class for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from mlops.azure.client import credential

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

MANAGEMENT = "https://management.azure.com"
MACHINE_LEARNING = "2024-10-01"  # the api-version of Microsoft.MachineLearningServices


class ResourceManager(AbstractContextManager):
    """A client of Resource Manager; nothing is sent until something is asked for.

    Args:
        signed_in: who asks; by default the identity of this machine.
    """

    def __init__(self, signed_in: TokenCredential | None = None):
        from azure.core.pipeline.policies import RetryPolicy
        from azure.core.rest import HttpRequest, HttpResponse
        from azure.mgmt.core import ARMPipelineClient
        from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

        authentication = ARMChallengeAuthenticationPolicy(signed_in or credential(), f"{MANAGEMENT}/.default")
        policies = [RetryPolicy(), authentication]
        self._client: ARMPipelineClient[HttpRequest, HttpResponse] = ARMPipelineClient(MANAGEMENT, policies=policies)

    def __exit__(self, *exc_info: object) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str, version: str) -> dict[str, Any]:
        """Return what is at a path, such as a resource's id, at an api-version."""
        return self._ask("GET", f"{MANAGEMENT}{path}?api-version={version}")

    def post(self, path: str, version: str) -> dict[str, Any]:
        """Ask for an action of a resource that takes no arguments, such as listsecrets, and return its answer."""
        return self._ask("POST", f"{MANAGEMENT}{path}?api-version={version}")

    def put(self, path: str, version: str, body: dict[str, Any]) -> dict[str, Any]:
        """Create or replace a resource, and return it."""
        return self._ask("PUT", f"{MANAGEMENT}{path}?api-version={version}", body)

    def delete(self, path: str, version: str) -> None:
        """Delete a resource that is gone at once; one that is not there is as good as deleted."""
        self._ask("DELETE", f"{MANAGEMENT}{path}?api-version={version}")

    def list(self, path: str, version: str) -> Iterator[dict[str, Any]]:
        """Yield the entries of a list, whatever number of pages it comes in."""
        from azure.core.exceptions import DecodeError

        url: str | None = f"{MANAGEMENT}{path}?api-version={version}"
        while url:
            page = self._ask("GET", url)
            yield from page.get("value") or []
            url = page.get("nextLink")
            if url and not url.startswith(f"{MANAGEMENT}/"):  # the token goes nowhere else
                raise DecodeError(f"the list goes on at another host than {MANAGEMENT}")

    def _ask(self, method: str, url: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send a request and return the JSON object of its answer.

        Raises:
            HttpResponseError: Azure refuses it.
            DecodeError: the answer is not a JSON object, so not one of Azure's.
        """
        from azure.core.exceptions import DecodeError, HttpResponseError
        from azure.core.rest import HttpRequest

        response = self._client.send_request(HttpRequest(method, url, json=body))
        if response.status_code >= 400:
            raise HttpResponseError(response=response)
        if method == "DELETE":
            return {}
        try:
            answer = response.json()
        except ValueError as error:
            raise DecodeError("the answer is not JSON", response=response) from error
        if not isinstance(answer, dict):
            raise DecodeError("the answer is not a JSON object", response=response)
        return answer
