"""What a machine of Azure does for a batch: run a flow's folder on a file of data, with the project's connections.

Called with a folder that holds `flow`, `data.jsonl` and `job.json`; writes `outputs.jsonl` there.
"""

import json
import os
import sys
from pathlib import Path


def main(folder: Path) -> int:
    """Run the batch; 0 if all of its lines succeeded."""
    os.environ.update(
        PF_HOME_DIRECTORY=str(folder / "home"), PF_DISABLE_TRACING="true", PF_TRACING_SKIP_LOCAL_SETUP="true",
        PYTHON_KEYRING_BACKEND="keyrings.alt.file.PlaintextKeyring", KEYRING_PROPERTY_FILE_PATH=str(folder / "keyring"),
        PF_BATCH_METHOD="spawn",
    )
    from promptflow._sdk.entities._connection import _Connection
    from promptflow.client import PFClient
    from promptflow.core._connection_provider._models._models import (
        WorkspaceConnectionPropertiesV2BasicResource as Resource,
    )
    from promptflow.core._connection_provider._workspace_connection_provider import WorkspaceConnectionProvider

    job = json.loads((folder / "job.json").read_text())
    submission = job["submission"]
    pf = PFClient(config={"run.output_path": str(folder / "runs")})
    for name, connection in job["connections"].items():
        read = WorkspaceConnectionProvider.build_connection_dict_from_rest_object(name, Resource.deserialize(connection))
        connection = _Connection._from_execution_connection_dict(name=name, data=read)
        pf.connections.create_or_update(connection)
    mapping = {key: _parsed(value) for key, value in submission["inputsMapping"].items()}
    run = pf.run(
        flow=folder / "flow",
        data=folder / "data.jsonl",
        name=submission["runId"],
        column_mapping=mapping,
        connections=submission.get("connections"),
        variant=submission.get("nodeVariant"),
        init={key: _parsed(value) for key, value in (submission.get("initKWargs") or {}).items()} or None,
    )
    details = pf.get_details(run, all_results=True)
    with (folder / "outputs.jsonl").open("w") as file:
        for record in details.to_dict("records"):
            outputs = {key.removeprefix("outputs."): value for key, value in record.items() if key.startswith("outputs.")}
            inputs = {key.removeprefix("inputs."): value for key, value in record.items() if key.startswith("inputs.")}
            file.write(json.dumps({"inputs": inputs, **outputs}, default=str) + "\n")
    summary = pf.runs.get(run.name)._to_dict()
    failed = summary["properties"]["system_metrics"]["__pf__.lines.failed"]
    print(f"{len(details)} lines, {failed} failed", file=sys.stderr)
    return 1 if failed or summary["status"] != "Completed" else 0


def _parsed(value):
    """Return a value as it was before it was written as JSON for the request."""
    try:
        parsed = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value
    return parsed if isinstance(parsed, (dict, list)) else value


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
