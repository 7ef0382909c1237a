"""Judges: evaluators that ask a model for a score from 1 to 5 and a reason, with the rubrics of azure-ai-evaluation."""

from __future__ import annotations

import asyncio
import atexit
import functools
import inspect
import json
import logging
import math
import re
import sys
import threading
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mlops.common.errors import RunFailed, causes
from mlops.configuration.model_calendar import explain_retirement, service_of
from mlops.data.formats import unique_keys
from mlops.endpoint.answers import NO_MODEL
from mlops.endpoint.connection import message_of
from model_endpoint import Endpoint, IncompleteAnswer, shared_client, whole_answer

if TYPE_CHECKING:
    from mlops.configuration.sections import ChatModel
    from mlops.runs.session import Session

# By name: the class of azure-ai-evaluation, and what it is given.
JUDGES = {
    "coherence": ("CoherenceEvaluator", ("query", "response")),
    "fluency": ("FluencyEvaluator", ("response",)),
    "groundedness": ("GroundednessEvaluator", ("query", "response", "context")),
    "relevance": ("RelevanceEvaluator", ("query", "response")),
    "similarity": ("SimilarityEvaluator", ("query", "response", "ground_truth")),
}
LOWEST, HIGHEST = 1, 5
SECONDS = 600  # for a judgement, with all that is tried again
NOTHING = "(none)"  # stands for an empty input: of that the rubrics let a judge skip its score
FENCE = re.compile(r"```(?:json)?\s*(.*?)\s*```", re.DOTALL)
PLAIN_NUMBER = re.compile(r" *(NaN|[0-9]+(\.[0-9]+)?) *")
MARK = re.compile(r"<<(\w+)>>")
PREAMBLE = "Let's think step by step:"  # what most rubrics let a reason begin with
QUOTED = 200  # characters of a reply that an error quotes


class NoScore(RunFailed):
    """A judge gave no score; the text says why, or quotes the beginning of its reply.

    Attributes:
        reply: all of its reply; empty where there is none.
    """

    def __init__(self, reason: str, reply: str = ""):
        super().__init__(reason)
        self.reply = reply


def judges(session: Session, *names: str) -> dict[str, Callable[..., dict]]:
    """Return judges by name, which ask the flow's judge at the session's endpoint.

    Each returns {name: score, "reason": why}, and raises NoScore where it has none. All of them together ask as many
    questions at a time as the flow's batches do.

    Args:
        session: an open session.
        names: of `JUDGES`.
    """
    model = session.config.judge()
    if model.deployment == session.config.model.deployment:
        print(f"{model.deployment} judges its own answers; judge_deployment names another model.", file=sys.stderr)
    at_a_time = asyncio.Semaphore(session.config.concurrency)
    _loop()  # before threads ask for it: two that did so at once would get one each
    return {name: _judge(name, session.model_endpoint, model, at_a_time) for name in names}


def judged_by(session: Session, evaluators: Iterable[str]) -> dict[str, str]:
    """Return what reports say about the judge, {"judge": ...}; nothing where none of the evaluators asks it."""
    if JUDGES.keys().isdisjoint(evaluators):
        return {}
    model = session.config.judge()
    return {"judge": NO_MODEL if session.answered_by == NO_MODEL else f"{model.deployment} ({model.family})"}


def _judge(name: str, endpoint: Endpoint, model: ChatModel, at_a_time: asyncio.Semaphore) -> Callable[..., dict]:
    prompt = _prompt(name)

    def evaluate(**inputs: object) -> dict:
        texts = {argument: as_text(value) for argument, value in inputs.items()}
        messages = _filled(prompt, {argument: text if text.strip() else NOTHING for argument, text in texts.items()})
        score, reason = read_judgement(_run(_reply(endpoint, model, messages, at_a_time)))
        return {name: score, "reason": reason}

    takes = [
        inspect.Parameter(each, inspect.Parameter.KEYWORD_ONLY, annotation="str | list | dict")
        for each in JUDGES[name][1]
    ]
    evaluate.__signature__ = inspect.Signature(takes)  # type: ignore[attr-defined]  # inspect looks for it
    # A kept judgement counts as long as this is so; `fingerprint` looks for it.
    evaluate.asks = [model.deployment, model.parameters(), prompt]  # type: ignore[attr-defined]
    return evaluate


