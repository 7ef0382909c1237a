"""What can go wrong when something is fetched."""

from __future__ import annotations


class TransientError(Exception):
    """A failure that another attempt may not meet again.

    Args:
        message: what happened.
        retry_after: after how many seconds the server allows another request; None where it does not say.
    """

    def __str__(self) -> str:
        return self.args[0]

    @property
    def retry_after(self) -> float | None:
        """The pause that the server asks for, in seconds."""
        return self.args[1] if len(self.args) > 1 else None


class FetchError(Exception):
    """A URL could not be fetched; the text says why, and holds nothing of the URL that may be secret."""


class TransientFetchError(TransientError, FetchError):
    """It could not be fetched now; another attempt may help."""


class ForbiddenAddress(Exception):
    """A name that resolves to an address that is not allowed."""
