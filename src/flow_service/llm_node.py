"""The LLM node of a DAG, asynchronous and with one client for all requests, in the place of Prompt flow's own.

The messages are made by Prompt flow, so that a prompt means the same here and there: by what it has for Prompty, which
is a copy of what its LLM node uses and, unlike that, does without promptflow-devkit.
"""

from functools import cache
from pathlib import Path

from promptflow.connections import AzureOpenAIConnection
from promptflow.core import tool
from promptflow.core._prompty_utils import build_messages

from src.flow_service.clients import shared_client

NO_LIMIT = "inf"  # as the node's field says it


@tool
async def chat(
    prompt_file: str,
    connection: AzureOpenAIConnection,
    deployment_name: str,
    temperature: float = 1.0,
    max_tokens: str = NO_LIMIT,
    max_completion_tokens: str = NO_LIMIT,
    **variables: str,
) -> str:
    """Return the model's answer to a prompt with its variables filled in."""
    limits = {"max_tokens": max_tokens, "max_completion_tokens": max_completion_tokens}
    client = await shared_client(connection.api_base, connection.api_version, connection.api_key)
    completion = await client.chat.completions.create(
        model=deployment_name,
        messages=build_messages(read_prompt(prompt_file), **variables),
        temperature=temperature,
        **{name: int(limit) for name, limit in limits.items() if limit != NO_LIMIT},
    )
    return completion.choices[0].message.content or ""


@cache
def read_prompt(file: str) -> str:
    """Return the text of a prompt file, read once."""
    return Path(file).read_text(encoding="utf-8")
