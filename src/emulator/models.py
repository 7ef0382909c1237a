"""Deployments in the form of the service's list of models."""

from __future__ import annotations

from src.emulator.deployments import Deployment, Family

# 2025-01-01 in seconds since 1970; the service tells when a model was made.
_CREATED = 1_735_689_600


def model_body(deployment: Deployment, azure: bool) -> dict:
    """A deployment as the service lists models, with Azure's capabilities on its side."""
    body = {"id": deployment.name, "object": "model", "created": _CREATED, "owned_by": "emulator"}
    if azure:
        embedding = deployment.family is Family.EMBEDDING
        body.update(
            created_at=_CREATED,
            status="succeeded",
            lifecycle_status="generally-available",
            capabilities={
                "fine_tune": False,
                "inference": True,
                "completion": False,
                "chat_completion": not embedding,
                "embeddings": embedding,
            },
        )
    return body
