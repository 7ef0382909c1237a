"""The single steps of a rollout: long-running operations of Azure, and what is reported when one fails."""

from __future__ import annotations

import contextlib
import io
import re
import sys
import time
from typing import TYPE_CHECKING, NoReturn

from mlops.azure.client import first_line, redact_secrets
from mlops.common.errors import RunFailed, UserError
from mlops.configuration.deployment import DeploymentConfig
from mlops.deployment.endpoint_state import EndpointState, get_endpoint_state
from mlops.deployment.entities import Release, deployment, endpoint

if TYPE_CHECKING:
    from azure.ai.ml import MLClient
    from azure.ai.ml.entities import ManagedOnlineEndpoint
    from azure.core.polling import LROPoller

LOG_LINES = 100
PROGRESS_INTERVAL_S = 60.0
# What Azure says of a deployment that it has no quota for, deep in its answer: https://aka.ms/oe-tsg#error-outofquota
QUOTA = re.compile(
    r"Not enough quota available for (?P<size>\w+).*usage/limit: (?P<used>\d+)/(?P<limit>\d+)\."
    r" Additional needed: (?P<needed>\d+)"
)
CONTAINERS = ("storage-initializer", "inference-server")


def log_progress(text: str) -> None:
    """Print progress to standard error."""
    print(text, file=sys.stderr, flush=True)


def wait_for(poller: LROPoller, minutes: float, what: str) -> None:
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
                    raise RunFailed(f"{what} is not ready after {minutes:g} minutes; Azure is still working on it")
                if passed >= PROGRESS_INTERVAL_S:
                    log_progress(f"  {what}: {passed / 60:.0f} min")
                poller.wait(min(PROGRESS_INTERVAL_S, minutes * 60 - passed))
            poller.result()
        except HttpResponseError as error:
            if error.status_code and error.status_code >= 400:
                raise
            raise RunFailed(f"{what} failed: {first_line(error)}") from None  # the answer to a poll is 200


def ensure_endpoint(client: MLClient, release: Release, state: EndpointState) -> EndpointState:
    """Create the endpoint, or give it the settings that config.yaml has for it; its traffic stays as it is.

    Raises:
        UserError: it has an identity of a different kind, which can't be changed.
    """
    desired, now = endpoint(release, state.traffic, state.mirror), state.endpoint
    if now is None:
        log_progress(f"creating the endpoint {desired.name}")
    elif _identity_type(now) != _identity_type(desired):
        raise UserError(
            f"the endpoint {desired.name} has an identity of a different kind than config.yaml says; remove it with "
            f"az ml online-endpoint delete --name {desired.name}, or give another endpoint_name"
        )
    elif _settings(desired) == _settings(now) and release.tags.items() <= (now.tags or {}).items():
        return state
    else:
        log_progress(f"updating the endpoint {desired.name}")
        desired.properties, desired.tags = (
            {**desired.properties, **now.properties},
            {**(now.tags or {}), **release.tags},
        )
    poller = client.online_endpoints.begin_create_or_update(desired)
    wait_for(poller, release.config.provisioning_minutes, f"the endpoint {desired.name}")
    return get_endpoint_state(client, release.config.endpoint_name)


def create_deployment(
    client: MLClient, release: Release, model_reference: str, state: EndpointState, name: str, keep_failed: bool
) -> None:
    """Create a deployment of the release that gets no requests, replacing one of the same name.

    Raises:
        UserError: there is no quota for its machines.
        RunFailed: it failed; it was removed unless it is to be kept.
    """
    from azure.core.exceptions import HttpResponseError

    generation = 1 + max((each.generation for each in state.deployments), default=0)
    if name in {each.name for each in state.deployments}:
        remove(client, release.config, name)
    log_progress(f"creating {name}; Azure builds the image and starts the machines, which takes ten minutes or more")
    desired = deployment(release, model_reference, name, generation)
    try:
        poller = client.online_deployments.begin_create_or_update(desired)
        wait_for(poller, release.config.provisioning_minutes, f"the deployment {name}")
    except HttpResponseError as error:
        if lack := QUOTA.search(str(error)):
            raise UserError(
                f"the deployment {name} needs {lack['needed']} more cores of {lack['size']} machines than the "
                f"{lack['used']} of {lack['limit']} that are used (Azure counts ceil(1.2 x instance_count) x cores); "
                "remove what is idle with --remove_idle, give another instance_type, or request more quota for this "
                "family of machines in the portal, under Azure Machine Learning"
            ) from None
        raise
    except RunFailed as failure:
        abort_deployment(client, release, name, failure, keep_failed)
    except KeyboardInterrupt:
        log_progress(
            f"{name} gets no requests; Azure may still create it, and the same command continues from there later"
        )
        raise


def remove(client: MLClient, config: DeploymentConfig, name: str) -> None:
    """Remove a deployment that gets no requests."""
    log_progress(f"removing {name}")
    poller = client.online_deployments.begin_delete(name=name, endpoint_name=config.endpoint_name)
    wait_for(poller, config.provisioning_minutes, f"the removal of {name}")


def abort_deployment(client: MLClient, release: Release, name: str, failure: RunFailed, keep: bool) -> NoReturn:
    """Print the log of a failed deployment, remove it unless it is to be kept, and fail.

    Raises:
        RunFailed: always; the text says what happened to the deployment.
    """
    from azure.core.exceptions import AzureError

    for container in CONTAINERS:
        try:
            log = client.online_deployments.get_logs(
                name=name, endpoint_name=release.config.endpoint_name, lines=LOG_LINES, container_type=container
            )
            log_progress(f"The log of {name}, {container}:\n{redact_secrets(log).strip() or '(empty)'}")
        except AzureError as error:
            log_progress(f"The log of {name}, {container}, could not be read: {first_line(error)}")
    left = f"{name} is still there, without a change to its traffic"
    if not keep:
        try:
            remove(client, release.config, name)
            left = f"{name} was removed, and traffic is as it was"
        except (AzureError, RunFailed) as error:
            left = f"{name} is still there, and costs money: {first_line(error)}; remove it with --remove_idle"
    raise RunFailed(f"{failure}; {left}") from None


def _identity_type(endpoint: ManagedOnlineEndpoint) -> str | None:
    return endpoint.identity.type if endpoint.identity else None


def _settings(endpoint) -> tuple[str, str]:
    """Return what can be changed of an endpoint, besides its tags and its traffic."""
    return endpoint.auth_mode.lower(), (endpoint.public_network_access or "enabled").lower()
