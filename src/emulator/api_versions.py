"""The versions of Azure's data plane that the emulator knows, as the query parameter `api-version` names them."""

from __future__ import annotations

from src.emulator.errors import invalid_request, not_found

# From the life cycle page of the Azure OpenAI API.
VERSIONS = frozenset(
    (
        "2022-12-01",
        "2023-05-15",
        "2023-06-01-preview",
        "2023-07-01-preview",
        "2023-08-01-preview",
        "2023-09-01-preview",
        "2023-10-01-preview",
        "2023-12-01-preview",
        "2024-02-01",
        "2024-02-15-preview",
        "2024-03-01-preview",
        "2024-04-01-preview",
        "2024-05-01-preview",
        "2024-06-01",
        "2024-07-01-preview",
        "2024-08-01-preview",
        "2024-09-01-preview",
        "2024-10-01-preview",
        "2024-10-21",
        "2024-12-01-preview",
        "2025-01-01-preview",
        "2025-02-01-preview",
        "2025-03-01-preview",
        "2025-04-01-preview",
    )
)


def check_dated_version(version: str | None) -> str:
    """The version of a request to a path that needs one.

    Raises:
        ServiceError: 404, if it is missing or unknown; the service says no more than that there is no such resource.
    """
    if version not in VERSIONS:
        raise not_found()
    return version


def check_undated_version(version: str | None) -> None:
    """Refuse a dated version under /openai/v1.

    Raises:
        ServiceError: 400, if there is a version other than `v1`, `latest` or `preview`.
    """
    if version not in (None, "v1", "latest", "preview"):
        raise invalid_request(
            f"API version not supported: '{version[:40]}'. Paths under /openai/v1 take none, or 'preview'.",
            "api-version",
            "UnsupportedApiVersion",
        )
