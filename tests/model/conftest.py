"""A real language model, and what asks it: a tiny one, which is often wrong, cut off, or talks where JSON is wanted."""

import os

import pytest
from openai import OpenAI
from scratch_checkout import make_checkout
from served_model import NAME, problem, shared_server

# What a test of a whole flow waits for; one of a hundred tokens that are generated takes some three seconds.
SHORT_ANSWERS = 60  # tokens
NOWHERE = "https://127.0.0.1"  # where flows search: nowhere, for tests talk to loopback alone


def pytest_collection_modifyitems(items):
    """Mark all tests of this folder, and leave them out where the model is not installed, but not on CI."""
    reason = problem()
    for item in items:
        if "model" in item.path.parent.parts[-1:]:
            item.add_marker(pytest.mark.model)
            if reason and not os.environ.get("CI"):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def model_server(tmp_path_factory, worker_id):
    """The URL of a server with the model."""
    if reason := problem():
        pytest.fail(reason)
    shared = tmp_path_factory.getbasetemp()
    shared = (shared if worker_id == "master" else shared.parent) / "model_server"
    shared.mkdir(exist_ok=True)
    with shared_server(shared, worker_id) as url:
        yield url


@pytest.fixture(scope="session")
def variables(model_server):
    """The variables of the environment `laptop`, whose models the server has."""
    return {
        "LAPTOP_BASE_URL": f"{model_server}/v1",
        "LAPTOP_CHAT_MODEL": NAME,
        "LAPTOP_EMBEDDING_MODEL": NAME,
        "LAPTOP_MAX_OUTPUT_TOKENS": str(SHORT_ANSWERS),
        "WIKIPEDIA_ENDPOINT": f"{NOWHERE}/w/api.php",
        "SEARCH_PROVIDER": "bing",
        "SEARCH_ENDPOINT": f"{NOWHERE}/search",
        "BING_API_KEY": "any",
    }


@pytest.fixture(scope="session")
def checkout(variables, tmp_path_factory):
    """A checkout with little data, whose environment `laptop` has the model."""
    return make_checkout(tmp_path_factory.mktemp("checkout"), **variables)


@pytest.fixture
def client(model_server):
    """A plain client of the server."""
    with OpenAI(base_url=f"{model_server}/v1", api_key="none", max_retries=0) as client:
        yield client
