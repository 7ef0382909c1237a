"""The single steps of a rollout: things that Azure takes a while for, and what is told when one of them fails."""

from __future__ import annotations

import contextlib
import io
import sys
import time
from typing import TYPE_CHECKING, NoReturn

from mlops.common.azure import first_line, plain_upload, without_secrets
from mlops.common.deployment_config import DeploymentConfig
from mlops.common.errors import RunFailed, UserError
from mlops.deployment.endpoint_state import EndpointState, look_at
from mlops.deployment.entities import Release, endpoint
from mlops.deployment.follow_up import roles_text

if TYPE_CHECKING:
    from azure.ai.ml import MLClient
    from azure.core.polling import LROPoller

LOG_LINES = 100
TELL_EVERY_S = 60.0
CONTAINERS = ("storage-initializer", "inference-server")


def say(text: str) -> None:
    """Tell how the work goes on."""
    print(text, file=sys.stderr, flush=True)


def finish(poller: LROPoller, minutes: float, what: str) -> None:
    """Wait for the end of an operation.

    Raises:
        RunFailed: it failed, or takes longer.
    """
    from azure.core.exceptions import HttpResponseError

    begun = time.monotonic()
    with contextlib.redirect_stdout(io.StringIO()):  # the SDK prints a dot at times
        try:
            while not poller.done():
                passed = time.monotonic() - begun
                if passed >= minutes * 60:
                    raise RunFailed(f"{what} is not ready after {minutes:g} minutes; Azure goes on with it")
                if passed >= TELL_EVERY_S:
                    say(f"  {what}: {passed / 60:.0f} min")
                poller.wait(min(TELL_EVERY_S, minutes * 60 - passed))
            poller.result()
        except HttpResponseError as error:
            if error.status_code and error.status_code >= 400:
                raise
            raise RunFailed(f"{what} failed: {first_line(error)}") from None  # the answer to a poll is 200


def register(operations, entity, what: str) -> None:
    """Upload a model or an environment, unless its content is there already."""
    from azure.core.exceptions import ResourceNotFoundError

    with contextlib.suppress(ResourceNotFoundError):
        operations.get(entity.name, version=entity.version)
        say(f"unchanged: {what}, {entity.name}:{entity.version}")
        return
    with plain_upload():
        operations.create_or_update(entity)
    say(f"uploaded {what}, {entity.name}:{entity.version}")


def ensure_endpoint(client: MLClient, release: Release, state: EndpointState) -> EndpointState:
    """Create the endpoint, or give it the settings that config.yaml has for it; its traffic stays as it is.

    Raises:
        UserError: it has an identity of another kind, which can't be changed.
    """
    wanted, now = endpoint(release, state.traffic, state.mirror), state.endpoint
    if now is None:
        say(f"creating the endpoint {wanted.name}")
    elif now.identity is None or now.identity.type != wanted.identity.type:
        raise UserError(
            f"the endpoint {wanted.name} has an identity of another kind than config.yaml says; remove it with az ml "
            f"online-endpoint delete --name {wanted.name}, or give another endpoint_name"
        )
    elif _settings(wanted) == _settings(now) and wanted.tags.items() <= (now.tags or {}).items():
        return state
    else:
        say(f"updating the endpoint {wanted.name}")
        wanted.properties, wanted.tags = {**wanted.properties, **now.properties}, {**(now.tags or {}), **wanted.tags}
    poller = client.online_endpoints.begin_create_or_update(wanted)
    finish(poller, release.config.provisioning_minutes, f"the endpoint {wanted.name}")
    after = look_at(client, wanted.name)
    if now is None:
        say(roles_text(release, after.endpoint.identity.principal_id))
    return after


def remove(client: MLClient, config: DeploymentConfig, name: str) -> None:
    """Remove a deployment that gets no requests."""
    say(f"removing {name}")
    poller = client.online_deployments.begin_delete(name=name, endpoint_name=config.endpoint_name)
    finish(poller, config.provisioning_minutes, f"the removal of {name}")


def give_up(client: MLClient, release: Release, name: str, failure: RunFailed, keep: bool) -> NoReturn:
    """Print what a failed deployment has logged, remove it unless it is to be kept, and fail.

    Raises:
        RunFailed: always; the text says what has become of the deployment.
    """
    from azure.core.exceptions import AzureError

    for container in CONTAINERS:
        try:
            log = client.online_deployments.get_logs(
                name=name, endpoint_name=release.config.endpoint_name, lines=LOG_LINES, container_type=container
            )
            say(f"The log of {name}, {container}:\n{without_secrets(log).strip() or '(empty)'}")
        except AzureError as error:
            say(f"The log of {name}, {container}, can't be had: {first_line(error)}")
    left = f"{name} is still there, without a change to its traffic"
    if not keep:
        try:
            remove(client, release.config, name)
            left = f"{name} was removed, and traffic is as it was"
        except (AzureError, RunFailed) as error:
            left = f"{name} is still there, and costs money: {first_line(error)}; remove it with --remove_idle"
    raise RunFailed(f"{failure}; {left}") from None


def _settings(endpoint) -> tuple[str, str]:
    """Return what can be changed of an endpoint, besides its tags and its traffic."""
    return endpoint.auth_mode.lower(), (endpoint.public_network_access or "enabled").lower()
