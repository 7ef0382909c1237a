"""Maps an error of a flow or of its models to the problem that the caller gets.

Errors are recognised by the names of their classes: Prompt flow imports the modules of DAGs itself, so the same class
may exist twice. The text of an error reaches the caller only if it was written for callers.
"""

from __future__ import annotations

import asyncio
import logging
import traceback

from mlops.common.errors import causes
from mlops.flow_folders.definition import FlowDefinition
from src.flow_service.model_calls import Calls, retry_after
from src.flow_service.problems import Problem, too_many

LOG = logging.getLogger("flow_service")
NOT_RECORDED = "NotRecorded"  # the emulator's code
UNUSABLE = ("IncompleteAnswer", "ValueError", "PlanError", "NoToolCall")  # raised by flows about a model's answer
DEFAULT_RETRY_S = 5  # where the model's 429 does not say


def problem_of(error: BaseException, calls: Calls, flow: FlowDefinition) -> Problem:
    """Return the problem that the caller gets for an error."""
    chain = list(causes(error))
    for cause in chain:
        if isinstance(cause, Problem):
            return cause
        problem = _of_input(cause, flow) or _of_model(cause)
        if problem:
            if problem.status >= 500:
                log_failure(flow.name, cause)
            return problem
    if calls.filtered:
        return _content_filtered()
    unusable = next((cause for cause in chain if type(cause).__name__ in UNUSABLE), None)
    log_failure(flow.name, unusable or chain[-1])
    if unusable is not None and type(unusable).__name__ == "IncompleteAnswer":
        return Problem(502, "unusable_answer", str(unusable))
    if unusable is not None:
        return Problem(502, "unusable_answer", "the flow cannot use the model's answer; try again")
    return Problem(500, "internal_error", "the service failed; see its log")


def timed_out(seconds: float) -> Problem:
    """Return the problem of a request that took too long."""
    return Problem(504, "timeout", f"the flow took more than its {seconds:g} seconds")


def log_failure(where: str, error: BaseException) -> None:
    """Log the type of an error and where it occurred, without its text, which may hold a prompt."""
    frames = traceback.extract_tb(error.__traceback__)[-5:]
    places = " < ".join(f"{frame.name} ({frame.filename.rsplit('/', 1)[-1]}:{frame.lineno})" for frame in frames[::-1])
    status = getattr(error, "status_code", None)
    LOG.error("%s failed: %s%s at %s", where, type(error).__name__, f" {status}" if status else "", places)


def _of_input(error: BaseException, flow: FlowDefinition) -> Problem | None:
    """Return the problem of an error in the caller's input, whose text is written for callers."""
    name, text = type(error).__name__, str(error)
    if name == "DocumentError" and flow.document:
        return Problem(422, "unusable_document", text, errors=[(flow.document.name, text)])
    if name == "SettingsError" and text.split(" ")[0] in flow.inputs.model_fields:
        return Problem(422, "invalid_request", text, errors=[(text.split(" ")[0], text)])
    return None


def _of_model(error: BaseException) -> Problem | None:
    import openai

    unreachable = type(error.__cause__).__name__ == "ConnectTimeout"  # aiohttp's transport raises it for refusals, too
    if isinstance(error, (openai.APITimeoutError, asyncio.TimeoutError)) and not unreachable:
        return Problem(504, "model_timeout", "the model did not answer in time")
    if isinstance(error, openai.RateLimitError):
        seconds = retry_after(error.response.headers) or DEFAULT_RETRY_S
        return too_many("model_rate_limited", "the model's rate limit is exceeded; try again later", seconds)
    if isinstance(error, openai.BadRequestError):
        return _of_bad_request(error)
    if getattr(error, "code", None) == NOT_RECORDED:
        return _not_recorded(error)
    if isinstance(error, openai.APIStatusError) and error.status_code < 500:
        return Problem(502, "model_refused", "the model endpoint rejects the service's requests; contact its operator")
    if isinstance(error, openai.APIError):
        return Problem(
            502, "model_unavailable", "the model endpoint cannot be reached or returns errors; try again later"
        )
    return None


def _of_bad_request(error) -> Problem:
    if error.code == "content_filter":
        return _content_filtered()
    if error.code == "context_length_exceeded":
        return Problem(422, "too_long", "the inputs exceed the model's context window")
    return Problem(502, "model_refused", "the model endpoint rejects the request; contact the operator of the service")


def _not_recorded(error) -> Problem:
    """Return the emulator's message that no answer is recorded, which is not a failure of a model."""
    message = error.body.get("message") if isinstance(error.body, dict) else None
    return Problem(422, "not_recorded", message or "no answer to this request is recorded")


def _content_filtered() -> Problem:
    return Problem(400, "content_filter", "the model's content filter blocked the request or the answer")
