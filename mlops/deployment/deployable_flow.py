"""A flow as it is deployed: complete in one folder, and with everything in it that its callers may not decide.

Callers give what batches take from data. Whatever else a flow has as inputs (deployments, connections, limits, prompts)
gets the value that the configuration has for it, and is no input any more; decision 8 says why.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mlops.cloud_runs.data import to_jsonable
from mlops.common.errors import UserError
from mlops.common.paths import OUTPUTS, REPOSITORY
from mlops.configuration.deployment import DeploymentConfig
from mlops.flow_folders.folders import DEFINITIONS, NOT_COPIED, complete_flow, copy_into, digest_of, keep

DEPLOYMENTS = OUTPUTS / "deployments"
FIXED_FUNCTION = Path(__file__).with_name("fixed_function.py")
INPUT = re.compile(r"^\$\{inputs\.([^.}]+)\}$")
OF_DATA = "${data."
NO_LIMIT = "inf"


@dataclass(frozen=True)
class DeployableFlow:
    """A flow that is ready to go up.

    Attributes:
        name: the flow's name.
        folder: all of it.
        version: a hash of the folder.
        init: what its class is made with; empty for other flows.
        sample: inputs to try it with.
    """

    name: str
    folder: Path
    version: str
    init: dict[str, Any]
    sample: dict[str, Any]


def deployable_flow(name: str, arguments: Mapping[str, Any], config: DeploymentConfig) -> DeployableFlow:
    """Return a flow as it is deployed, in a folder under outputs/deployments that is named by its content.

    Args:
        name: the flow's name.
        arguments: those of `pf.run`, as the flow's runner gives them.
        config: what else belongs to the deployment.

    Raises:
        UserError: the flow can't be deployed as it is configured.
    """
    try:
        DEPLOYMENTS.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{DEPLOYMENTS} cannot be written to: {error.strerror}") from error
    mapping = arguments["column_mapping"]
    open_inputs = [key for key, value in mapping.items() if str(value).startswith(OF_DATA)] + config.open_inputs
    fixed = {key: to_jsonable(value) for key, value in mapping.items() if key not in open_inputs}
    with tempfile.TemporaryDirectory(dir=DEPLOYMENTS) as temporary:
        folder = Path(temporary) / "flow" / name  # Azure calls the flow after its folder
        shutil.copytree(complete_flow(Path(arguments["flow"])), folder, ignore=NOT_COPIED)
        for file in config.files:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            copy_into(REPOSITORY / file, folder / file)
        file = next(folder / definition for definition in DEFINITIONS if (folder / definition).is_file())
        definition = yaml.safe_load(file.read_text(encoding="utf-8"))
        init = {key: to_jsonable(value) for key, value in arguments.get("init", {}).items() if value is not None}
        if file.name == "flow.dag.yaml":
            sample = fix_dag(definition, open_inputs, fixed, arguments, config.node_inputs)
        else:
            sample = definition["sample"]["inputs"]
            if "init" not in arguments:
                fix_function(definition, folder, open_inputs, fixed)
            definition.pop("sample")  # Prompt flow would answer a request without inputs from it
        _check_prompt(folder, {**fixed, **init}.get("prompt"))
        if missing := [key for key in open_inputs if key not in sample and key not in config.open_inputs]:
            raise UserError(f"{name}: the sample in {file.name} has no {', '.join(missing)}; the smoke test needs it")
        without_anchors = json.loads(json.dumps(definition))
        file.write_text(yaml.safe_dump(without_anchors, sort_keys=False, allow_unicode=True), encoding="utf-8")
        version = digest_of(folder)
        kept = keep(folder.parent, DEPLOYMENTS / f"{name}_{version}")
    return DeployableFlow(name, kept / name, version, init, {key: sample[key] for key in open_inputs if key in sample})


def fix_dag(
    definition: dict[str, Any],
    open_inputs: list[str],
    fixed: Mapping[str, Any],
    arguments: Mapping[str, Any],
    node_inputs: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """Put values into a DAG's definition, and leave only open inputs; return these with their defaults.

    Raises:
        UserError: the DAG has no such inputs, nodes or variants, or uses an input in a way that no value could replace.
    """
    inputs = definition["inputs"]
    if unknown := [key for key in [*open_inputs, *fixed] if key not in inputs]:
        raise UserError(f"the flow has no input {', '.join(unknown)}; it has {', '.join(inputs)}")
    _choose_variants(definition, arguments.get("variant"))
    nodes = {node["name"]: node for node in definition["nodes"]}
    connections = arguments.get("connections") or {}
    if unknown := [name for name in [*connections, *node_inputs] if name not in nodes]:
        raise UserError(f"the flow has no node {', '.join(unknown)}; it has {', '.join(nodes)}")
    for name, values in connections.items():
        node = nodes[name]
        for key, value in values.items():
            (node if key in node else node["inputs"])[key] = value
    for name, values in node_inputs.items():
        nodes[name]["inputs"].update(values)
    values = {key: fixed.get(key, about.get("default")) for key, about in inputs.items() if key not in open_inputs}
    for node in nodes.values():
        node["inputs"] = {key: _value(value, values) for key, value in node["inputs"].items()}
        if node["type"] == "llm" and node["inputs"].get("max_tokens") == NO_LIMIT:
            del node["inputs"]["max_tokens"]  # Prompt flow takes the word from an input alone
    definition["inputs"] = {key: about for key, about in inputs.items() if key in open_inputs}
    rest = json.dumps([definition["nodes"], definition["outputs"]])
    if left := [key for key in values if re.search(r"\$\{inputs\." + re.escape(key) + r"[.}]", rest)]:
        raise UserError(f"the flow's input {', '.join(left)} can't be fixed: it is more than the input of a node")
    return {key: about["default"] for key, about in definition["inputs"].items() if "default" in about}


def fix_function(definition: dict, folder: Path, open_inputs: list[str], fixed: Mapping[str, Any]) -> None:
    """Put a function in front of the flow's, which has only the open inputs."""
    shutil.copyfile(FIXED_FUNCTION, folder / FIXED_FUNCTION.name)
    about = {"entry": definition["entry"], "open": open_inputs, "fixed": dict(fixed)}
    (folder / FIXED_FUNCTION.name).with_suffix(".json").write_text(json.dumps(about, indent=1), encoding="utf-8")
    definition["entry"] = f"{FIXED_FUNCTION.stem}:answer"


def _choose_variants(definition: dict[str, Any], chosen: str | None) -> None:
    variants = definition.pop("node_variants", {})
    node_of_chosen, _, variant_chosen = (chosen or "").strip("${}").partition(".")
    for position, node in enumerate(definition["nodes"]):
        if node.get("use_variants"):
            of_node = variants[node["name"]]
            variant = variant_chosen if node["name"] == node_of_chosen else of_node["default_variant_id"]
            if variant not in of_node["variants"]:
                raise UserError(f"the node {node['name']} has no variant {variant}")
            definition["nodes"][position] = {"name": node["name"], **of_node["variants"][variant]["node"]}


def _value(value: Any, values: Mapping[str, Any]) -> Any:
    found = INPUT.match(value) if isinstance(value, str) else None
    return values.get(found[1], value) if found else value


def _check_prompt(folder: Path, prompt: Any) -> None:
    if prompt and not (folder / prompt).resolve().is_relative_to(folder.resolve()):
        raise UserError(f"the prompt {prompt} is not in the flow's folder; put it there, and its name into config.yaml")
