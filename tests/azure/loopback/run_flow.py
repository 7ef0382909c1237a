"""What a machine of Azure does for a batch: run a flow's folder on a file of data, with the project's connections.

Called with a folder that holds `flow`, `data.jsonl` and `job.json`; writes `outputs.jsonl` there.
"""

import json
import os
import sys
from pathlib import Path


def main(folder: Path) -> int:
    """Run the batch; 0 if all of its lines succeeded."""
    home = folder / "home"
    home.mkdir()
    (home / "pf.yaml").write_text("telemetry:\n  enabled: false\n")
    os.environ.update(
        PF_HOME_DIRECTORY=str(home),
        PF_DISABLE_TRACING="true",
        PF_TRACING_SKIP_LOCAL_SETUP="true",
        PYTHON_KEYRING_BACKEND="keyrings.alt.file.PlaintextKeyring",
        KEYRING_PROPERTY_FILE_PATH=str(home / "keyring"),
        APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED="true",
        APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL="true",
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
        resource = Resource.deserialize(connection)
        read = WorkspaceConnectionProvider.build_connection_dict_from_rest_object(name, resource)
        pf.connections.create_or_update(_Connection._from_execution_connection_dict(name=name, data=read))
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
            line = {"inputs": {}, "outputs": {}}
            for key, value in record.items():
                side, _, name = key.partition(".")
                line[side][name] = value
            file.write(json.dumps({"inputs": line["inputs"], **line["outputs"]}, default=str) + "\n")
    failed = int((details == "(Failed)").any(axis=1).sum())
    print(f"{len(details)} lines, {failed} failed", file=sys.stderr)
    return 1 if failed or run.status != "Completed" else 0


def _parsed(value):
    """Return a value as it was before it was written as JSON for the request."""
    try:
        parsed = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value
    return parsed if isinstance(parsed, (dict, list)) else value


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
