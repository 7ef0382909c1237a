"""What the four commands share: their options, and creating a connection unless there is one of its name."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeVar

from pydantic import SecretStr

from mlops.common.cli import command_parser
from mlops.common.errors import UserError
from mlops.configuration.config import Configuration
from mlops.configuration.endpoints import AoaiConfig, SearchConfig

Target = TypeVar("Target", AoaiConfig, SearchConfig)


def connection_arguments(description: str, name_option: str, azure: bool) -> argparse.Namespace:
    """Parse the command line of a command that creates a connection.

    Args:
        description: what the command does, for --help.
        name_option: the option that names the connection; its value gets to `name`.
        azure: whether the connection is one in Azure, so that there can be a dry run.

    Returns:
        name, environment_name, replace and dry_run.
    """
    parser = command_parser(description)
    parser.set_defaults(dry_run=False)
    parser.add_argument(name_option, dest="name", metavar="N", help="the connection's name; default: as in config.yaml")
    parser.add_argument("--environment_name", default="dev", metavar="E", help="whose endpoint and key; default: dev")
    parser.add_argument("--replace", action="store_true", help="replace a connection of this name, as after a new key")
    if azure:
        parser.add_argument("--dry_run", action="store_true", help="print what `az ml connection create` takes")
    return parser.parse_args()


def configured_aoai(arguments: argparse.Namespace) -> AoaiConfig:
    """Return the model endpoint that a connection is for.

    Raises:
        UserError: the environment has an emulator that lives only as long as a runner does.
    """
    aoai = Configuration(arguments.environment_name).aoai()
    if aoai.emulator:
        raise UserError(
            f"the environment {arguments.environment_name} has no lasting model endpoint: its runners start an "
            "emulator and make a connection to it themselves; name another environment"
        )
    return aoai.model_copy(update={"connection": arguments.name or aoai.connection})


def configured_search(arguments: argparse.Namespace) -> SearchConfig:
    """Return the web search that a connection is for."""
    search = Configuration(arguments.environment_name).search()
    return search.model_copy(update={"connection": arguments.name or search.connection})


def create_or_keep(
    config: AoaiConfig | SearchConfig, exists: bool, replace: bool, create: Callable[[], object]
) -> None:
    """Create a connection unless there is one, and say which.

    Args:
        config: the connection's configuration.
        exists: whether there is one of this name.
        replace: whether to put the new one in its place.
        create: creates or replaces it.
    """
    name = config.connection
    if exists and not replace:
        print(f"kept      {name}: it exists already; --replace replaces it")
        return
    create()
    print(f"{'replaced' if exists else 'created '}  {name}: {access_of(config)}")


def access_of(config: AoaiConfig | SearchConfig) -> str:
    """Return how a connection signs in, without its key."""
    if config.api_key.get_secret_value():
        return "with a key"
    keyless = isinstance(config, AoaiConfig) and config.to_endpoint().keyless
    return "keyless, through Microsoft Entra ID" if keyless else "without a key"


def with_placeholder(config: Target) -> Target:
    """Return the configuration with a placeholder for its key, for a dry run."""
    shown = SecretStr("<key>" if config.api_key.get_secret_value() else "")
    return config.model_copy(update={"api_key": shown})
