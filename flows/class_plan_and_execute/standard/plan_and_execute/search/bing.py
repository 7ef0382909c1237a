"""Search by an endpoint in the shape of the Bing Web Search API, version 7.

Microsoft retired the public service in August 2025. Gateways and other engines still speak its shape, and so does the
emulator of this repository.
"""

from urllib.parse import urlencode

from . import Hit, Surroundings


async def find(surroundings: Surroundings, query: str) -> list[Hit]:
    """Return the pages that the endpoint finds."""
    url = f"{surroundings.search.endpoint}?{urlencode({'q': query, 'count': 5, 'responseFilter': 'Webpages'})}"
    answer = await surroundings.get_json(url, {"Ocp-Apim-Subscription-Key": surroundings.search.api_key})
    pages = (answer.get("webPages") or {}).get("value") or []
    return [Hit(page.get("name", ""), page["url"], page.get("snippet", "")) for page in pages if page.get("url")]
