"""Patches Prompt flow's AsyncPrompty, wherever a flow calls one whose model is reached through a connection."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .answers import whole_answer
from .clients import shared_client
from .prompts import literal_messages

if TYPE_CHECKING:
    from promptflow.core import AsyncPrompty, AzureOpenAIModelConfiguration


def model_configuration(connection: str, deployment: str) -> AzureOpenAIModelConfiguration:
    """Return the model configuration of an AsyncPrompty, and patch AsyncPrompty for it.

    Args:
        connection: the name of the Prompt flow connection to the model endpoint, of whatever kind that is.
        deployment: the name of the chat model's deployment.
    """
    from promptflow.core import AzureOpenAIModelConfiguration

    patch_prompty()
    return AzureOpenAIModelConfiguration(azure_deployment=deployment, connection=connection)


@functools.cache
def patch_prompty() -> None:
    """Make AsyncPrompty share its client, reject incomplete answers, and leave texts as they are.

    Unpatched, it makes a client for each call and closes none, waits for an answer without limit, retries a request ten
    times over minutes, signs in without a key only to Azure's dated connections, and accepts incomplete answers.
    It fetches or reads the picture that a text begins with, and searches the text for roles: see `literal_messages`.
    """
    from promptflow.core import AsyncPrompty
    from promptflow.tracing import trace

    call_unmended = AsyncPrompty.__call__
    call_mended = trace(functools.wraps(call_unmended)(_call))

    @functools.wraps(call_unmended)
    async def call(prompty: AsyncPrompty, *arguments: Any, **inputs: Any) -> Any:
        model = prompty._model
        by_name = getattr(model.configuration, "connection", None)
        mended = by_name and model.api == "chat" and not model.parameters.get("stream")
        return await (call_mended if mended else call_unmended)(prompty, *arguments, **inputs)

    AsyncPrompty.__call__ = call


async def _call(prompty: AsyncPrompty, **inputs: Any) -> Any:
    from promptflow.core._prompty_utils import format_llm_response, prepare_open_ai_request_params

    model = prompty._model
    request = prepare_open_ai_request_params(model, _messages(prompty, inputs), connection=None)
    if "timeout" in inputs:
        request["timeout"] = inputs["timeout"]
    client = await shared_client(model.configuration.connection)
    completion = await client.chat.completions.create(**request)
    message = completion.choices[0].message
    if not message.tool_calls:
        message.content = whole_answer(completion)
    return format_llm_response(
        completion,
        model.api,
        is_first_choice=model.response != "all",
        response_format=request.get("response_format"),
        outputs=prompty._outputs,
    )


def _messages(prompty: AsyncPrompty, inputs: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the messages of a Prompty; a picture is only what it declares as one."""
    from promptflow.core._prompty_utils import convert_prompt_template
    from promptflow.tracing._experimental import enrich_prompt_template
    from promptflow.tracing._utils import is_tracing_disabled

    declared = prompty._get_input_signature()
    texts = {name: value for name, value in inputs.items() if declared.get(name, {}).get("type") != "image"}
    resolved = prompty._resolve_inputs({**inputs, **dict.fromkeys(texts)})  # would look for pictures in texts
    resolved.update({name: texts[name] for name in resolved if name in texts})
    if not is_tracing_disabled():
        enrich_prompt_template(prompty._template, variables=resolved)
    messages = literal_messages(prompty._template, resolved)
    return messages if messages is not None else convert_prompt_template(prompty._template, resolved, "chat")
