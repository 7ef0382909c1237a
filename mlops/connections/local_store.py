"""Prompt flow's store of connections on this machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mlops.connections.creation import Target, create_or_keep
from mlops.promptflow_patches.fixes import require_consent_for_telemetry
from mlops.promptflow_patches.setup import set_up_promptflow

if TYPE_CHECKING:
    from promptflow.client import PFClient


def has_connection(pf: PFClient, name: str) -> bool:
    """Whether the store has a connection of this name."""
    from promptflow._sdk._errors import ConnectionNotFoundError

    try:
        pf.connections.get(name)
    except ConnectionNotFoundError:
        return False
    return True


def create_locally(config: Target, replace: bool, save: Callable[[PFClient, Target, str], object]) -> None:
    """Create a connection in the store unless it exists.

    Args:
        config: the connection's configuration.
        replace: whether to replace one of this name.
        save: writes it to the store, under a name.
    """
    set_up_promptflow()
    from promptflow.client import PFClient

    require_consent_for_telemetry()
    pf, name = PFClient(), config.connection
    create_or_keep(config, has_connection(pf, name), replace, create=lambda: save(pf, config, name))
