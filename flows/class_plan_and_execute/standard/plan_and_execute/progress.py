"""Progress of a plan while it runs, for a listener such as a service that shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

# Called in the event loop with "plan" and the plan, or "step" and a step: its id and status (running, done or failed),
# and once it has ended all that there is in a StepResult. Tasks inherit it, so every request can have a listener.
LISTENER: ContextVar[Callable[[str, Mapping[str, Any]], None] | None] = ContextVar("listener", default=None)


def notify(event: str, content: Mapping[str, Any]) -> None:
    """Notify the listener of this request, if there is one."""
    listener = LISTENER.get()
    if listener:
        listener(event, content)
