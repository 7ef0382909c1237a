"""Evaluations in the Foundry project: a run with its metrics and a table of all rows."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

from mlops.azure.client import azure_errors, ml_client
from mlops.configuration.sections import AiStudioConfig

# What makes the studio show a run as an evaluation; promptflow-evals writes the same.
PROPERTIES = {"_azureml.evaluation_run": "azure-ai-generative-parent", "isEvaluatorRun": "true"}


def log_evaluation(
    project: AiStudioConfig, name: str, metrics: Mapping[str, float], rows: Iterable[Mapping[str, Any]]
) -> str:
    """Log an evaluation to the project.

    promptflow-evals can do so itself, at the end of `evaluate`: there an error of Azure loses all that has been
    evaluated, and a refusal is but a line of log.

    Args:
        project: the project.
        name: the name of the run.
        metrics: means of scores; those that are no finite numbers are left out.
        rows: what every row has to show, by column.

    Returns:
        Where the studio shows it.

    Raises:
        UserError: the project cannot be reached, or refuses.
        RunFailed: Azure failed.
    """
    with azure_errors(f"logging the evaluation {name} to the project {project.project_name}"):
        client = ml_client(project)
        from promptflow.evals.evaluate._eval_run import EvalRun

        table = EvalRun.EVALUATION_ARTIFACT_DUMMY_RUN
        with (
            tempfile.TemporaryDirectory() as folder,
            _strict(EvalRun)(
                run_name=name,
                tracking_uri=client.workspaces.get(project.project_name).mlflow_tracking_uri,
                subscription_id=project.subscription_id,
                group_name=project.resource_group_name,
                workspace_name=project.project_name,
                ml_client=client,
            ) as run,
        ):
            lines = [json.dumps({**_finite(row), "line_number": i}, ensure_ascii=False) for i, row in enumerate(rows)]
            (Path(folder) / table).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            run.log_artifact(folder, table)
            artifacts = json.dumps([{"path": table, "type": "table"}])
            run.write_properties_to_run_history({**PROPERTIES, "_azureml.evaluate_artifacts": artifacts})
            for metric, value in _finite(metrics).items():
                if value is not None:
                    run.log_metric(metric, value)
    return f"https://ai.azure.com/build/evaluation/{run.info.run_id}?wsid={project.resource_id}"


def _strict(kind: type) -> type:
    """Return promptflow-evals' class for such a run as one that raises what it is refused."""

    class StrictRun(kind):
        def request_with_retry(self, *args: Any, **kwargs: Any):
            response = super().request_with_retry(*args, **kwargs)
            response.raise_for_status()
            return response

        def __exit__(self, kind, error, traceback) -> None:
            with suppress(Exception) if error else nullcontext():  # the first error is the one to report
                self._end_run("FAILED" if error else "FINISHED")

    return StrictRun


def _finite(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mapping with None for numbers that JSON does not have."""
    return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in values.items()}
