"""Prompt flow's store of connections on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from promptflow.client import PFClient


def has_connection(pf: PFClient, name: str) -> bool:
    """Tell whether the store has a connection of this name."""
    from promptflow._sdk._errors import ConnectionNotFoundError

    try:
        pf.connections.get(name)
    except ConnectionNotFoundError:
        return False
    return True
