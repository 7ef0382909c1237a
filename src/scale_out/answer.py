"""The entry script of the parallel step: each of its processes loads the flow once and answers shard after shard.

What Azure ML calls is `init`, `run` and `shutdown`. `run` returns the shards of which every line has an answer;
Azure ML treats a mini-batch that returns fewer as failed and retries it, on any node. Answered lines are not repeated:
a shard's answers are kept in a file of its name in the folder of answers, which an earlier job may have filled in part.

A line there is the place of a line of the data with `{"outputs": {...}}` or `{"error": "..."}`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

CODE = Path(__file__).resolve().parent
REASON_CHARACTERS = 1000
WORKSPACE = (  # Azure ML tells a job its workspace so
    "azureml://subscriptions/{AZUREML_ARM_SUBSCRIPTION}/resourceGroups/{AZUREML_ARM_RESOURCEGROUP}"
    "/providers/Microsoft.MachineLearningServices/workspaces/{AZUREML_ARM_WORKSPACE_NAME}"
)


class AnswerSettings(NamedTuple):
    """How the flow is run: `settings.json`, beside this file.

    Attributes:
        definition: the flow's YAML file in the folder `flow`.
        column_mapping: the flow's inputs; "${data.text}" is the column `text` of a line, all else is as it stands.
        init: the arguments of the flow's class.
        connections: the names of the connections that it uses.
        concurrency: how many lines a process runs at a time.
        line_seconds: how long a line may take.
    """

    definition: str
    column_mapping: dict[str, Any]
    init: dict[str, Any]
    connections: list[str]
    concurrency: int
    line_seconds: float


class Answerer:
    """The flow, loaded, and the event loop that its clients belong to."""

    def __init__(self, settings: AnswerSettings, answers: Path):
        self._settings = settings
        self._answers = answers
        self._flow = load_flow(settings)
        self._loop = asyncio.new_event_loop()

    def answer(self, shard: Path) -> bool:
        """Answer the lines of a shard that have no answer yet, and keep them; return whether every line has one now."""
        # Only \n ends a line: splitlines() would also split at U+2028 and others inside a text.
        with shard.open(encoding="utf-8", newline="\n") as file:
            rows = [json.loads(line) for line in file]
        kept = self._answers / shard.name
        answered = {place_of(record): record for record in kept_records(kept) if "outputs" in record}
        if missing := [row for row in rows if place_of(row) not in answered]:
            asked = self._loop.run_until_complete(self._ask(missing))
            records = {**answered, **{place_of(record): record for record in asked}}
            text = "".join(json.dumps(records[place_of(row)], ensure_ascii=False) + "\n" for row in rows)
            kept.write_text(text, encoding="utf-8")
            answered = {place: record for place, record in records.items() if "outputs" in record}
        print(f"{shard.name}: {len(rows)} lines, {len(missing)} asked, {len(rows) - len(answered)} failed", flush=True)
        return len(answered) == len(rows)

    def close(self) -> None:
        """Close the clients."""
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    async def _ask(self, rows: Sequence[dict]) -> list[dict]:
        waiting = iter(rows)  # shared by the workers: each takes the next line
        done: list[dict] = []

        async def work() -> None:
            for row in waiting:
                done.append({**without_data(row), **await self._outcome(row["data"])})

        await asyncio.gather(*(work() for _ in range(min(self._settings.concurrency, len(rows)))))
        return done

    async def _outcome(self, data: dict) -> dict:
        try:
            inputs = mapped(self._settings.column_mapping, data)
            result = await asyncio.wait_for(self._flow.exec_line_async(inputs), self._settings.line_seconds)
            if result.run_info.error:
                raise RuntimeError(result.run_info.error.get("message") or "the flow failed and gave no reason")
            return {"outputs": json.loads(json.dumps(result.output))}
        except asyncio.TimeoutError:
            return {"error": f"no answer within {self._settings.line_seconds:g} s"}
        except Exception as error:  # whatever a flow may raise is the line's failure, not that of the others
            return {"error": " ".join(str(error).split())[:REASON_CHARACTERS] or type(error).__name__}


def load_flow(settings: AnswerSettings):
    """Return the flow as Prompt flow's executor, with the connections of the job's workspace.

    Raises:
        Exception: a connection cannot be read, or the flow cannot be loaded; no line could be answered.
    """
    os.environ.update(
        PF_CONNECTION_PROVIDER=WORKSPACE.format_map(os.environ),
        PF_DISABLE_TRACING="true",
        PF_LOGGING_LEVEL="CRITICAL",  # it would log inputs and outputs
        PF_HOME_DIRECTORY=tempfile.mkdtemp(),
        APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED="true",  # its exporters call home for settings even if unused
        APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL="true",
    )
    from promptflow._utils.context_utils import inject_sys_path
    from promptflow.connections import ConnectionProvider
    from promptflow.executor import FlowExecutor

    with inject_sys_path(CODE):
        from cancellation import keep_process_on_cancellation
        from sign_in import sign_in_as_submitter

    keep_process_on_cancellation()
    sign_in_as_submitter()
    patch_llm_node(settings)
    provider = ConnectionProvider.get_instance()
    # As Prompt flow passes them on for local runs: an LLM node of a DAG can't be loaded with the provider itself.
    connections = {name: provider.get(name)._to_execution_connection_dict() for name in settings.connections}
    return FlowExecutor.create(
        flow_file=CODE / "flow" / settings.definition,
        working_dir=CODE / "flow",
        connections=connections,
        init_kwargs=settings.init,
        raise_ex=False,
    )


def patch_llm_node(settings: AnswerSettings) -> None:
    """Let the LLM node of a DAG refuse half an answer, and sign in without a key; the flow's own code knows how."""
    if settings.definition == "flow.dag.yaml" and (CODE / "flow" / "model_endpoint").is_dir():
        from promptflow._utils.context_utils import inject_sys_path

        with inject_sys_path(CODE / "flow"):
            from model_endpoint.llm_node import patch_llm_node as mend

            mend()


