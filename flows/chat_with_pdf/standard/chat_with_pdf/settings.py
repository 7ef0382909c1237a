"""The flow's input `config`: what it may hold, and what holds where it says nothing."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, model_validator

from .errors import SettingsError


class Settings(BaseModel):
    """The settings of one request.

    Attributes:
        chat_deployment: the chat model's deployment.
        chat_family: "reasoning" models refuse `max_tokens` and `temperature`; "chat" models take them.
        temperature: for the chat family.
        reasoning_effort: for the reasoning family, where it is not empty.
        max_completion_tokens: the most tokens of an answer, hidden reasoning included.
        prompt_token_limit: the most tokens of a prompt.
        embedding_deployment: the embedding model's deployment.
        chunk_tokens: the most tokens of a passage.
        chunk_overlap_tokens: how many of them it may share with the passage before.
        passages: how many passages an answer may rest on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    chat_deployment: str = Field("gpt-5.6-luna", min_length=1)
    chat_family: Literal["chat", "reasoning"] = "reasoning"
    temperature: float = Field(0, ge=0, le=2)
    reasoning_effort: str = ""
    max_completion_tokens: PositiveInt = 1000
    prompt_token_limit: PositiveInt = 8000
    embedding_deployment: str = Field("text-embedding-3-small", min_length=1)
    chunk_tokens: int = Field(300, ge=20, le=8000)  # an input of the embedding model has at most 8,192
    chunk_overlap_tokens: int = Field(40, ge=0)
    passages: int = Field(6, ge=1, le=100)

    @model_validator(mode="after")
    def _overlap_is_less(self) -> Settings:
        if self.chunk_overlap_tokens >= self.chunk_tokens:
            raise ValueError("chunk_overlap_tokens has to be less than chunk_tokens")
        return self

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of a chat completion as the model's family names them."""
        if self.chat_family == "reasoning":
            effort = {"reasoning_effort": self.reasoning_effort} if self.reasoning_effort else {}
            return {"max_completion_tokens": self.max_completion_tokens, **effort}
        return {"max_tokens": self.max_completion_tokens, "temperature": self.temperature}


def read_settings(config: dict[str, Any] | None) -> Settings:
    """Return the settings that the input `config` holds.

    Raises:
        SettingsError: a setting is unknown or invalid.
    """
    try:
        return Settings.model_validate(config or {})
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        place = ".".join(["config", *map(str, problem["loc"])])
        raise SettingsError(f"{place}: {problem['msg']}") from None
