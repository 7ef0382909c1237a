"""What an error of a flow or of its models means to a caller.

Errors are known by the names of their classes: Prompt flow imports the modules of DAGs by itself, so that the same
class may be there twice. Texts go to the caller only where they are written for callers.
"""

from __future__ import annotations

import asyncio
import logging
import traceback

from mlops.common.errors import causes
from src.flow_service.model_calls import Calls, retry_after
from src.flow_service.problems import Problem, too_many

LOG = logging.getLogger("flow_service")
UNSAID_RETRY_S = 5  # where a model that has had enough does not say for how long


def problem_of(error: BaseException, calls: Calls, flow: str) -> Problem:
    """Return what a caller is told of an error."""
    chain = list(causes(error))
    for cause in chain:
        if isinstance(cause, Problem):
            return cause
        problem = _of_input(cause) or _of_model(cause)
        if problem:
            if problem.status >= 500:
                log_failure(flow, cause)
            return problem
    if calls.held_back:
        return _held_back()
    log_failure(flow, chain[-1])
    if type(chain[-1]).__name__ in ("IncompleteAnswer", "ValueError", "PlanError", "NoToolCall"):
        return Problem(502, "unusable_answer", "the model gave no answer that the flow can use; trying again may help")
    return Problem(500, "internal_error", "the service failed; its log has the reason")


def timed_out(seconds: float) -> Problem:
    """Return the problem of a request that took too long."""
    return Problem(504, "timeout", f"the flow took more than its {seconds:g} seconds")


def log_failure(where: str, error: BaseException) -> None:
    """Log what kind of error it was, and where; its text may hold a prompt, so it stays out."""
    frames = traceback.extract_tb(error.__traceback__)[-5:]
    places = " < ".join(f"{frame.name} ({frame.filename.rsplit('/', 1)[-1]}:{frame.lineno})" for frame in frames[::-1])
    status = getattr(error, "status_code", None)
    LOG.error("%s failed: %s%s at %s", where, type(error).__name__, f" {status}" if status else "", places)


def _of_input(error: BaseException) -> Problem | None:
    name, text = type(error).__name__, str(error)
    if name == "DocumentError":
        return Problem(422, "unusable_document", text, errors=[("pdf_url", text)])
    if name == "SettingsError" and text.split(" ")[0] in ("question", "chat_history", "pdf_url"):
        return Problem(422, "invalid_request", text, errors=[(text.split(" ")[0], text)])
    return None


def _of_model(error: BaseException) -> Problem | None:
    import openai

    never_reached = type(error.__cause__).__name__ == "ConnectTimeout"  # as aiohttp's transport calls a refusal, too
    if isinstance(error, (openai.APITimeoutError, asyncio.TimeoutError)) and not never_reached:
        return Problem(504, "model_timeout", "the model did not answer in time")
    if isinstance(error, openai.RateLimitError):
        seconds = retry_after(error.response.headers) or UNSAID_RETRY_S
        return too_many("model_rate_limited", "the model takes no more requests for the moment", seconds)
    if isinstance(error, openai.BadRequestError):
        return _of_bad_request(error)
    if isinstance(error, openai.APIStatusError) and error.status_code < 500:
        return Problem(502, "model_refused", "the model endpoint refuses the service; its operator has to look at it")
    if isinstance(error, openai.APIError):
        return Problem(502, "model_unavailable", "the model endpoint cannot be reached, or fails; try again later")
    return None


def _of_bad_request(error) -> Problem:
    if error.code == "content_filter":
        return _held_back()
    if error.code == "context_length_exceeded":
        return Problem(422, "too_long", "the inputs are longer than what the model can read")
    return Problem(502, "model_refused", "the model endpoint refuses the request; its operator has to look at it")


def _held_back() -> Problem:
    return Problem(400, "content_filter", "the content filter of the model held the request or the answer back")
