"""Asks the deployments of an endpoint whether they are there: one short request each, and the list of models once."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from mlops.configuration.retirement import Day

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAIError
    from openai.types.chat import ChatCompletionMessageParam

    from model_endpoint import Endpoint

LIMIT = 16  # tokens of an answer: enough for an OK, and the least that some services take
SECONDS = 60.0  # for an answer; a server of one's own may have to load its model first
# A reasoning model that spends the whole limit on its thoughts says this in the place of an answer.
LIMIT_REACHED = "model output limit was reached"
A_TOOL = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Adds two numbers.",
        "parameters": {"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}}},
    },
}


@dataclass(frozen=True)
class Probe:
    """A question to a deployment.

    Attributes:
        deployment: what is asked.
        embedding: whether it is asked for an embedding, otherwise for an answer in a chat.
        parameters: of the chat completion, as the flows send them.
        tools: whether it is offered a function, too.
    """

    deployment: str
    embedding: bool = False
    parameters: tuple[tuple[str, Any], ...] = ()
    tools: bool = False


@dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes:
        model: what the answer calls its model; empty where it does not say.
        error: why there is no answer; None if there is one.
    """

    model: str = ""
    error: OpenAIError | None = None


@dataclass(frozen=True)
class Answers:
    """What an endpoint answered: to each probe, and when it says itself that it retires its models."""

    of: Mapping[Probe, Answer] = field(default_factory=dict)
    announced: Mapping[str, Day] = field(default_factory=dict)


async def ask(endpoint: Endpoint, probes: Collection[Probe]) -> Answers:
    """Ask all probes at a time, through one client."""
    from model_endpoint import shared_client

    client = (await shared_client(endpoint)).with_options(timeout=SECONDS, max_retries=1)
    asked = asyncio.gather(*(_answer(client, probe) for probe in probes))
    answers, announced = await asyncio.gather(asked, announced_days(client))
    return Answers(dict(zip(probes, answers)), announced)


async def _answer(client: AsyncOpenAI, probe: Probe) -> Answer:
    import openai

    try:
        if probe.embedding:
            return Answer((await client.embeddings.create(model=probe.deployment, input="OK")).model)
        tools = {"tools": [A_TOOL]} if probe.tools else {}
        messages: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Say OK."}]
        parameters: dict[str, Any] = {**dict(probe.parameters), **tools}
        completion = await client.chat.completions.create(model=probe.deployment, messages=messages, **parameters)
        return Answer(completion.model)
    except openai.RateLimitError:
        return Answer()  # it is there, and busy
    except openai.OpenAIError as error:
        return Answer() if LIMIT_REACHED in str(error) else Answer(error=error)


async def announced_days(client: AsyncOpenAI) -> dict[str, Day]:
    """Return when the endpoint's list of models says that each is retired; none where it has no such list.

    OpenAI and Azure's v1 API name a `shutdown_date`, Azure's dated API `deprecation.inference` in seconds since 1970:
    https://developers.openai.com/api/reference/resources/models/methods/list,
    https://learn.microsoft.com/rest/api/azureopenai/models/list. The list is of base models, not of deployments.
    """
    import openai

    try:
        models = (await client.models.list()).data
    except openai.OpenAIError:
        return {}
    days: dict[str, set[Day]] = {}
    for model in models or []:
        if day := _announced(model.to_dict()):
            days.setdefault(model.id, set()).add(day)
    return {name: day for name, [day, *others] in ((n, list(d)) for n, d in days.items()) if not others}


def _announced(model: Mapping[str, Any]) -> Day | None:
    deprecation = model.get("deprecation")
    seconds = deprecation.get("inference") if isinstance(deprecation, dict) else None
    try:
        if seconds:
            return Day(datetime.fromtimestamp(seconds, timezone.utc).date())
        return Day.parse(model.get("shutdown_date"))
    except (ValueError, TypeError, OverflowError, OSError):
        return None  # another server's field of that name
