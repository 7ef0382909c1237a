"""The LLM node of a DAG, asynchronous and with one client for all requests, which replaces Prompt flow's own."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Union

from promptflow.connections import AzureOpenAIConnection, OpenAIConnection
from promptflow.core import tool
from promptflow.core._prompty_utils import build_messages

from model_endpoint import endpoint_of, literal_messages, shared_client, whole_answer

# Inputs of a node that are request parameters; all others are variables of the prompt, as with Prompt flow's own.
REQUEST_PARAMETERS = (
    "top_p",
    "stop",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "user",
    "response_format",
    "seed",
)


@tool
async def chat(
    prompt_file: str,
    connection: Union[AzureOpenAIConnection, OpenAIConnection],
    deployment_name: str,
    parameters: dict,
    **inputs: Any,
) -> str:
    """Return the model's answer to a prompt with its variables filled in.

    Args:
        prompt_file: the prompt's template.
        connection: the connection to the model endpoint.
        deployment_name: the deployment of the chat model.
        parameters: further parameters of the request, such as {"max_completion_tokens": 1000}.
        **inputs: parameters of Prompt flow's LLM node, such as `stop`; all others are variables of the template.

    Raises:
        IncompleteAnswer: the model's answer is empty, cut off or filtered.
    """
    sent = {name: value for name, value in inputs.items() if name in REQUEST_PARAMETERS and value not in ("", None)}
    messages = messages_of(
        prompt_file, {name: value for name, value in inputs.items() if name not in REQUEST_PARAMETERS}
    )
    client = await shared_client(endpoint_of(connection))
    request: dict[str, Any] = {"messages": messages, **sent, **parameters}
    completion = await client.chat.completions.create(model=deployment_name, **request)
    return whole_answer(completion)


def messages_of(prompt_file: str, variables: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the messages of a prompt with its variables filled in."""
    template = read_prompt(prompt_file)
    messages = literal_messages(template, variables)
    return build_messages(template, **variables) if messages is None else messages


@cache
def read_prompt(file: str) -> str:
    """Return the text of a prompt file, read once."""
    return Path(file).read_text(encoding="utf-8")
