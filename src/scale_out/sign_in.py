"""Signing in on a node of a job that runs as whoever submitted it."""

from __future__ import annotations

import asyncio
import os
from typing import Any


class OnBehalfOfCredential:
    """An asynchronous credential of whoever submitted the job; Azure ML's SDK has a public synchronous one alone."""

    def __init__(self, **_: Any):
        from azure.ai.ml.identity import AzureMLOnBehalfOfCredential

        self._credential = AzureMLOnBehalfOfCredential()

    async def get_token(self, *scopes: str, **options: Any) -> Any:
        """Return an access token for a scope."""
        return await asyncio.to_thread(self._credential.get_token, *scopes, **options)

    async def close(self) -> None:
        """Close what the credential has opened."""
        await asyncio.to_thread(self._credential.close)

    async def __aenter__(self) -> OnBehalfOfCredential:
        """Return the credential."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        await self.close()


def sign_in_as_submitter() -> None:
    """Let whatever on this node takes a DefaultAzureCredential sign in as whoever submitted the job.

    Only jobs with `user_identity` have OBO_ENDPOINT. It is not among the places where DefaultAzureCredential looks, and
    such jobs have no managed identity (Azure/azureml-examples, cli/jobs/single-step/on-behalf-of;
    Azure/azure-sdk-for-python issues 30104 and 32921).
    """
    if not os.environ.get("OBO_ENDPOINT"):
        return
    import azure.identity
    import azure.identity.aio
    from azure.ai.ml.identity import AzureMLOnBehalfOfCredential

    setattr(azure.identity, "DefaultAzureCredential", lambda **_: AzureMLOnBehalfOfCredential())  # noqa: B010
    setattr(azure.identity.aio, "DefaultAzureCredential", OnBehalfOfCredential)  # noqa: B010
