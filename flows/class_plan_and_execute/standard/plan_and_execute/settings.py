"""The settings of the flow: its input or argument `config`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from .errors import SettingsError


class Section(BaseModel):
    """Settings without room for misspelt keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Model(Section):
    """A deployment of a chat model, and the parameters that its family takes.

    Attributes:
        deployment: its name.
        family: "reasoning" models refuse `max_tokens` and `temperature`; "chat" models take them.
        max_output_tokens: the most tokens of an answer, hidden reasoning included.
        temperature: for the chat family.
        reasoning_effort: for the reasoning family, where it is not empty.
    """

    deployment: str = Field(min_length=1)
    family: Literal["chat", "reasoning"] = "reasoning"
    max_output_tokens: PositiveInt = 4000
    temperature: float = Field(0, ge=0, le=2)
    reasoning_effort: str = ""

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of a chat completion as the model's family names them."""
        if self.family == "reasoning":
            effort = {"reasoning_effort": self.reasoning_effort} if self.reasoning_effort else {}
            return {"max_completion_tokens": self.max_output_tokens, **effort}
        return {"max_tokens": self.max_output_tokens, "temperature": self.temperature}


class Limits(Section):
    """How far the execution of a plan may go.

    Attributes:
        steps: the most steps of a plan. The planner's schema lists their ids once for every tool, and a strict schema
            may list 500 values.
        seconds: for all steps together.
        step_seconds: for one step, its requests' attempts and the pauses between them included.
        attempts: of one request to a wiki, a search or a page, where another attempt may help.
        parallel_calls: how many steps are carried out at a time.
        result_characters: what is kept of a step's result.
    """

    steps: PositiveInt = Field(12, le=100)
    seconds: float = Field(180, gt=0)
    step_seconds: float = Field(60, gt=0)
    attempts: PositiveInt = 6
    parallel_calls: PositiveInt = 8
    result_characters: PositiveInt = 8000


class Settings(Section):
    """The settings of one request.

    Attributes:
        model: plans and solves; the larger one.
        tool_model: works for the tools; the smaller one.
        limits: of the execution.
    """

    model: Model = Model(deployment="gpt-5.6-sol")
    tool_model: Model = Model(deployment="gpt-5.6-luna", reasoning_effort="none")
    limits: Limits = Limits()


def read_settings(config: dict[str, Any] | None) -> Settings:
    """Return the settings that `config` holds.

    Raises:
        SettingsError: a setting is unknown or invalid.
    """
    try:
        return Settings.model_validate(config or {})
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        place = ".".join(["config", *map(str, problem["loc"])])
        raise SettingsError(f"{place}: {problem['msg']}") from None
