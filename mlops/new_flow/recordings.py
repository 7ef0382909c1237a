"""Answers for the environment `local`: those of the evaluation data, given to what a new flow asks."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from flows import find_flow

LOCAL = "local"


def record(name: str, data: Path, target: Path) -> int:
    """Run a new flow once, answer its requests from the data, and keep the answers; return how many there are.

    Args:
        name: the flow's name.
        data: the evaluation data, with `question` and `ground_truth`.
        target: the file of recordings.
    """
    from src.emulator.answers import Upstream, write_recordings

    rows = [json.loads(line) for line in data.read_text(encoding="utf-8").splitlines()]

    async def answer(deployment: str, request: dict[str, Any]) -> dict[str, Any]:
        asked = str(request["messages"][-1]["content"])
        row = next(row for row in rows if row["question"] in asked)
        return {"choices": [{"message": {"content": row["ground_truth"]}, "finish_reason": "stop"}]}

    answers = Upstream(answer, by="hand")
    options = argparse.Namespace(
        environment_name=LOCAL,
        variant={},
        data=None,
        resume_from=None,
        visualize=False,
        deploy_traces=False,
        batch_only=False,
        answerer=answers,
    )
    with contextlib.redirect_stdout(sys.stderr):
        import_module(find_flow(name).runner_module).run(options)
    write_recordings(target, answers.recordings)
    return len(answers.recordings)
