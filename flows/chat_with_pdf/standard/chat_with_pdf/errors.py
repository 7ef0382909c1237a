"""Errors that the user of this flow can fix."""


class DocumentError(ValueError):
    """A document that can't be used; the text says why, and what would help."""


class SettingsError(ValueError):
    """A setting or an input that can't be used; the text names it."""
