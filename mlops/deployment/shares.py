"""Who gets how many of an endpoint's requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops.common.errors import RunFailed
from mlops.configuration.deployment import DeploymentConfig
from mlops.deployment.endpoint_state import EndpointState, get_endpoint_state
from mlops.deployment.operations import log_progress, wait_for

if TYPE_CHECKING:
    from azure.ai.ml import MLClient


@dataclass(frozen=True)
class Share:
    """What a release gets of the requests.

    Attributes:
        traffic: percent that it answers.
        mirror: percent of which it gets a copy instead.
        asked: whether the command line says so, rather than config.yaml.
    """

    traffic: int
    mirror: int
    asked: bool


def shares_with(state: EndpointState, name: str, share: Share) -> tuple[dict[str, int], dict[str, int]]:
    """Return traffic and mirrored traffic once a deployment has its share, and the others have the rest."""
    others = {each: percent for each, percent in state.traffic.items() if each != name}
    if not others and state.traffic.get(name) and share.traffic < 100 and (rest := state.other_deployment(name)):
        others = {rest.name: 100}
    if not others:
        if share.asked and not (share.traffic or share.mirror):
            return {}, {}
        if share.asked and (share.mirror or share.traffic < 100):
            log_progress(f"{name} gets all requests: there is no other deployment for the rest of them")
        return {name: 100}, {}
    [other] = others
    if share.mirror:
        return {other: 100}, {name: share.mirror}
    traffic = {other: 100 - share.traffic, name: share.traffic}
    return {each: percent for each, percent in traffic.items() if percent}, {}


def set_shares(
    client: MLClient,
    config: DeploymentConfig,
    before: EndpointState,
    traffic: Mapping[str, int],
    mirror: Mapping[str, int],
) -> EndpointState:
    """Change who gets the requests, unless somebody else has done so since the state before."""
    endpoint_name = config.endpoint_name
    now = get_endpoint_state(client, endpoint_name)
    if (now.traffic, now.mirror) != (before.traffic, before.mirror):
        raise RunFailed(
            f"somebody else has changed the traffic of {endpoint_name} from {before.traffic} to {now.traffic} in the "
            "meantime; it is left unchanged, and the same command starts from there"
        )
    if (now.traffic, now.mirror) == (traffic, mirror):
        return now
    endpoint = now.existing
    endpoint.traffic, endpoint.mirror_traffic = dict(traffic), dict(mirror)
    poller = client.online_endpoints.begin_create_or_update(endpoint)
    wait_for(poller, config.provisioning_minutes, f"the change of traffic at {endpoint_name}")
    return get_endpoint_state(client, endpoint_name)
