"""What a machine of Azure does for a batch: run a flow's folder on a file of data, with the project's connections.

Called with a folder that holds `flow`, `data.jsonl` and `job.json`; writes `log` there, and `lines.jsonl`: for each
line its index, inputs, output and error.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

import yaml
from commands import write_to

AT_A_TIME = 8  # lines
DEFINITIONS = ("flow.dag.yaml", "flow.flex.yaml")


def main(folder: Path) -> None:
    """Run the batch; lines that fail do not make it fail, as in Azure.

    Raises:
        Exception: the flow cannot be loaded.
    """
    write_to(str(folder), "log", "log")
    job = json.loads((folder / "job.json").read_text())
    os.environ["PF_DISABLE_TRACING"] = "true"
    os.chdir(folder / "flow")
    sys.path.insert(0, str(folder / "flow"))  # where Prompt flow looks for a flow's modules
    lines = asyncio.run(run_lines(folder, job["submission"], provider_of(job["connections"])))
    (folder / "lines.jsonl").write_text("".join(json.dumps(line, default=str) + "\n" for line in lines))


def provider_of(resources: dict):
    """Return what gives flows the project's connections, read as Prompt flow reads them from Resource Manager."""
    from promptflow.core._connection_provider._connection_provider import ConnectionProvider
    from promptflow.core._connection_provider._dict_connection_provider import DictConnectionProvider
    from promptflow.core._connection_provider._models._models import (
        WorkspaceConnectionPropertiesV2BasicResource as Resource,
    )
    from promptflow.core._connection_provider._workspace_connection_provider import WorkspaceConnectionProvider

    read = WorkspaceConnectionProvider.build_connection_dict_from_rest_object
    connections = {name: {"name": name, **read(name, Resource.deserialize(it))} for name, it in resources.items()}
    ConnectionProvider._instance = DictConnectionProvider(connections)
    return ConnectionProvider._instance


async def run_lines(folder: Path, submission: dict, provider) -> list[dict]:
    """Run the flow on every line."""
    from promptflow._utils.inputs_mapping_utils import apply_inputs_mapping
    from promptflow.executor.flow_executor import FlowExecutor

    definition = overridden(folder / "flow", submission)
    init = submission.get("initKWargs")
    executor = FlowExecutor.create(definition, provider, folder / "flow", init_kwargs=init, raise_ex=False)
    records = [json.loads(line) for line in (folder / "data.jsonl").read_text(encoding="utf-8").splitlines()]
    room = asyncio.Semaphore(AT_A_TIME)

    async def run_line(index: int, record: dict) -> dict:
        inputs = apply_inputs_mapping({"data": record}, submission["inputsMapping"])
        async with room:
            result = await executor.exec_line_async(inputs, index=index)
        done = result.run_info.status.value == "Completed"
        print(f"line {index}: {result.run_info.status.value}", flush=True)
        output = result.output if done else None
        return {"index": index, "inputs": inputs, "output": output, "error": None if done else result.run_info.error}

    return await asyncio.gather(*(run_line(index, record) for index, record in enumerate(records)))


def overridden(flow: Path, submission: dict) -> Path:
    """Write the variant and the connections that the submission wants into the flow's definition; return its path."""
    definition = next(flow / name for name in DEFINITIONS if (flow / name).is_file())
    content = yaml.safe_load(definition.read_text(encoding="utf-8"))
    node, _, variant = (submission.get("nodeVariant") or "").strip("${}").partition(".")
    for name, variants in content.pop("node_variants", {}).items():
        chosen = variant if name == node else variants["default_variant_id"]
        place = next(i for i, n in enumerate(content["nodes"]) if n["name"] == name)
        content["nodes"][place] = {"name": name, **variants["variants"][chosen]["node"]}
    for each in content.get("nodes", []):
        for key, value in (submission.get("connections") or {}).get(each["name"], {}).items():
            place = each if each["type"] == "llm" and key == "connection" else each["inputs"]
            place["model" if key == "deployment_name" and "model" in place else key] = value
    definition.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return definition
