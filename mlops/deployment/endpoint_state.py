"""What an endpoint is made of right now: its deployments and who gets the requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops.azure.client import project_is_missing
from mlops.common.errors import RunFailed
from mlops.deployment.entities import GENERATION_TAG, VERSION_TAG

if TYPE_CHECKING:
    from azure.ai.ml import MLClient
    from azure.ai.ml.entities import ManagedOnlineEndpoint

COLOURS = ("blue", "green")


@dataclass(frozen=True)
class Deployed:
    """A deployment of the endpoint.

    Attributes:
        name: blue or green, if it was made here.
        version: what it was made of.
        generation: the higher, the newer.
        state: what Azure says of it: Succeeded, Failed, Creating, Updating or Deleting.
        live: percent of the requests that it answers.
        mirrored: percent of the requests that it gets a copy of.
    """

    name: str
    version: str
    generation: int
    state: str
    live: int
    mirrored: int

    @property
    def busy(self) -> bool:
        """Whether it gets requests of callers."""
        return bool(self.live or self.mirrored)


@dataclass(frozen=True)
class EndpointState:
    """An endpoint and its deployments, the oldest first; `endpoint` is None if there is none of this name."""

    name: str
    endpoint: ManagedOnlineEndpoint | None
    deployments: tuple[Deployed, ...]

    @property
    def existing(self) -> ManagedOnlineEndpoint:
        """The endpoint, which the command has found or made by now.

        Raises:
            RunFailed: somebody else has deleted it in the meantime.
        """
        if self.endpoint is None:
            raise RunFailed(
                f"the endpoint {self.name} is gone: somebody else has deleted it in the meantime; deploy again"
            )
        return self.endpoint

    @property
    def newest(self) -> Deployed | None:
        """The deployment that was made last."""
        return self.deployments[-1] if self.deployments else None

    @property
    def idle(self) -> tuple[Deployed, ...]:
        """The deployments that no requests go to."""
        return tuple(each for each in self.deployments if not each.busy)

    @property
    def traffic(self) -> dict[str, int]:
        """Percent of the requests by deployment, without those that get none."""
        return {each.name: each.live for each in self.deployments if each.live}

    @property
    def mirror(self) -> dict[str, int]:
        """Percent of copied requests by deployment."""
        return {each.name: each.mirrored for each in self.deployments if each.mirrored}

    def of_version(self, version: str) -> Deployed | None:
        """Return the deployment of a version, unless it failed."""
        return next((each for each in self.deployments if each.version == version and each.state == "Succeeded"), None)

    def other_deployment(self, name: str) -> Deployed | None:
        """Return the other deployment: the newest that is not of this name."""
        return next((each for each in reversed(self.deployments) if each.name != name), None)


def get_endpoint_state(client: MLClient, endpoint_name: str) -> EndpointState:
    """Return the state of an endpoint, as Azure has it now."""
    from azure.core.exceptions import ResourceNotFoundError

    try:
        endpoint = client.online_endpoints.get(endpoint_name)
    except ResourceNotFoundError as error:
        if project_is_missing(error):
            raise
        return EndpointState(endpoint_name, None, ())
    traffic, mirror = endpoint.traffic or {}, endpoint.mirror_traffic or {}
    found = client.online_deployments.list(endpoint_name=endpoint_name)
    return EndpointState(
        endpoint_name,
        endpoint,
        tuple(
            sorted((_deployed(each, traffic, mirror) for each in found), key=lambda each: (each.generation, each.name))
        ),
    )


def _deployed(deployment, traffic: Mapping[str, int], mirror: Mapping[str, int]) -> Deployed:
    tags = deployment.tags or {}
    generation = tags.get(GENERATION_TAG, "0")
    return Deployed(
        name=deployment.name,
        version=tags.get(VERSION_TAG, "unknown"),
        generation=int(generation) if generation.isdigit() else 0,
        state=deployment.provisioning_state,
        live=traffic.get(deployment.name, 0),
        mirrored=mirror.get(deployment.name, 0),
    )
