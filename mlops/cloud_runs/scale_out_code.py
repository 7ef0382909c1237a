"""The code of a scaled-out batch: for each of its steps a folder with all that the step needs on a node."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from mlops.common.errors import UserError
from mlops.common.paths import OUTPUTS, REPOSITORY, display_path
from mlops.flow_folders.folders import NOT_COPIED, complete_flow, digest_of, keep, with_documents
from mlops.flow_folders.signatures import check_arguments, definition_of

FOLDERS = OUTPUTS / "scale_out"
SCRIPTS = REPOSITORY / "src" / "scale_out"
CANCELLATION = REPOSITORY / "mlops" / "promptflow_patches" / "cancellation.py"
# The nodes read connections as the workspace keeps them, and Azure ML's own driver of parallel steps runs in the same
# Python: azureml-core, azureml-dataset-runtime and pandas are what it needs.
NODE_PACKAGES = ["promptflow-core[azureml-serving]", "azureml-core", "azureml-dataset-runtime[fuse]", "pandas>=2,<3"]

NAMES_OF_MODEL = ("deployment_name", "model")  # of an LLM node, for an Azure and for an OpenAI connection


def answer_folder(
    flow_name: str,
    flow: Mapping[str, Any],
    init: Mapping[str, Any],
    connections: Sequence[str],
    settings: Mapping[str, float],
) -> Path:
    """Return a folder with the flow, its settings and the script that runs it, named by its content.

    Args:
        flow_name: what the flow is called.
        flow: the arguments of `pf.run` for the flow.
        init: what its class is made with, as JSON.
        connections: the names of the connections that it uses.
        settings: concurrency (how many lines a process has under way) and line_seconds (how long a line may take).

    Raises:
        UserError: the arguments do not fit the flow.
    """
    source = with_documents(complete_flow(Path(flow["flow"])), flow_name)
    check_arguments(source, flow["column_mapping"], init)
    name, definition = definition_of(source)
    overrides = {node: dict(inputs) for node, inputs in (flow.get("connections") or {}).items()}
    content = {
        "definition": name,
        "column_mapping": flow["column_mapping"],
        "init": dict(init),
        "connections": list(connections),
        **settings,
    }

    def fill(folder: Path) -> None:
        shutil.copytree(source, folder / "flow", ignore=NOT_COPIED)
        if "nodes" in definition:
            resolved = with_overrides(definition, overrides, flow.get("variant"), display_path(source))
            (folder / "flow" / name).write_text(yaml.safe_dump(resolved, sort_keys=False), encoding="utf-8")
        for script in ("answer.py", "sign_in.py"):
            shutil.copyfile(SCRIPTS / script, folder / script)
        shutil.copyfile(CANCELLATION, folder / CANCELLATION.name)
        (folder / "settings.json").write_text(json.dumps(content, indent=2), encoding="utf-8")

    return _kept(f"{flow_name}_answer", fill)


def script_folder(step: str) -> Path:
    """Return a folder with the script of the step `shard` or `collect`, named by its content."""
    return _kept(step, lambda folder: shutil.copyfile(SCRIPTS / f"{step}.py", folder / f"{step}.py"))


def conda_file(flow: Path) -> dict[str, Any]:
    """Return the Python packages of a node as conda takes them: the flow's, and those that any flow needs there."""
    lines = (flow / "requirements.txt").read_text(encoding="utf-8").splitlines()
    packages = [line.partition("#")[0].strip() for line in lines]
    return {
        "channels": ["conda-forge"],
        "dependencies": ["python=3.11", "pip", {"pip": [*filter(None, packages), *NODE_PACKAGES]}],
    }


def with_overrides(
    definition: Mapping[str, Any], overrides: Mapping[str, Mapping[str, Any]], variant: str | None, place: str
) -> dict[str, Any]:
    """Return the definition of a DAG with one variant of each node, and with other connections and inputs of nodes.

    Args:
        definition: the content of its YAML.
        overrides: by node, the connection, the deployment or inputs that take the place of those in the YAML.
        variant: such as "${node.variant}"; other nodes have their default.
        place: what errors call the flow.

    Raises:
        UserError: there is no such node, variant or input of a node.
    """
    chosen_node, _, chosen = (variant or "").removeprefix("${").removesuffix("}").partition(".")
    variants = definition.get("node_variants") or {}
    if variant and chosen not in variants.get(chosen_node, {}).get("variants", {}):
        raise UserError(f"{place} has no variant {variant}")
    nodes = []
    for node in definition["nodes"]:
        if node.get("use_variants"):
            of_node = variants[node["name"]]
            picked = chosen if node["name"] == chosen_node else of_node["default_variant_id"]
            node = {"name": node["name"], **of_node["variants"][picked]["node"]}
        nodes.append({**node, "inputs": dict(node.get("inputs") or {})})
    by_name = {node["name"]: node for node in nodes}
    for name, inputs in overrides.items():
        if name not in by_name:
            raise UserError(f"{place} has no node {name}; it has {', '.join(by_name)}")
        _override(by_name[name], inputs, place)
    return {**{key: value for key, value in definition.items() if key != "node_variants"}, "nodes": nodes}


def _override(node: dict[str, Any], inputs: Mapping[str, Any], place: str) -> None:
    for key, value in inputs.items():
        if key == "connection" and "connection" in node:
            node["connection"] = value
        elif node["type"] == "llm" and key in NAMES_OF_MODEL:
            node["inputs"][key] = value
        elif key in node["inputs"]:
            node["inputs"][key] = value
        else:
            known = ", ".join(node["inputs"])
            raise UserError(f"the node {node['name']} of {place} has no input {key}; it has {known}")


def _kept(name: str, fill: Callable[[Path], object]) -> Path:
    try:
        FOLDERS.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{display_path(FOLDERS)} cannot be written to: {error.strerror}") from error
    with tempfile.TemporaryDirectory(dir=FOLDERS) as temporary:
        folder = Path(temporary) / "code"
        folder.mkdir()
        fill(folder)
        return keep(folder, FOLDERS / f"{name}_{digest_of(folder)}")
