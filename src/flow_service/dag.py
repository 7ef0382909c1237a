"""DAG flows as asynchronous functions, run in this process by Prompt flow's executor.

Only promptflow-core is needed for this: no local store of connections, no service of Prompt flow's own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import yaml

LLM_NODE = Path(__file__).with_name("llm_node.py")
Invoke = Callable[..., Awaitable[dict[str, Any]]]


@contextmanager
def importing_from(*folders: Path) -> Iterator[None]:
    """Let modules of flows be imported as those flows import them, as top-level modules, while the block lasts.

    What a flow includes from other flows is found in their folders; what is imported once stays.
    """
    from promptflow._utils.context_utils import inject_sys_path

    with ExitStack() as stack:
        for folder in folders:
            stack.enter_context(inject_sys_path(folder))
        yield


def load_dag(
    folder: Path,
    connections: Mapping[str, Any],
    nodes: Mapping[str, Mapping[str, Any]] | None = None,
    variants: Mapping[str, str] | None = None,
) -> Invoke:
    """Return a DAG flow as an asynchronous function of its inputs, and of `allow_generator_output` for streams.

    Args:
        folder: the flow's folder.
        connections: by the names that the flow's YAML has for them.
        nodes: inputs of nodes that take the place of those in the YAML; a reference to an input that the YAML does not
            have makes it an input, which only this service sets.
        variants: the variant of a node, by the node's name; others are those by default.
    """
    from promptflow.executor import FlowExecutor

    definition = yaml.safe_load((folder / "flow.dag.yaml").read_text(encoding="utf-8"))
    definition.pop("additional_includes", None)
    _choose_variants(definition, variants or {})
    for node in definition["nodes"]:
        if node["type"] == "llm":
            _make_asynchronous(node, folder)
        node["inputs"].update((nodes or {}).get(node["name"], {}))
        _declare_inputs(definition, node)
    with tempfile.TemporaryDirectory() as temporary:  # the executor reads a file
        file = Path(temporary) / "flow.dag.yaml"
        file.write_text(yaml.safe_dump(definition, sort_keys=False), encoding="utf-8")
        executor = FlowExecutor.create(
            flow_file=file,
            working_dir=folder,
            connections={name: connection._to_execution_connection_dict() for name, connection in connections.items()},
            raise_ex=True,
            env_exporter_setup=False,
        )

    async def invoke(allow_generator_output: bool = False, **inputs: Any) -> dict[str, Any]:
        result = await executor.exec_line_async(inputs, allow_generator_output=allow_generator_output)
        return result.output

    return invoke


def _choose_variants(definition: dict[str, Any], chosen: Mapping[str, str]) -> None:
    variants = definition.pop("node_variants", {})
    for position, node in enumerate(definition["nodes"]):
        if node.get("use_variants"):
            of_node = variants[node["name"]]
            variant = chosen.get(node["name"], of_node["default_variant_id"])
            definition["nodes"][position] = {"name": node["name"], **of_node["variants"][variant]["node"]}


def _make_asynchronous(node: dict[str, Any], folder: Path) -> None:
    """Prompt flow's LLM node is synchronous, with a client of its own: a thread for every request that runs."""
    prompt = str((folder / node["source"]["path"]).resolve())
    node["type"] = "python"
    node["source"] = {"type": "code", "path": str(LLM_NODE)}
    node["inputs"] = {"prompt_file": prompt, "connection": node.pop("connection"), **node["inputs"]}
    node.pop("api", None)


def _declare_inputs(definition: dict[str, Any], node: Mapping[str, Any]) -> None:
    for value in node["inputs"].values():
        if isinstance(value, str) and value.startswith("${inputs."):
            definition["inputs"].setdefault(value.removeprefix("${inputs.").removesuffix("}"), {"type": "string"})
