"""The LLM node of a DAG, asynchronous and with one client for all requests, in the place of Prompt flow's own.

The messages are made by the same functions of Prompt flow, so that a prompt means the same here and there, but once for
each prompt: they search what is rendered for roles and names, which takes minutes for a text of blank lines, and would
take "name:" in a text for the author of the message.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, nodes
from promptflow.connections import AzureOpenAIConnection
from promptflow.core import tool
from promptflow.core._prompty_utils import build_messages

from src.flow_service.clients import shared_client

MARK = re.compile(r"<<(\w+)>>")
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
        messages=messages_of(prompt_file, variables),
        temperature=temperature,
        **{name: int(limit) for name, limit in limits.items() if limit != NO_LIMIT},
    )
    return completion.choices[0].message.content or ""


def messages_of(prompt_file: str, variables: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the messages of a prompt with its variables filled in."""
    prompt = read_prompt(prompt_file, tuple(variables))
    if isinstance(prompt, str):
        return build_messages(prompt, **variables)

    def filled(content: str) -> str:
        return MARK.sub(lambda mark: str(variables[mark[1]]), content).strip()

    return [{**message, "content": filled(message["content"])} for message in prompt]


@cache
def read_prompt(file: str, names: tuple[str, ...]) -> list[dict[str, str]] | str:
    """Return a prompt's messages with marks for the variables; its text, if it does more than to insert them."""
    text = Path(file).read_text(encoding="utf-8")
    inserted = [part for node in Environment().parse(text).body for part in getattr(node, "nodes", [node])]
    if not all(isinstance(part, nodes.TemplateData) or getattr(part, "name", "") in names for part in inserted):
        return text
    return build_messages(text, **{name: f"<<{name}>>" for name in names})
