"""What the sections of config.yaml may hold. An unknown key is an error, and so is a value of the wrong type."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field, PositiveInt, field_validator, model_validator

from mlops.common.errors import UserError
from mlops.common.paths import CONFIG_FILE, REPOSITORY, display_path
from mlops.configuration.base_section import Section
from mlops.configuration.scale_out import ScaleOutConfig

ASSET_PATTERN = r"azureml:[\w-]+(:[\w.-]+|@latest)"
# Tokens of a judgement, as azure-ai-evaluation allows them; reasoning counts.
JUDGE_TOKENS = {"chat": 800, "reasoning": 60_000}
Value = TypeVar("Value")


class ChatModel(Section):
    """A deployment of a chat model, and the parameters that its family takes.

    The chat family takes `max_tokens` and `temperature`. The reasoning family refuses both: its limit is
    `max_completion_tokens`, which counts the hidden reasoning too, and its temperature is fixed.

    Attributes:
        deployment: its name; on endpoints that are not Azure's, the model's.
        family: chat or reasoning.
        max_output_tokens: the most tokens of an answer.
        temperature: for the chat family.
        reasoning_effort: for the reasoning family, where it is not empty; gpt-5.6 takes tools only with "none", and
            models before gpt-5.1 refuse "none". "default" is as good as empty.
        structured_output: whether the endpoint takes a JSON schema for the answer.
    """

    deployment: str = Field(min_length=1)
    family: Literal["chat", "reasoning"]
    max_output_tokens: PositiveInt
    temperature: float = Field(default=0.0, ge=0, le=2)
    reasoning_effort: str = ""
    structured_output: bool = True

    @field_validator("reasoning_effort")
    @classmethod
    def _default_as_empty(cls, effort: str) -> str:
        return "" if effort == "default" else effort

    def parameters(self) -> dict:
        """Return the parameters of a chat completion request as this model's family names them."""
        if self.family == "reasoning":
            effort = {"reasoning_effort": self.reasoning_effort} if self.reasoning_effort else {}
            return {"max_completion_tokens": self.max_output_tokens, **effort}
        return {"max_tokens": self.max_output_tokens, "temperature": self.temperature}


class Retrieval(Section):
    """How a flow over documents finds what an answer rests on; its own settings say more about each key.

    `allow_loopback` lets documents come from this machine by URL, as on the environment `local`.
    """

    embedding_deployment: str = Field(min_length=1)
    prompt_token_limit: PositiveInt
    chunk_tokens: PositiveInt
    chunk_overlap_tokens: int = Field(ge=0)
    passages: PositiveInt
    allow_loopback: bool = False


class Planning(Section):
    """How far a flow that plans may go, and the model that works for its tools; the flow's own settings say more."""

    tool_model: ChatModel
    steps: PositiveInt
    seconds: float = Field(gt=0)
    step_seconds: float = Field(gt=0)
    attempts: PositiveInt
    parallel_calls: PositiveInt
    result_characters: PositiveInt


class ThresholdConfig(Section):
    """What a metric has to reach; see mlops.evaluation.results.Threshold."""

    min: float | None = None
    max: float | None = None
    max_drop: float | None = Field(default=None, ge=0)
    pass_rate: float | None = Field(default=None, ge=0, le=1)

    @model_validator(mode="after")
    def _check_pass_rate(self) -> ThresholdConfig:
        if self.pass_rate is not None and self.min is None and self.max is None:
            raise ValueError("pass_rate needs min or max: what a single answer has to reach")
        return self


class Price(Section):
    """An entry of section `prices`: what a million tokens of a deployment cost, in one currency of your choice."""

    prompt: float = Field(ge=0)
    completion: float = Field(ge=0)


class CloudConfig(Section):
    """Where and on what a flow's batches run in Azure.

    `data` is a registered data asset, azureml:<name>:<version> or azureml:<name>@latest; without it the file
    `data_path` goes up. `scale_out` says on what, except for Prompt flow's compute session: for that, `compute` is
    serverless or the name of a compute instance, `instance_type` the size of a serverless machine, and `session_image`
    an image that has the flow's packages.
    """

    data: str | None = Field(default=None, pattern=f"^{ASSET_PATTERN}$")
    compute: str = "serverless"
    instance_type: str = "Standard_E4ds_v4"
    session_image: str = ""
    scale_out: ScaleOutConfig = ScaleOutConfig()


