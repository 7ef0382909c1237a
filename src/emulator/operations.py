"""Chat completions and embeddings: from a request's JSON to the response."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.responses import Response

from src.emulator.answers import Answerer
from src.emulator.chat import complete, completion_body
from src.emulator.chat_request import parse_chat_request
from src.emulator.conversation import Reply
from src.emulator.deployments import Deployment, Family, refuse_operation
from src.emulator.embedding_request import embedding_body, parse_embedding_request
from src.emulator.faults import FaultDecision
from src.emulator.limits import RateLimiter
from src.emulator.responses import Parts, whole
from src.emulator.streaming import events
from src.emulator.tokens import tokenizer
from src.emulator.wire import dump_json

# Characters that an RFC 9110 token can't have; they are replaced in a model's name in a header.
_NO_TOKEN = re.compile(r"[^\w.:+-]+", re.ASCII)


@dataclass(frozen=True)
class Operation:
    """A request that passed the gateway.

    Attributes:
        body: its JSON.
        deployment: its deployment.
        limiter: the deployment's quotas.
        azure: whether it uses an Azure path.
        version: Azure's dated version; None where the path takes none.
        decision: the fault that it gets, if any.
        run: calls a function, in a thread if the request is large.
    """

    body: dict
    deployment: Deployment
    limiter: RateLimiter
    azure: bool
    version: str | None
    decision: FaultDecision
    run: Callable[..., Awaitable]

    @property
    def delay_seconds(self) -> float:
        """The delay of the fault `slow` in seconds; else 0."""
        fault = self.decision.fault
        return fault.option("delay_ms") / 1000 if fault and fault.kind == "slow" else 0.0

    @property
    def cut(self) -> float | None:
        """The share of the answer after which the fault `cut` closes the connection; else None."""
        fault = self.decision.fault
        return fault.option("after") if fault and fault.kind == "cut" else None


async def answer_chat(operation: Operation, answerer: Answerer) -> tuple[Response, float]:
    """The response to a chat request, and the seconds to wait before it.

    Raises:
        ServiceError: the request is invalid, or there is no answer.
    """
    deployment, fault = operation.deployment, operation.decision.fault
    if deployment.family is Family.EMBEDDING:
        raise refuse_operation("chatCompletion", deployment)
    counter = tokenizer("o200k_base")
    request = await operation.run(parse_chat_request, operation.body, deployment, counter, operation.version)
    headers = operation.limiter.admit(request.reserved_tokens)
    if fault and fault.kind == "filtered_answer":
        reply = Reply("", finish_reason="content_filter")
    else:
        reply = await answerer.answer(request.conversation)
        headers["x-emulator"] = _origin(answerer.kind, reply)
    completion = await operation.run(complete, request, reply, answerer.kind, deployment, counter, operation.azure)
    operation.limiter.settle(request.reserved_tokens, completion.prompt_tokens + completion.completion_tokens)
    if request.stream:
        parts = await operation.run(list, events(completion, request))
        return Parts(parts, headers, "text/event-stream", operation.delay_seconds, operation.cut), 0.0
    content = await operation.run(dump_json, completion_body(completion, request))
    return whole(content, headers, operation.cut), operation.delay_seconds


async def answer_embeddings(operation: Operation) -> tuple[Response, float]:
    """The response to a request for embeddings, and the seconds to wait before it.

    Raises:
        ServiceError: the request is invalid.
    """
    if operation.deployment.family is not Family.EMBEDDING:
        raise refuse_operation("embeddings", operation.deployment)
    request = await operation.run(
        parse_embedding_request, operation.body, operation.deployment, tokenizer("cl100k_base")
    )
    headers = operation.limiter.admit(request.prompt_tokens)
    body = await operation.run(embedding_body, request, operation.deployment)
    return whole(await operation.run(dump_json, body), headers, operation.cut), operation.delay_seconds


def _origin(kind: str, reply: Reply) -> str:
    """The header that names the source of the answer, such as `recording; by=hand`."""
    by = _NO_TOKEN.sub("_", reply.source)
    return f"{kind}; by={by}" if by and by != kind else kind
