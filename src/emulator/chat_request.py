"""A request for a chat completion, validated strictly."""

from __future__ import annotations

import json
from dataclasses import dataclass

from src.emulator.conversation import Conversation
from src.emulator.deployments import Deployment, Family
from src.emulator.errors import invalid_request, wrong_type
from src.emulator.messages import parse_messages
from src.emulator.parameters import boolean, integer, mapping, number, one_of, refuse_unknown, string
from src.emulator.response_format import parse_response_format
from src.emulator.tokens import Tokenizer
from src.emulator.tools import parse_tool_choice, parse_tools

_KNOWN = frozenset(
    (
        "messages",
        "model",
        "frequency_penalty",
        "function_call",
        "functions",
        "logit_bias",
        "logprobs",
        "max_tokens",
        "max_completion_tokens",
        "metadata",
        "modalities",
        "n",
        "parallel_tool_calls",
        "prediction",
        "presence_penalty",
        "prompt_cache_key",
        "prompt_cache_retention",
        "reasoning_effort",
        "response_format",
        "safety_identifier",
        "seed",
        "service_tier",
        "stop",
        "store",
        "stream",
        "stream_options",
        "temperature",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "user",
        "user_security_context",
        "verbosity",
    )
)
_MAX_CHOICES = 128
_MAX_STOPS = 4
_LONG = 2**63 - 1
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh")

# A reasoning model accepts only the neutral values of the sampling parameters.
_NEUTRAL = {"temperature": 1, "top_p": 1, "presence_penalty": 0, "frequency_penalty": 0}
_NOT_FOR_REASONING = ("logprobs", "top_logprobs", "logit_bias", "stop")

# From OpenAI's cookbook on counting tokens of chat requests: added by a message, a name and the start of the answer.
_TOKENS_PER_MESSAGE = 4
_TOKENS_PER_NAME = 1
_TOKENS_OF_START = 3


@dataclass(frozen=True)
class ChatRequest:
    """A validated chat request.

    Attributes:
        conversation: the messages and what else the answer depends on.
        prompt_tokens: the tokens of the prompt, including tools.
        choices: the number of answers.
        stop: the stop strings.
        max_tokens: the maximum of tokens of an answer, including reasoning.
        reserved_tokens: tokens to take from the quota before the answer is known.
        stream: whether the answer is streamed.
        include_usage: whether a stream ends with an event with the usage.
        top_logprobs: the number of alternatives per token; None for no probabilities.
        effort: the reasoning effort.
        legacy_functions: whether the tools came as `functions` of older clients, who expect a `function_call`.
    """

    conversation: Conversation
    prompt_tokens: int
    choices: int
    stop: tuple[str, ...]
    max_tokens: int
    reserved_tokens: int
    stream: bool
    include_usage: bool
    top_logprobs: int | None
    effort: str
    legacy_functions: bool


def parse_chat_request(
    body: dict,
    deployment: Deployment,
    tokenizer: Tokenizer,
    api_version: str | None = None,
) -> ChatRequest:
    """Validate a chat request.

    Args:
        body: the request's JSON.
        deployment: its deployment, of the chat or the reasoning family.
        tokenizer: counts its tokens.
        api_version: Azure's dated version; None where the path takes none.

    Raises:
        ServiceError: 400 with the parameter's name.
    """
    refuse_unknown(body, _KNOWN)
    _check_sampling(body)
    _check_family(body, deployment)
    messages = parse_messages(body)
    tools = parse_tools(body)
    conversation = Conversation(
        messages,
        tools,
        parse_response_format(body, messages, api_version),
        parse_tool_choice(body, tools),
        deployment.name,
        deployment.family.value,
        body,
    )
    prompt_tokens = count_prompt(conversation, tokenizer)
    choices = integer(body, "n", 1, _MAX_CHOICES) or 1
    limit = _limit(body, deployment)
    stream = boolean(body, "stream")
    return ChatRequest(
        conversation,
        prompt_tokens,
        choices,
        _stop(body),
        _fitting(limit, prompt_tokens, deployment),
        prompt_tokens + choices * (limit or 0),
        stream,
        _include_usage(body, stream),
        _top_logprobs(body),
        one_of(body, "reasoning_effort", EFFORTS) or "medium",
        body.get("functions") is not None,
    )


def count_prompt(conversation: Conversation, tokenizer: Tokenizer) -> int:
    """The tokens of a prompt, including the overhead of messages and tools."""
    parts = [message.text for message in conversation.messages]
    parts.extend(call.name + call.arguments for message in conversation.messages for call in message.tool_calls)
    if conversation.tools:
        parts.append(json.dumps(conversation.tools))
    if conversation.response_format and "json_schema" in conversation.response_format:
        parts.append(json.dumps(conversation.response_format["json_schema"]))
    named = sum(_TOKENS_PER_NAME + tokenizer.count(message.name) for message in conversation.messages if message.name)
    return (
        sum(tokenizer.count(part) for part in parts if part)
        + named
        + _TOKENS_PER_MESSAGE * len(conversation.messages)
        + _TOKENS_OF_START
    )


