"""What can go wrong, by what can be done about it."""

from __future__ import annotations

from guarded_web.errors import TransientError


class SettingsError(ValueError):
    """A setting or an input that can't be used; the text names it."""


class PlanError(ValueError):
    """The planner has made no plan that can be carried out; the text says why."""


class ToolError(Exception):
    """A tool could not do its work; the text says why, and another attempt would not help."""


class IncompleteAnswer(ToolError):
    """An incomplete answer of a model; the text says why."""


class TransientToolError(TransientError, ToolError):
    """A tool could not do its work now; another attempt may help."""
