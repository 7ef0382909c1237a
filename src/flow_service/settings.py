"""What the service is told: the flows' sections of config.yaml, the endpoints, and its own section `serving`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mlops.common.config import Configuration
from mlops.common.config_models import AoaiConfig, FlowConfig, SearchConfig, ServingConfig
from mlops.common.errors import UserError
from mlops.common.paths import CONFIG_FILE

FLOWS = (
    "class_basic_flow",
    "function_basic_flow",
    "yaml_basic_flow",
    "chat_with_pdf",
    "class_plan_and_execute",
    "plan_and_execute",
)


@dataclass(frozen=True)
class Settings:
    """The settings of one application. Nothing in them comes from a caller.

    Attributes:
        environment: the environment's name.
        flows: the section of each flow, by its name.
        aoai: the model endpoint.
        search: how flows search the web.
        serving: who may call, and how much.
    """

    environment: str
    flows: Mapping[str, FlowConfig]
    aoai: AoaiConfig
    search: SearchConfig
    serving: ServingConfig

    def seconds(self, flow: str) -> float:
        """Return how long a request for a flow may take."""
        return self.serving.flow_seconds.get(flow, self.serving.seconds)

    def with_endpoints(self, aoai: AoaiConfig, search: SearchConfig) -> Settings:
        """Return the settings with other endpoints, such as those of an emulator."""
        return replace(self, aoai=aoai, search=search)


def load_settings(
    environment: str, path: Path = CONFIG_FILE, variables: Mapping[str, str] | None = None
) -> Settings:
    """Return the settings of an environment.

    Args:
        environment: the name after the underscore in the names of sections.
        path: the YAML file.
        variables: what ${NAME} in it stands for; by default the process's environment over the file .env.

    Raises:
        UserError: something in them is missing or wrong, or they would let anybody in without saying so.
    """
    configuration = Configuration(environment, path, variables)
    flows = {name: configuration.flow(name) for name in FLOWS}  # first: they tell whether there is such an environment
    serving = configuration.serving()
    check_guarded(serving)
    return Settings(
        environment=environment,
        flows=flows,
        aoai=configuration.aoai(),
        search=configuration.search(),
        serving=serving,
    )


def check_guarded(serving: ServingConfig) -> None:
    """Check that callers have to show something, or that doing without is meant.

    Raises:
        UserError: nothing guards the service.
    """
    if not (serving.keys or serving.entra.issuer or serving.allow_anonymous):
        raise UserError(
            "the service would be open to anybody: set FLOW_SERVICE_API_KEYS, or FLOW_SERVICE_ISSUER and "
            "FLOW_SERVICE_AUDIENCE for Microsoft Entra ID, or FLOW_SERVICE_ALLOW_ANONYMOUS=true if that is meant"
        )
