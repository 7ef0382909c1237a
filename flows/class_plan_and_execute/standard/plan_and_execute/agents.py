"""The agents, by AutoGen. Nothing else of this flow imports AutoGen, which is archived: 0.7.5 was its last release.

Three things are asked of it, and another framework would have to do the same:

1. `Agent.say`: an agent with instructions answers a text, and remembers it for what it is told next.
2. `schema`: an agent that answers in JSON of a schema.
3. `tool`: an agent that hands arguments to a function, whose result is then its answer.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.messages import ToolCallSummaryMessage
from autogen_core.models import CreateResult
from autogen_core.tools import FunctionTool
from autogen_ext.models.openai import AzureOpenAIChatCompletionClient
from azure.identity.aio import DefaultAzureCredential, get_bearer_token_provider
from openai import DefaultAioHttpClient
from promptflow.connections import AzureOpenAIConnection
from promptflow.tracing import trace
from pydantic import SecretStr

from .errors import IncompleteAnswer
from .settings import Model

TOKEN_SCOPE = "https://cognitiveservices.azure.com/.default"
# AutoGen has to be told what a model can do, since a deployment's name says nothing about it.
ABILITIES = {
    "vision": False,
    "function_calling": True,
    "json_output": True,
    "structured_output": True,
    "family": "unknown",
}
REASONS = {
    "length": "the model's answer is cut off: raise max_output_tokens, which hidden reasoning counts against too",
    "content_filter": "the service's content filter held the model's answer back",
}
_ACCESS: dict[tuple, tuple[AsyncIterator[Access], asyncio.Future]] = {}
warnings.filterwarnings("ignore", message="Resolved model mismatch")  # it would like deployments named like models


class NoToolCall(Exception):
    """An agent that should have called its tool did not, or not rightly; the text is what was said instead."""


class WholeAnswers(AzureOpenAIChatCompletionClient):
    """A client that takes no half answers: AutoGen's agents do not look at why an answer ends."""

    async def create(self, *args: Any, **kwargs: Any) -> CreateResult:
        """Return the model's answer.

        Raises:
            IncompleteAnswer: it is cut off, or held back.
        """
        result = await super().create(*args, **kwargs)
        if result.finish_reason in REASONS:
            raise IncompleteAnswer(REASONS[result.finish_reason])
        return result


@dataclass(frozen=True)
class Access:
    """What all agents of an event loop share: the way to the endpoint, and one pool of connections."""

    arguments: dict[str, Any]
    api_key: SecretStr | None  # traces hold what functions are given
    http_client: DefaultAioHttpClient

    def client(self, model: Model, schema: dict[str, Any] | None) -> AzureOpenAIChatCompletionClient:
        """Return a client of a deployment; a schema is that of its answers."""
        answers = {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}
        return WholeAnswers(
            azure_deployment=model.deployment,
            model=model.deployment,
            model_info=ABILITIES,
            http_client=self.http_client,
            max_retries=5,
            **self.arguments,
            **({"api_key": self.api_key.get_secret_value()} if self.api_key else {}),
            **model.parameters(),
            **({"response_format": answers} if schema else {}),
        )


class Agent:
    """An agent that remembers what it was told and what it said.

    Args:
        name: what traces call it.
        instructions: its system message.
        access: the way to the endpoint; see `shared_access`.
        model: the deployment.
        schema: the JSON schema of its answers, in the subset of strict structured outputs.
        tool: an asynchronous function of texts, which it has to call; its docstring tells the model what it is for.
    """

    def __init__(
        self,
        name: str,
        instructions: str,
        access: Access,
        model: Model,
        schema: dict[str, Any] | None = None,
        tool: Callable[..., Awaitable[str]] | None = None,
    ):
        self.name = name
        self._tool = tool
        tools = [FunctionTool(tool, description=tool.__doc__ or "", strict=True)] if tool else None
        self._agent = AssistantAgent(
            name, access.client(model, schema), system_message=instructions, tools=tools, reflect_on_tool_use=False
        )

    @trace
    async def say(self, text: str) -> str:
        """Return the agent's answer to a text.

        Raises:
            NoToolCall: it has a tool, and did not call it, or with arguments that the tool does not take.
        """
        message = (await self._agent.run(task=text)).messages[-1]
        called = isinstance(message, ToolCallSummaryMessage) and not any(each.is_error for each in message.results)
        if self._tool and not called:
            raise NoToolCall(message.to_text())
        return message.to_text()


async def shared_access(connection: AzureOpenAIConnection) -> Access:
    """Return the way to a connection's endpoint in the running event loop; it is closed when the loop ends."""
    key = connection.api_base, connection.api_version, connection.api_key, asyncio.get_running_loop()
    if key not in _ACCESS:
        opening = _open_access(key)
        _ACCESS[key] = opening, asyncio.ensure_future(anext(opening))
    return await asyncio.shield(_ACCESS[key][1])


async def _open_access(key: tuple) -> AsyncIterator[Access]:
    """Yield it; asyncio.run() finishes the generators of its loop in the end, and with this one the connections."""
    endpoint, api_version, api_key, _ = key
    arguments = {"azure_endpoint": endpoint, "api_version": api_version}
    async with AsyncExitStack() as stack:
        stack.callback(_ACCESS.pop, key)
        if not api_key:
            credential = await stack.enter_async_context(DefaultAzureCredential())
            arguments["azure_ad_token_provider"] = get_bearer_token_provider(credential, TOKEN_SCOPE)
        client = await stack.enter_async_context(DefaultAioHttpClient())
        yield Access(arguments, SecretStr(api_key) if api_key else None, client)