def _prompt(name: str) -> list[dict[str, str]]:
    """Return the messages of a judge's prompt, with marks where the inputs belong.

    It is rendered once, without the inputs: what is rendered is searched for roles, which no input is to bring along.
    """
    logging.getLogger("azure.ai.evaluation").setLevel(logging.ERROR)  # it warns of what it has not been given
    from azure.ai import evaluation  # takes a second or two

    kind, arguments = JUDGES[name]
    # It needs some model here; `_reply` chooses the one that is asked.
    evaluator = getattr(evaluation, kind)(evaluation.OpenAIModelConfiguration(type="openai", model="", api_key="none"))
    if name == "groundedness":
        evaluator._ensure_query_prompty_loaded()  # it has two prompts, and the other does without the question
    return evaluator._flow.render(**{argument: f"<<{argument}>>" for argument in arguments})


def _filled(prompt: list[dict[str, str]], texts: Mapping[str, str]) -> list[dict[str, str]]:
    def fill(content: str) -> str:
        return MARK.sub(lambda mark: texts.get(mark[1], mark[0]), content)

    return [{**message, "content": fill(message["content"])} for message in prompt]


async def _reply(endpoint: Endpoint, model: ChatModel, messages: list[dict], at_a_time: asyncio.Semaphore) -> str:
    """Return what a judge replies, asked with a client that all judges share.

    azure-ai-evaluation's own way makes a client for every question, signs in without a key at Azure's dated endpoints
    alone, and judges an answer that has no context by the answer itself.

    Raises:
        NoScore: there is no reply, or only a part of one.
    """
    import openai

    form = {"response_format": {"type": "json_object"}} if model.structured_output else {}
    parameters: dict[str, Any] = {"messages": messages, **form, **model.parameters()}
    client = await shared_client(endpoint)
    reply = ""
    try:
        async with at_a_time:
            request = client.chat.completions.create(model=model.deployment, **parameters)
            completion = await asyncio.wait_for(request, SECONDS)
        if completion.choices[0].finish_reason != "length":
            return whole_answer(completion)
        reply = completion.choices[0].message.content or ""
        reason = f"its reply is cut off after {model.max_output_tokens} tokens; {_beginning(reply)}"
    except asyncio.TimeoutError:
        reason = f"it has not answered within {SECONDS} s"
    except openai.APIConnectionError as error:
        cause = next((cause for cause in causes(error) if isinstance(cause, OSError)), error)
        reason = f"its endpoint cannot be reached ({cause})"
    except openai.OpenAIError as error:
        service = service_of(endpoint.kind, endpoint.url)
        reason = explain_retirement(error, model.deployment, service) or message_of(error)
    except IncompleteAnswer as error:
        reason = str(error)
    raise NoScore(f"the judge {model.deployment} gave no score: {reason}", reply)


def read_judgement(reply: str) -> tuple[float, str]:
    """Return the score, from 1 to 5, and the reason of a judge's reply, which is a JSON object.

    Raises:
        NoScore: it has none.
    """
    fenced = FENCE.fullmatch(reply)
    try:
        judgement = json.loads(fenced[1] if fenced else reply, object_pairs_hook=unique_keys)
        score, reason = judgement["score"], str(judgement.get("reason") or "").removeprefix(PREAMBLE).strip()
        if isinstance(score, str) and not PLAIN_NUMBER.fullmatch(score):  # float() takes "0_4" and all digits
            raise ValueError(f"{score} is no number")
        score = math.nan if isinstance(score, bool) else float(score)
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        raise NoScore(f"the judge gave no score; {_beginning(reply)}", reply) from None
    if not LOWEST <= score <= HIGHEST:
        raise NoScore(f"the judge's score is none from {LOWEST} to {HIGHEST}; {_beginning(reply)}", reply)
    return score, reason


def _beginning(reply: str) -> str:
    return f"its reply begins {reply[:QUOTED]!r}"


def as_text(value: object) -> str:
    """Return a value as the text that a judge reads.

    Of passages it is their texts, of steps their results, and of anything else but a text its JSON.
    """
    for key in ("text", "result"):
        if isinstance(value, list) and all(isinstance(each, dict) and key in each for each in value):
            return "\n\n".join(str(each[key]) for each in value if each[key] is not None)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _run(judgement: Coroutine) -> Any:
    """Run a coroutine on the event loop of the judges, whose client stays open from one question to the next."""
    return asyncio.run_coroutine_threadsafe(judgement, _loop()).result()


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="judges", daemon=True).start()

    def close() -> None:
        asyncio.run_coroutine_threadsafe(loop.shutdown_asyncgens(), loop).result(timeout=5)
        loop.call_soon_threadsafe(loop.stop)

    atexit.register(close)
    return loop
