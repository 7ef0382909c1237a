"""The flows of this repository: each is a folder, and each folder's definition.py describes it."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from mlops.common.errors import UserError

if TYPE_CHECKING:
    from mlops.flow_folders.definition import FlowDefinition

KINDS = ("class", "function", "dag")  # the order in which flows of a group are listed


@cache
def all_flows() -> dict[str, FlowDefinition]:
    """Return every flow by its name, those of a group together.

    Raises:
        UserError: a definition has another name than its folder.
    """
    found = []
    for file in sorted(file for folder in __path__ for file in Path(folder).glob("*/definition.py")):
        flow: FlowDefinition = import_module(f"flows.{file.parent.name}.definition").FLOW
        if flow.name != file.parent.name:
            raise UserError(f"flows/{file.parent.name}/definition.py calls the flow {flow.name}; name it as its folder")
        found.append(flow)
    return {flow.name: flow for flow in sorted(found, key=lambda flow: (flow.group, KINDS.index(flow.kind), flow.name))}


def find_flow(name: str) -> FlowDefinition:
    """Return the flow of a name.

    Raises:
        UserError: there is none.
    """
    if name not in all_flows():
        raise UserError(f"there is no flow {name}; there are {', '.join(all_flows())}")
    return all_flows()[name]
