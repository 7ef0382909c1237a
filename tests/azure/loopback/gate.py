"""What Azure refuses of any request before a service sees it: its token's audience, its api-version, its caller.

Sources of the texts: NoRegisteredProviderFound and MissingApiVersionParameter, learn.microsoft.com/azure/
azure-resource-manager/troubleshooting/error-register-resource-provider; InvalidAuthenticationTokenAudience,
JetBrains/azure-tools-for-intellij#16; AuthorizationFailed, Azure/azure-sdk-for-python#39158. The versions are folders
of Azure/azure-rest-api-specs, specification/machinelearningservices/resource-manager, as far as SDKs use them.
"""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

from loopback.faults import OF_SERVICES, error, service_error

MANAGEMENT = "management.azure.com"
OF_MANAGEMENT = ("https://management.azure.com", "https://management.core.windows.net")
OF_AML = "https://ml.azure.com"
LOCATIONS = re.compile(
    r"^/subscriptions/[^/]+/providers/(Microsoft\.MachineLearningServices/locations)/[^/]+/(\w+)/", re.I
)
API_VERSIONS = (
    "2021-10-01, 2022-05-01, 2022-10-01, 2023-04-01, 2023-10-01, 2024-04-01, 2024-10-01, 2025-06-01, 2025-09-01, "
    "2025-12-01, 2022-01-01-preview, 2022-02-01-preview, 2022-10-01-preview, 2022-12-01-preview, 2023-02-01-preview, "
    "2023-04-01-preview, 2023-06-01-preview, 2023-08-01-preview, 2024-01-01-preview, 2024-04-01-preview, "
    "2024-07-01-preview, 2024-10-01-preview, 2025-01-01-preview, 2025-10-01-preview"
).split(", ")


def refusal(request: Request, claims: dict | None, may_read_locations: bool) -> Response | None:
    """Return the answer to a request that gets no further; None for any other.

    Args:
        request: what is asked.
        claims: of its token; None where that is missing, unknown or has expired.
        may_read_locations: whether the caller's role has Microsoft.MachineLearningServices/locations/*/read.
    """
    host, path = request.url.hostname or "", request.url.path
    refused = service_error if host.endswith(OF_SERVICES) else error
    if claims is None:
        return refused(401, "The access token is missing, unknown or has expired.", "AuthenticationFailed")
    allowed = (*OF_MANAGEMENT, OF_AML) if host.endswith(OF_SERVICES) else OF_MANAGEMENT
    if claims["aud"].rstrip("/") not in allowed:
        return refused(
            401,
            f"The access token has been obtained for wrong audience or resource '{claims['aud']}'. It should exactly "
            f"match with one of the allowed audiences {', '.join(allowed)}.",
            "InvalidAuthenticationTokenAudience",
        )
    if host != MANAGEMENT:
        return None
    version = request.query_params.get("api-version")
    if not version:
        return error(400, "The api-version query parameter is required for all requests.", "MissingApiVersionParameter")
    of_workspaces = "Microsoft.MachineLearningServices/" in path.rpartition("/providers/")[2]
    if of_workspaces and version not in API_VERSIONS:
        return error(
            400,
            f"No registered resource provider found for location 'westeurope' and API version '{version}' for type "
            f"'workspaces'. The supported api-versions are '{', '.join(API_VERSIONS)}'.",
            "NoRegisteredProviderFound",
        )
    if (found := LOCATIONS.search(path)) and not may_read_locations:
        return error(
            403,
            f"The client '{claims['appid']}' with object id '{claims['oid']}' does not have authorization to perform "
            f"action '{found[1]}/{found[2]}/read' over scope '{path}' or the scope is invalid.",
            "AuthorizationFailed",
        )
    return None
