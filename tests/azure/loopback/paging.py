"""Lists as Azure gives them: in pages, each with a link to the next.

A page is small here, so that every list of a test has more than one. Sources: `nextLink` of the resource lists in
Azure/azure-rest-api-specs, machinelearningservices/resource-manager; that of PaginatedRunDto in its runHistory.json.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse

PAGE = 2
TOKEN = "$skipToken"


def page_of(request: Request, items: list, size: int = PAGE) -> JSONResponse:
    """Return the page of a list that a request asks for."""
    first = int(request.query_params.get(TOKEN, 0))
    body: dict = {"value": items[first : first + size]}
    if first + size < len(items):
        url = request.url.replace(scheme="https", port=None).include_query_params(**{TOKEN: first + size})
        body["nextLink"] = str(url)
    return JSONResponse(body)
