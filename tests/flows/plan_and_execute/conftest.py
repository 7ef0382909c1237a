"""What the tests of plan and execute share: a web server, and what tools are given."""

from collections.abc import Callable, Iterator

import pytest
from model_server import endpoint_at
from plan_web import PlanWeb

SEARCH_KEY = "key-of-the-search"


@pytest.fixture
def web() -> Iterator[PlanWeb]:
    """A web server; a test gives it pages."""
    with PlanWeb() as web:
        yield web


@pytest.fixture
async def access(server):
    """The way to the model endpoint."""
    from plan_and_execute.agents import shared_access

    return await shared_access(endpoint_at(server.endpoint))


@pytest.fixture
def tool_context(web) -> Callable:
    """Make what tools are given: searches at the web server or at another address, and a way to models or none."""
    from plan_and_execute.settings import read_settings
    from plan_and_execute.tool_context import SearchSettings, ToolContext
    from promptflow.connections import CustomConnection

    def make(site: str = web.url, provider: str = "bing", config: dict | None = None, allow: str = "true", access=None):
        configs = {
            "provider": provider,
            "endpoint": f"{site}/v7.0/search",
            "wikipedia_endpoint": f"{site}/w/api.php",
            "allow_loopback": allow,
        }
        connection = CustomConnection(configs=configs, secrets={"api_key": SEARCH_KEY})
        return ToolContext(access, read_settings(config), SearchSettings.from_connection(connection))

    return make


@pytest.fixture(autouse=True)
def quick_pauses(monkeypatch):
    """Let what tries again do so at once, unless a server asks for a pause."""
    from guarded_web import retries

    monkeypatch.setattr(retries, "FIRST_PAUSE", 0.001)
