"""How a release gets its share of an endpoint's requests, and how it loses it again.

Blue-green: a release is deployed next to the live one. Callers notice nothing of it until it has passed the
smoke test, and whatever fails or is interrupted on the way leaves their traffic as it was.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from mlops.common.errors import RunFailed, UserError
from mlops.configuration.deployment import DeploymentConfig
from mlops.deployment.assets import register_image, register_model
from mlops.deployment.endpoint_state import COLOURS, Deployed, EndpointState, get_endpoint_state
from mlops.deployment.entities import Release
from mlops.deployment.follow_up import autoscale_text, roles_text
from mlops.deployment.operations import (
    abort_deployment,
    create_deployment,
    ensure_endpoint,
    log_progress,
    remove,
)
from mlops.deployment.shares import Share, set_shares, shares_with
from mlops.deployment.smoke_test import smoke_test

if TYPE_CHECKING:
    from azure.ai.ml import MLClient

CHANGING = ("Creating", "Updating", "Deleting", "Scaling")


def deploy(client: MLClient, release: Release, share: Share, keep_failed: bool = False) -> EndpointState:
    """Give a release its share of the requests, in as few steps as possible.

    Returns:
        The state of the endpoint afterwards.

    Raises:
        UserError: the endpoint is in a state in which nothing should be deployed.
        RunFailed: the release failed; traffic is as it was.
    """
    from azure.core.exceptions import AzureError

    state = _steady_state(client, release.config)
    known = state.of_version(release.version)
    name = known.name if known else _free_name(release, state)
    if len([each for each in state.deployments if each.busy and each.name != name]) > 1:
        raise UserError(f"more than two versions share the requests of {release.config.endpoint_name}; end that first")
    if known:
        log_progress(f"unchanged: {name} has this version already; nothing new is deployed")
        state = ensure_endpoint(client, release, state)
        if known.busy and not share.asked:
            return state
        _smoke_test(client, release, state, name, True, release.config.role_minutes)
    else:
        model = register_model(client, release)
        register_image(client, release)
        is_new = state.endpoint is None
        state = ensure_endpoint(client, release, state)
        if is_new:
            log_progress(
                f"{roles_of(release, state)}\nAssign what is missing now: a role takes up to ten minutes to hold."
            )
        create_deployment(client, release, model, state, name, keep_failed)
        _smoke_test(client, release, state, name, keep_failed, release.config.role_minutes)
        if scale := release.config.autoscale:
            log_progress(autoscale_text(release, name, scale))
    try:
        return set_shares(client, release.config, state, *shares_with(state, name, share))
    except (AzureError, RunFailed):
        log_progress(f"{name} is up and tested; the same command continues from there, or --remove_idle removes it")
        raise


def create_endpoint(client: MLClient, release: Release) -> EndpointState:
    """Create the endpoint, or give it its settings, and deploy nothing: so that its identity gets its roles in time."""
    return ensure_endpoint(client, release, _steady_state(client, release.config))


def roles_of(release: Release, state: EndpointState) -> str:
    """Return the roles that the identity of an endpoint needs, as text."""
    identity = state.existing.identity
    principal = identity.principal_id if identity else None
    return roles_text(release, str(principal) if principal else None)


def promote(client: MLClient, release: Release) -> EndpointState:
    """Give the newest deployment all requests, once it has answered the smoke test again; the other one stays idle."""
    state = _steady_state(client, release.config)
    newest = _existing(state, release.config)
    if state.traffic == {newest.name: 100} and not state.mirror:
        log_progress(f"unchanged: {newest.name}, the newest, answers all requests already")
        return state
    if newest.state != "Succeeded":
        raise UserError(f"{newest.name}, the newest deployment, is {newest.state}; deploy again")
    _smoke_test(client, release, state, newest.name, keep=True)
    return set_shares(client, release.config, state, {newest.name: 100}, {})


def roll_back(client: MLClient, config: DeploymentConfig) -> EndpointState:
    """Give the deployment before the newest all requests, at once and without a test; the newest one stays idle."""
    state = _steady_state(client, config)
    newest = _existing(state, config)
    previous = state.other_deployment(newest.name)
    if previous is None:
        raise UserError(f"{config.endpoint_name} has no deployment but {newest.name} to go back to")
    if state.traffic == {previous.name: 100} and not state.mirror:
        log_progress(f"unchanged: {previous.name}, the previous one, answers all requests already")
        return state
    if previous.state != "Succeeded":
        raise UserError(f"{previous.name}, the previous deployment, is {previous.state}; it can't take requests")
    return set_shares(client, config, state, {previous.name: 100}, {})


def remove_idle(client: MLClient, config: DeploymentConfig) -> EndpointState:
    """Remove the deployments that no requests go to: they cost as much as those that work."""
    state = _steady_state(client, config)
    _existing(state, config)
    if not state.idle:
        log_progress("unchanged: all deployments get requests")
    for each in state.idle:
        remove(client, config, each.name)
    return get_endpoint_state(client, config.endpoint_name)


def _steady_state(client: MLClient, config: DeploymentConfig) -> EndpointState:
    state = get_endpoint_state(client, config.endpoint_name)
    if state.endpoint is not None and state.endpoint.provisioning_state in CHANGING:
        raise UserError(
            f"the endpoint {config.endpoint_name} is being changed (it is {state.endpoint.provisioning_state}, which "
            "takes minutes); wait for it, then try again"
        )
    if changing := [each for each in state.deployments if each.state in CHANGING]:
        names = ", ".join(f"{each.name} ({each.state})" for each in changing)
        raise UserError(f"{names} is being changed at {config.endpoint_name}; wait for it, then try again")
    return state


def _existing(state: EndpointState, config: DeploymentConfig) -> Deployed:
    if state.newest is None:
        raise UserError(f"the endpoint {config.endpoint_name} has no deployment yet; deploy first")
    return state.newest


def _free_name(release: Release, state: EndpointState) -> str:
    """Return the name for another deployment: that of the idle one, if there are two."""
    busy = {each.name for each in state.deployments if each.busy}
    name = next((colour for colour in COLOURS if colour not in busy), None)
    if name is None:
        raise UserError(
            f"two versions share the requests of {release.config.endpoint_name} already; end that with --promote or "
            "--rollback before another goes up"
        )
    return name


def _smoke_test(
    client: MLClient, release: Release, state: EndpointState, name: str, keep: bool, role_minutes: float = 0
) -> None:
    log_progress(f"smoke test of {name}")
    seconds, sample = release.config.smoke_test_seconds, release.flow.sample
    try:
        outputs = smoke_test(client, state.existing, name, sample, seconds, role_minutes)
    except RunFailed as failure:
        abort_deployment(client, release, name, failure, keep)
    log_progress(f"{name} answers: {str(outputs)[:300]}")


def print_state(state: EndpointState) -> None:
    """Print an endpoint and its deployments, the result of every command."""
    print(f"{state.name}  {state.existing.scoring_uri}")
    for each in state.deployments:
        share = f"copies of {each.mirrored} %" if each.mirrored else f"{each.live} % of the requests"
        print(f"{each.name}  version {each.version}  {each.state}  {share}")
    sys.stdout.flush()
