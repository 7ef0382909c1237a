"""Planning and execution, the task of the two plan-and-execute flows, which are made to be compared."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from mlops.flow_folders.definition import FlowContext, FlowInputs, Progress

DESCRIPTION = "Answers a question that takes several steps: plans, executes and solves; "
GROUP = "plan_and_execute"
PLAN_LOG = "plan_and_execute"  # the logger of the flows' plans and of how their steps end
PROMPT_FILE = "plan_and_execute/prompts/plan.jinja2"
PACKAGES = (
    "promptflow.core",
    "promptflow.tracing",
    "openai",
    "aiohttp",
    "azure.identity",
    "autogen_agentchat",
    "autogen_ext",
    "ddgs",
    "lxml",
    "jinja2",
)
PRELOAD = tuple(f"plan_and_execute.{module}" for module in ("planner", "executor", "solver", "tool_context", "agents"))
PROGRESS = Progress(
    listener="plan_and_execute.progress:LISTENER",
    events="`plan`, `step` whenever one begins (`status` running) or ends (done or failed)",
)
SAMPLE = {"question": "Which is longer, the Danube or the Rhine, and by how much?"}
SAMPLE_LOCAL = {"question": "How many more stations than the Halsen Coast Line does the Lumeth Metro have?"}
QUESTION, ANSWER, PLAN, STEPS = "${data.question}", "${target.answer}", "${target.plan}", "${target.steps}"


class PlanInputs(FlowInputs):
    """A question that takes several steps."""

    question: Annotated[str, StringConstraints(min_length=1, max_length=4_000, pattern=r"\S")] = Field(
        examples=["Which is longer, the Danube or the Rhine, and by how much?"]
    )


class PlannedStep(BaseModel):
    """A step of a plan; #E1 in an argument stands for the result of the step with that id."""

    id: str = Field(examples=["#E1"])
    purpose: str = Field(examples=["find the length of the Danube"])
    tool: str = Field(examples=["wikipedia"])
    arguments: dict[str, str]


class Plan(BaseModel):
    """The steps by which the question is answered."""

    steps: list[PlannedStep]


class DoneStep(PlannedStep):
    """The outcome of a step: a result, or an error."""

    number: int = Field(examples=[1])
    result: str | None
    error: str | None
    faults: list[str] = Field(description="transient faults that cost it its result or a part of it", examples=[[]])
    seconds: float = Field(description="of the tool", examples=[1.2])


class PlanOutputs(BaseModel):
    """The answer, the plan, and the results of its steps."""

    answer: str = Field(examples=["The Danube is longer than the Rhine, by 1,617 km."])
    plan: Plan
    steps: list[DoneStep]
    number_of_steps: int = Field(examples=[3])
    degraded: list[str] = Field(
        description="transient faults, without which the answer might be better; empty: none", examples=[[]]
    )


def flow_config(context: FlowContext) -> dict[str, Any]:
    """Return the `config` of a plan-and-execute flow."""
    planning = context.config.required_planning()
    return {
        "model": context.config.model.model_dump(exclude={"structured_output"}),
        "tool_model": planning.tool_model.model_dump(exclude={"structured_output"}),
        "limits": planning.model_dump(exclude={"tool_model"}),
    }


def value_in_answer(*, response: str, ground_truth: str) -> dict:
    """Return {"in_answer": the share of the requested values that are in the answer word for word}.

    An answer is a sentence, and the ground truth what it has to say, such as "537,900", or "Orva, 384 kilometres",
    which are two values. Nothing else of the answer is compared: whole sentences are for the judge of similarity.
    """
    from src.evaluators import EntitiesEvaluator

    found = EntitiesEvaluator()(answer=ground_truth.split(", "), text=response)
    return {"in_answer": found["in_text"]}


def evaluators(session: Any) -> Mapping[str, Callable[..., Any]]:
    """Return the evaluators: is the plan sound, was it carried out, and is the answer right and grounded?"""
    from promptflow._utils.context_utils import inject_sys_path

    from mlops.evaluation.judges import judges
    from src.evaluators import JsonSchemaEvaluator, PlanExecutionEvaluator

    with inject_sys_path(session.definition.folder(session.config)):
        from plan_and_execute.planner import published_schema

    return {
        "plan_schema": JsonSchemaEvaluator(published_schema()),
        "plan_execution": PlanExecutionEvaluator(),
        "value": value_in_answer,
        **judges(session, "groundedness", "relevance", "similarity"),
    }


EVALUATOR_CONFIG = {
    "plan_schema": {"column_mapping": {"response": PLAN}},
    "plan_execution": {"column_mapping": {"plan": PLAN, "steps": STEPS}},
    "value": {"column_mapping": {"response": ANSWER, "ground_truth": "${data.ground_truth}"}},
    "groundedness": {"column_mapping": {"query": QUESTION, "response": ANSWER, "context": STEPS}},
    "relevance": {"column_mapping": {"query": QUESTION, "response": ANSWER}},
    "similarity": {"column_mapping": {"query": QUESTION, "response": ANSWER, "ground_truth": "${data.answer}"}},
}


@contextmanager
def log_plans() -> Iterator[None]:
    """Log the plan, and each step when it is done, to standard error during the block."""
    log, handler = logging.getLogger(PLAN_LOG), logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("  %(message)s"))
    before = log.level, log.propagate
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(before[0])
        log.propagate = before[1]
