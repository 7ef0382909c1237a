"""The agents, by AutoGen. Nothing else of this flow imports AutoGen, which is archived: 0.7.5 was its last release.

Three things are asked of it, and another framework would have to do the same:

1. `Agent.ask`: an agent with instructions answers a text, and remembers both for the next one.
2. `schema`: an agent that answers in JSON of a schema.
3. `tool`: an agent that hands arguments to a function, whose result is then its answer.
"""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.messages import ToolCallSummaryMessage
from autogen_core.models import CreateResult, ModelInfo
from autogen_core.tools import FunctionTool
from autogen_ext.models.openai import BaseOpenAIChatCompletionClient
from openai import AsyncOpenAI
from promptflow.tracing import trace

from model_endpoint import Endpoint, check_complete, shared_client
from model_endpoint import IncompleteAnswer as Incomplete

from .errors import IncompleteAnswer
from .settings import Model

# AutoGen needs to know what a model can do, since a deployment's name does not say.
ABILITIES: ModelInfo = {
    "vision": False,
    "function_calling": True,
    "json_output": True,
    "structured_output": True,
    "family": "unknown",
}
warnings.filterwarnings("ignore", message="Resolved model mismatch")  # it would like deployments named like models


class NoToolCall(Exception):
    """An agent that should have called its tool did not, or not rightly; the text is what was said instead."""


class WholeAnswers(BaseOpenAIChatCompletionClient):
    """A client that rejects incomplete answers: AutoGen's agents ignore why an answer ended."""

    async def create(self, *args: Any, **kwargs: Any) -> CreateResult:
        """Return the model's answer.

        Raises:
            IncompleteAnswer: it is cut off, or filtered.
        """
        result = await super().create(*args, **kwargs)
        try:
            check_complete(result.finish_reason, str(result.content))
        except Incomplete as error:
            raise IncompleteAnswer(str(error)) from None
        return result


@dataclass(frozen=True)
class Access:
    """What all agents of an event loop share: the client of the endpoint, and so one pool of connections."""

    openai: AsyncOpenAI = field(repr=False)  # traces hold what functions are given, and a client has a key

    def client(self, model: Model, schema: dict[str, Any] | None) -> WholeAnswers:
        """Return AutoGen's client of a deployment; a schema is that of its answers."""
        answers = {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}
        request = {
            "model": model.deployment,
            **model.parameters(),
            **({"response_format": answers} if schema else {}),
        }
        return WholeAnswers(self.openai, create_args=request, model_info=ABILITIES)


async def shared_access(endpoint: Endpoint) -> Access:
    """Return the way to an endpoint in the running event loop."""
    return Access(await shared_client(endpoint))


class Agent:
    """An agent that remembers what it was asked and what it answered.

    Args:
        name: what traces call it.
        instructions: its system message.
        access: the way to the endpoint; see `shared_access`.
        model: the deployment.
        schema: the JSON schema of its answers, in the subset of strict structured outputs.
        tool: an asynchronous function of texts, which it has to call; its docstring describes it to the model.
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
        self._agent = AssistantAgent(
            name,
            access.client(model, schema),
            system_message=instructions,
            tools=[FunctionTool(tool, description=tool.__doc__ or "", strict=True)] if tool else None,
            reflect_on_tool_use=False,
        )

    @trace
    async def ask(self, text: str) -> str:
        """Return the agent's answer to a text.

        Raises:
            NoToolCall: it has a tool, and did not call it, or with arguments that the tool does not take.
        """
        message = (await self._agent.run(task=text)).messages[-1]
        called = isinstance(message, ToolCallSummaryMessage) and not any(each.is_error for each in message.results)
        if self._tool and not called:
            raise NoToolCall(message.to_text())
        return message.to_text()