class FlowConfig(Section):
    """Section `<flow>_<environment>`: a flow, its data, how it is run, and what its evaluation has to reach.

    Paths are relative to the repository. `prompt` is a prompt file to use instead of the flow's own: its name where it
    stands beside the flow's, else its full path. The judges of evaluations ask `judge_deployment`, of the family
    `judge_family`; where it is empty, they ask the flow's own model. Only flows over documents have `retrieval`, and
    only those that plan have `planning`. Where recorded requests are evaluated, `production_thresholds` come on top of
    those `thresholds` that need no ground truth. `max_degraded` is the share of lines that may be degraded, in a batch
    as in an evaluation; see mlops.runs.degraded.
    """

    flow_path: Path
    data_path: Path
    eval_data_path: Path
    column_mapping: dict[str, str]
    model: ChatModel
    retrieval: Retrieval | None = None
    planning: Planning | None = None
    judge_deployment: str = ""
    judge_family: Literal["chat", "reasoning"] = "reasoning"
    concurrency: PositiveInt = 16
    cloud: CloudConfig = CloudConfig()
    thresholds: dict[str, ThresholdConfig] = {}
    production_thresholds: dict[str, ThresholdConfig] = {}
    max_degraded: float = Field(default=0, ge=0, le=1)
    prompt: str | None = None

    @field_validator("flow_path", "data_path", "eval_data_path")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return REPOSITORY / path

    @field_validator("thresholds", "production_thresholds")
    @classmethod
    def _present_names(cls, thresholds: dict[str, ThresholdConfig]) -> dict[str, ThresholdConfig]:
        for name in thresholds:
            evaluator, _, metric = name.partition(".")
            if metric.startswith("gpt_"):
                raise ValueError(f"{name} is called {evaluator}.{metric.removeprefix('gpt_')} now")
        return thresholds

    def required_retrieval(self) -> Retrieval:
        """Return `retrieval`, for a flow that cannot do without.

        Raises:
            UserError: the section has none.
        """
        return self._required("retrieval", self.retrieval)

    def required_planning(self) -> Planning:
        """Return `planning`, for a flow that cannot do without.

        Raises:
            UserError: the section has none.
        """
        return self._required("planning", self.planning)

    def _required(self, key: str, value: Value | None) -> Value:
        if value is None:
            raise UserError(
                f"{display_path(CONFIG_FILE)}, the section with flow_path {display_path(self.flow_path)}: key {key} is "
                "missing; this flow needs it, as in its sections for the other environments"
            )
        return value

    def judge(self) -> ChatModel:
        """Return the model that judges answers; its limit is ample, since half a judgement is none."""
        if not self.judge_deployment:
            return self.model.model_copy(update={"max_output_tokens": JUDGE_TOKENS[self.model.family]})
        family = self.judge_family
        return ChatModel(
            deployment=self.judge_deployment,
            family=family,
            max_output_tokens=JUDGE_TOKENS[family],
            structured_output=self.model.structured_output,
        )


class AiStudioConfig(Section):
    """Section `aistudio_config`: the Foundry project for cloud runs, traces and evaluation results."""

    subscription_id: str = Field(min_length=1)
    resource_group_name: str = Field(min_length=1)
    project_name: str = Field(min_length=1)

    @property
    def resource_id(self) -> str:
        """The project's path in Azure Resource Manager."""
        return (
            f"/subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group_name}"
            f"/providers/Microsoft.MachineLearningServices/workspaces/{self.project_name}"
        )

    @property
    def trace_destination(self) -> str:
        """The project as Prompt flow's setting `trace.destination` wants it."""
        return f"azureml:/{self.resource_id}"


class DataAsset(Section):
    """An entry of data_config.yaml: a file that is registered as a data asset."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    path: Path
    description: str = ""

    @field_validator("path")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return REPOSITORY / path