def _check_sampling(body: dict) -> None:
    number(body, "temperature", 0, 2)
    number(body, "top_p", 0, 1)
    number(body, "presence_penalty", -2, 2)
    number(body, "frequency_penalty", -2, 2)
    integer(body, "seed", -_LONG - 1, _LONG)
    one_of(body, "verbosity", ("low", "medium", "high"))
    for name in ("user", "safety_identifier", "prompt_cache_key", "service_tier", "model"):
        string(body, name)
    for name in ("parallel_tool_calls", "store"):
        boolean(body, name)
    for name in ("metadata", "prediction", "user_security_context"):
        mapping(body, name)
    for token, bias in (mapping(body, "logit_bias") or {}).items():
        number({f"logit_bias.{token}": bias}, f"logit_bias.{token}", -100, 100)


def _check_family(body: dict, deployment: Deployment) -> None:
    if deployment.family is Family.CHAT:
        if body.get("reasoning_effort") is not None:
            raise _unsupported("reasoning_effort", "")
        return
    if body.get("max_tokens") is not None:
        raise _unsupported("max_tokens", " Use 'max_completion_tokens' instead.")
    for name, neutral in _NEUTRAL.items():
        if body.get(name) not in (None, neutral):
            raise invalid_request(
                f"Unsupported value: '{name}' does not support {body[name]} with this model. Only "
                f"the default ({neutral}) value is supported.",
                name,
                "unsupported_value",
            )
    for name in _NOT_FOR_REASONING:
        if body.get(name):
            raise _unsupported(name, "")


def _unsupported(name: str, remedy: str) -> Exception:
    return invalid_request(
        f"Unsupported parameter: '{name}' is not supported with this model.{remedy}", name, "unsupported_parameter"
    )


def _limit(body: dict, deployment: Deployment) -> int | None:
    names = [name for name in ("max_tokens", "max_completion_tokens") if body.get(name) is not None]
    if len(names) > 1:
        raise invalid_request(
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
            "max_tokens",
            "invalid_parameter_combination",
        )
    limits = [limit for name in names if (limit := integer(body, name, 1, _LONG)) is not None]
    if limits and limits[0] > deployment.max_output_tokens:
        raise invalid_request(
            f"{names[0]} is too large: {limits[0]}. This model supports at most "
            f"{deployment.max_output_tokens} completion tokens.",
            names[0],
            "invalid_value",
        )
    return limits[0] if limits else None


def _fitting(limit: int | None, prompt_tokens: int, deployment: Deployment) -> int:
    window = deployment.context_window
    if prompt_tokens + (limit or 1) > window:
        asked = f" and {limit} for the completion" if limit else ""
        raise invalid_request(
            f"This model's maximum context length is {window} tokens. However, your messages "
            f"resulted in {prompt_tokens} tokens{asked}. Please reduce the length of the messages or "
            "completion.",
            "messages",
            "context_length_exceeded",
        )
    return limit or min(deployment.max_output_tokens, window - prompt_tokens)


def _stop(body: dict) -> tuple[str, ...]:
    stop = body.get("stop")
    if stop is None:
        return ()
    if isinstance(stop, str):
        stop = [stop]
    if not isinstance(stop, list):
        raise wrong_type("stop", "a string or an array of strings", stop)
    if len(stop) > _MAX_STOPS:
        raise invalid_request(
            f"Invalid 'stop': array too long. Expected at most {_MAX_STOPS}, but got {len(stop)} instead.",
            "stop",
            "array_above_max_length",
        )
    for index, text in enumerate(stop):
        if not isinstance(text, str):
            raise wrong_type(f"stop[{index}]", "a string", text)
    return tuple(text for text in stop if text)


def _include_usage(body: dict, stream: bool) -> bool:
    options = mapping(body, "stream_options")
    if options is None:
        return False
    if not stream:
        raise invalid_request(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options", None
        )
    refuse_unknown(options, frozenset(("include_usage", "include_obfuscation")), "stream_options.")
    return boolean({"stream_options.include_usage": options.get("include_usage")}, "stream_options.include_usage")


def _top_logprobs(body: dict) -> int | None:
    enabled = boolean(body, "logprobs")
    alternatives = integer(body, "top_logprobs", 0, 20)
    if alternatives is not None and not enabled:
        raise invalid_request("'top_logprobs' is only allowed when 'logprobs' is true.", "top_logprobs", None)
    return (alternatives or 0) if enabled else None
