"""The records that a runner shows before its batch; a failed one does not stop it, but sets the exit status."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from mlops.common.errors import UserError, causes
from mlops.endpoint.connection import is_permanent

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

    from mlops.runs.session import Session


def sample(
    session: Session,
    title: str,
    inputs: Mapping[str, object],
    call: Callable[[], object],
    traced: bool = False,
    may_fail: bool = False,
) -> object | None:
    """Show a flow's answer to one record; if it fails, print why and continue.

    Args:
        session: an open session.
        title: how the flow is called.
        inputs: the record.
        call: calls the flow with it.
        traced: whether to show the spans of the call as well.
        may_fail: whether a failure says nothing about the flow, as where the web is out of reach; the status is silent.

    Returns:
        What the call returned; None if it failed, or where only the batch is run, or one is resumed.

    Raises:
        Exception: the endpoint is out of reach or refuses everything, so that no line of the batch could be answered.
    """
    if session.batch_only or session.resume_from:
        return None
    from mlops.tracing.traces import collected_spans, span_tree

    asked = f"{title}: {json.dumps(inputs, ensure_ascii=False)}"
    try:
        collected: AbstractContextManager[list[ReadableSpan]] = collected_spans() if traced else nullcontext([])
        with collected as spans:
            result = call()
        print(f"{asked}\n  {result}")
        if spans:
            print(f"  {span_tree(spans)}".replace("\n", "\n  "))
        return result
    except UserError:
        raise
    except Exception as error:  # whatever a flow may raise is this record's failure
        import openai

        cause = next((cause for cause in causes(error) if isinstance(cause, openai.OpenAIError)), None)
        if cause is not None and is_permanent(cause):
            raise
        reason = " ".join(str(cause or error).split())
        print(f"{asked}\n  failed: {reason}")
        if not may_fail:
            session.failed_samples.append(f"{session.title}, {title}: {reason}")
        return None
