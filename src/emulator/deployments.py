"""The available deployments, and the parameters of each family of models."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from src.emulator.errors import ServiceError, gateway_error, invalid_request


class Family(str, Enum):
    """What kind of model a deployment is.

    CHAT takes `max_tokens` and `temperature`. REASONING refuses them and takes `max_completion_tokens` and
    `reasoning_effort`. EMBEDDING answers embeddings only.
    """

    CHAT = "chat"
    REASONING = "reasoning"
    EMBEDDING = "embedding"


@dataclass(frozen=True)
class Deployment:
    """A deployment and its model's limits.

    Attributes:
        name: its name in requests.
        model: the model's name with its version, as answers give it.
        family: what kind of model it is.
        context_window: the maximum of tokens of prompt and answer together; of one input for an embedding model.
        max_output_tokens: the maximum of tokens of an answer.
        dimensions: the length of an embedding; 0 for the other families.
        shortens: whether an embedding model takes `dimensions`.
    """

    name: str
    model: str
    family: Family
    context_window: int = 128_000
    max_output_tokens: int = 16_384
    dimensions: int = 0
    shortens: bool = False


def _chat(name: str, version: str, context_window: int = 1_047_576, max_output_tokens: int = 32_768) -> Deployment:
    return Deployment(name, f"{name}-{version}", Family.CHAT, context_window, max_output_tokens)


def _reasoning(
    name: str,
    version: str = "",
    context_window: int = 400_000,
    max_output_tokens: int = 128_000,
) -> Deployment:
    model = f"{name}-{version}" if version else name
    return Deployment(name, model, Family.REASONING, context_window, max_output_tokens)


def _embedding(name: str, dimensions: int, shortens: bool) -> Deployment:
    return Deployment(name, name, Family.EMBEDDING, 8_192, 0, dimensions, shortens)


# Limits from the model pages of Azure OpenAI.
DEFAULT_DEPLOYMENTS = (
    _chat("gpt-4.1", "2025-04-14"),
    _chat("gpt-4.1-mini", "2025-04-14"),
    _chat("gpt-4.1-nano", "2025-04-14"),
    _chat("gpt-4o", "2024-11-20", 128_000, 16_384),
    _chat("gpt-4o-mini", "2024-07-18", 128_000, 16_384),
    _chat("gpt-35-turbo", "0125", 16_385, 4_096),
    _reasoning("gpt-5", "2025-08-07"),
    _reasoning("gpt-5-mini", "2025-08-07"),
    _reasoning("gpt-5-nano", "2025-08-07"),
    _reasoning("gpt-5.1", "2025-11-13"),
    _reasoning("gpt-5.4", "2026-03-05"),
    _reasoning("gpt-5.4-mini", "2026-03-17"),
    _reasoning("gpt-5.4-nano", "2026-03-17"),
    _reasoning("gpt-5.5"),
    _reasoning("gpt-5.6-sol"),
    _reasoning("gpt-5.6-terra"),
    _reasoning("gpt-5.6-luna"),
    _reasoning("o3", "2025-04-16", 200_000, 100_000),
    _reasoning("o3-mini", "2025-01-31", 200_000, 100_000),
    _reasoning("o4-mini", "2025-04-16", 200_000, 100_000),
    _embedding("text-embedding-3-small", 1536, True),
    _embedding("text-embedding-3-large", 3072, True),
    _embedding("text-embedding-ada-002", 1536, False),
)

# The model of a deployment that only names a family.
_FAMILY_MODELS = {"chat": "gpt-4.1-mini", "reasoning": "gpt-5-mini", "embedding": "text-embedding-3-small"}


def parse_deployment(text: str) -> Deployment:
    """A deployment from `NAME=FAMILY` or `NAME=MODEL`, such as `extract=chat` or `extract=gpt-4.1-mini`.

    Raises:
        ValueError: if the text has another form or names neither a family nor a model that the emulator knows.
    """
    name, separator, kind = text.partition("=")
    models = {deployment.name: deployment for deployment in DEFAULT_DEPLOYMENTS}
    model = models.get(_FAMILY_MODELS.get(kind, kind))
    if not (name and separator) or "/" in name:
        raise ValueError(f"'{text}' is not a deployment: write NAME=FAMILY, such as extract=chat.")
    if model is None:
        raise ValueError(
            f"'{kind}' in '{text}' is neither a family ({', '.join(_FAMILY_MODELS)}) nor a model ({', '.join(models)})."
        )
    return replace(model, name=name)


def find(deployments: dict[str, Deployment], name: str, azure: bool) -> Deployment:
    """The deployment of that name.

    Raises:
        ServiceError: 404 with the code that this side of the service has for it.
    """
    deployment = deployments.get(name)
    if deployment is not None:
        return deployment
    if azure:
        raise gateway_error(
            404,
            "DeploymentNotFound",
            "The API deployment for this resource does not exist. Check its name; one made in the last "
            "five minutes may need another moment.",
        )
    raise invalid_request(
        f"The model `{name}` does not exist or you do not have access to it.", None, "model_not_found", 404
    )


def refuse_operation(operation: str, deployment: Deployment) -> ServiceError:
    """The error for an operation that the deployment's model doesn't have, such as embeddings of a chat model."""
    return ServiceError(
        400,
        {
            "code": "OperationNotSupported",
            "message": f"The {operation} operation does not work with the specified model, "
            f"{deployment.name}. Please choose a different model.",
        },
    )