def kept_records(path: Path) -> list[dict]:
    """Return the records of an earlier attempt, without a line that was cut off when it was killed."""
    records = []
    if path.is_file():
        with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
            for line in file:
                try:
                    records.append(json.loads(line))
                except ValueError:
                    continue
    return records


def without_data(row: dict) -> dict:
    """Return a line's place alone."""
    return {key: row[key] for key in ("file", "line") if key in row}


def place_of(row: dict) -> tuple[str, int]:
    """Return a line's place as a key."""
    return row.get("file", ""), row["line"]


def mapped(column_mapping: dict[str, Any], data: dict) -> dict[str, Any]:
    """Return the flow's inputs for a line of the data.

    Raises:
        KeyError: the line has no such column.
    """
    inputs = {}
    for name, value in column_mapping.items():
        if isinstance(value, str) and value.startswith("${data.") and value.endswith("}"):
            value = data[value.removeprefix("${data.").removesuffix("}")]
        inputs[name] = value
    return inputs


ANSWERER: Answerer | None = None  # set by `init` and used by `run`, which Azure ML calls


def init() -> None:
    """Load the flow; called once in every process."""
    global ANSWERER
    parser = argparse.ArgumentParser()
    parser.add_argument("--answers", type=Path, required=True)
    arguments, _ = parser.parse_known_args()  # Azure ML has arguments of its own
    arguments.answers.mkdir(parents=True, exist_ok=True)
    settings = AnswerSettings(**json.loads((CODE / "settings.json").read_text(encoding="utf-8")))
    ANSWERER = Answerer(settings, arguments.answers)


def run(mini_batch: Sequence[str]) -> list[str]:
    """Answer the lines of shards, and return the names of those that are done."""
    assert ANSWERER is not None, "Azure ML calls init first"
    shards = [Path(path) for path in mini_batch]
    return [shard.name for shard in shards if ANSWERER.answer(shard)]


def shutdown() -> None:
    """Close what `init` opened, if anything."""
    if ANSWERER is not None:
        ANSWERER.close()
