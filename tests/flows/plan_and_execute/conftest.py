"""What the tests of plan and execute share: a web server, and what tools are given."""

from collections.abc import Callable, Iterator

import pytest
from plan_model import connection_to
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

    return await shared_access(connection_to(server.endpoint))


@pytest.fixture
def surroundings(web) -> Callable:
    """Make what tools are given: searches at the web server or at another address, and a way to models or none."""
    from plan_and_execute.settings import read_settings
    from plan_and_execute.surroundings import SearchSettings, Surroundings
    from promptflow.connections import CustomConnection

    def make(site: str = web.url, provider: str = "bing", config: dict | None = None, allow: str = "true", access=None):
        configs = {"provider": provider, "endpoint": f"{site}/v7.0/search",
                   "wikipedia_endpoint": f"{site}/w/api.php", "allow_loopback": allow}
        connection = CustomConnection(configs=configs, secrets={"api_key": SEARCH_KEY})
        return Surroundings(access, read_settings(config), SearchSettings.from_connection(connection))

    return make
