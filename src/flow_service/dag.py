"""DAG flows as asynchronous functions, run in this process by Prompt flow's executor.

Only promptflow-core is needed for this: no local store of connections, no service of Prompt flow's own.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mlops.configuration.sections import ChatModel

LLM_NODE = Path(__file__).with_name("llm_node.py")
PARAMETERS = ("temperature", "max_tokens")  # of Prompt flow's LLM node; the service's sends those of the model
DEPLOYMENT = ("deployment_name", "model")  # as the LLM node calls it for Azure and for other endpoints
VARIANT = re.compile(r"\$\{([^.}]+)\.([^}]+)\}")
Invoke = Callable[[Mapping[str, Any], bool], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class DagSettings:
    """How a DAG is loaded.

    Attributes:
        connections: the connections that nodes may use, by name.
        model: the parameters that LLM nodes send, and the deployment of those that name none.
        node_connections: the argument `connections` of `pf.run`: inputs of nodes that name connections and deployments.
        variant: the argument `variant` of `pf.run`; empty for the default variants.
        node_inputs: inputs of nodes that replace those in the YAML; a reference to an input of the flow that the YAML
            does not declare declares it, and only this service sets it.
    """

    connections: Mapping[str, Any]
    model: ChatModel
    node_connections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    variant: str = ""
    node_inputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def load_dag(folder: Path, settings: DagSettings) -> Invoke:
    """Return a DAG flow as an asynchronous function of its inputs and of whether its outputs may be generators."""
    from promptflow.executor import FlowExecutor

    definition = yaml.safe_load((folder / "flow.dag.yaml").read_text(encoding="utf-8"))
    definition.pop("additional_includes", None)
    _choose_variants(definition, settings.variant)
    for node in definition["nodes"]:
        changes = {**settings.node_connections.get(node["name"], {}), **settings.node_inputs.get(node["name"], {})}
        if node["type"] == "llm":
            _replace_llm_node(node, folder, changes, settings.model)
        else:
            node["inputs"] = {**(node.get("inputs") or {}), **changes}
        _declare_inputs(definition, node)
    with tempfile.TemporaryDirectory() as temporary:  # the executor reads a file
        file = Path(temporary) / "flow.dag.yaml"
        file.write_text(yaml.safe_dump(definition, sort_keys=False), encoding="utf-8")
        known = {name: connection._to_execution_connection_dict() for name, connection in settings.connections.items()}
        executor = FlowExecutor.create(
            flow_file=file, working_dir=folder, connections=known, raise_ex=True, env_exporter_setup=False
        )

    async def invoke(inputs: Mapping[str, Any], streaming: bool) -> dict[str, Any]:
        result = await executor.exec_line_async(inputs, allow_generator_output=streaming)
        return result.output

    return invoke


def _choose_variants(definition: dict[str, Any], variant: str) -> None:
    variants = definition.pop("node_variants", {})
    chosen = dict(VARIANT.findall(variant))
    for position, node in enumerate(definition["nodes"]):
        if node.get("use_variants"):
            of_node = variants[node["name"]]
            name = chosen.get(node["name"], of_node["default_variant_id"])
            definition["nodes"][position] = {"name": node["name"], **of_node["variants"][name]["node"]}


def _replace_llm_node(node: dict[str, Any], folder: Path, changes: Mapping[str, Any], model: ChatModel) -> None:
    """Replace Prompt flow's LLM node by `llm_node.py`.

    Prompt flow's is synchronous, with its own client and a thread for every running request, and sends the parameters
    of one family of models. Ours sends those that the configured model accepts.
    """
    prompt = str((folder / node["source"]["path"]).resolve())
    inputs = {"connection": node.pop("connection", None), **(node.get("inputs") or {}), **changes}
    deployments = [inputs.pop(name) for name in DEPLOYMENT if name in inputs]
    node["type"] = "python"
    node["source"] = {"type": "code", "path": str(LLM_NODE)}
    node["inputs"] = {
        "prompt_file": prompt,
        "deployment_name": next(iter(deployments), model.deployment),
        "parameters": model.parameters(),
        **{name: value for name, value in inputs.items() if name not in PARAMETERS},
    }
    for key in ("api", "provider", "module"):
        node.pop(key, None)


def _declare_inputs(definition: dict[str, Any], node: Mapping[str, Any]) -> None:
    for value in node["inputs"].values():
        if isinstance(value, str) and value.startswith("${inputs."):
            definition["inputs"].setdefault(value.removeprefix("${inputs.").removesuffix("}"), {"type": "string"})
