"""The service's settings: the flows' sections of config.yaml, the endpoints, and its own section `serving`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from flows import all_flows, find_flow
from mlops.common.errors import UserError
from mlops.common.paths import CONFIG_FILE
from mlops.configuration.config import Configuration
from mlops.configuration.endpoints import AoaiConfig, SearchConfig
from mlops.configuration.sections import FlowConfig
from mlops.configuration.serving import ServingConfig


@dataclass(frozen=True)
class ServiceSettings:
    """The settings of one application. Nothing in them comes from a caller.

    Attributes:
        environment: the environment's name.
        flows: the section of each flow that is served, by its name.
        aoai: the model endpoint.
        search: how flows search the web.
        serving: authentication and limits.
    """

    environment: str
    flows: Mapping[str, FlowConfig]
    aoai: AoaiConfig
    search: SearchConfig
    serving: ServingConfig

    def seconds(self, flow: str) -> float:
        """Return the time limit of a request for a flow."""
        return self.serving.flow_seconds.get(flow, self.serving.seconds)

    def with_endpoints(self, aoai: AoaiConfig, search: SearchConfig) -> ServiceSettings:
        """Return the settings with other endpoints, such as those of an emulator."""
        return replace(self, aoai=aoai, search=search)


def load_settings(
    environment: str, path: Path = CONFIG_FILE, variables: Mapping[str, str] | None = None
) -> ServiceSettings:
    """Return the settings of an environment.

    Args:
        environment: the name after the underscore in the names of sections.
        path: the YAML file.
        variables: what ${NAME} in it stands for; by default the process's environment over the file .env.

    Raises:
        UserError: a setting is missing or invalid, or no authentication is configured.
    """
    configuration = Configuration(environment, path, variables)
    serving = configuration.serving()
    flows = {name: configuration.flow(name) for name in served_names(configuration, serving)}
    check_authentication(serving)
    return ServiceSettings(
        environment=environment,
        flows=flows,
        aoai=configuration.aoai(),
        search=configuration.search(),
        serving=serving,
    )


def served_names(configuration: Configuration, serving: ServingConfig) -> list[str]:
    """Return the names of the flows that are served: those that `serving` names, or else all that have a section.

    Raises:
        UserError: `serving` names an unknown flow.
    """
    if serving.flows is not None:
        return [find_flow(name).name for name in serving.flows]
    configured = set(configuration.flows())
    # No flow has a section for an environment that does not exist: reading any of them raises the error.
    return [name for name in all_flows() if name in configured] or list(all_flows())[:1]


def check_authentication(serving: ServingConfig) -> None:
    """Check that callers are authenticated, or that anonymous access is allowed explicitly.

    Raises:
        UserError: neither is the case.
    """
    if not (serving.keys or serving.entra.issuer or serving.allow_anonymous):
        raise UserError(
            "anybody could call the service: set FLOW_SERVICE_API_KEYS, or FLOW_SERVICE_ISSUER and "
            "FLOW_SERVICE_AUDIENCE for Microsoft Entra ID, or FLOW_SERVICE_ALLOW_ANONYMOUS=true to allow that"
        )
