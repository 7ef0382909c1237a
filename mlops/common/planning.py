"""What the two plan-and-execute flows are given, and how their plans are shown while they run."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlops.common.session import Session

OF_THE_EMULATOR = "How many more stations than the Halsen Coast Line does the Lumeth Metro have?"
OF_THE_WORLD = "Which is longer, the Danube or the Rhine, and by how much?"
PLAN_LOG = "plan_and_execute"  # the logger to which the flows tell their plans and what becomes of the steps


def flow_config(session: Session) -> dict[str, Any]:
    """Return the `config` of a plan-and-execute flow."""
    planning = session.config.planning
    return {
        "model": session.config.model.model_dump(),
        "tool_model": planning.tool_model.model_dump(),
        "limits": planning.model_dump(exclude={"tool_model"}),
    }


def sample_question(session: Session) -> str:
    """Return a question to show: about the emulator's world where the flow searches that, else about ours."""
    return OF_THE_EMULATOR if session.environment == "local" else OF_THE_WORLD


@contextmanager
def shown_plans() -> Iterator[None]:
    """Show on standard error what is planned, and each step when it is done, as long as the block lasts."""
    log, handler = logging.getLogger(PLAN_LOG), logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("  %(message)s"))
    before = log.level, log.propagate
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(before[0])
        log.propagate = before[1]
