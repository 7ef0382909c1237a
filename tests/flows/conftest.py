"""A model endpoint of the test's own, and the three flows as plain calls to it."""

import asyncio
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from hypothesis import settings
from model_server import DEPLOYMENT, KEY, ModelServer

from mlops.promptflow_patches.setup import set_up_promptflow

set_up_promptflow()  # before any test module imports Prompt flow
settings.register_profile("busy machine", deadline=None)
settings.load_profile("busy machine")


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """A model endpoint; a test sets its answers."""
    with ModelServer() as server:
        yield server


@pytest.fixture
def connect() -> Callable[..., str]:
    """Store a Prompt flow connection to an endpoint and return its name."""
    from promptflow.client import PFClient

    from mlops.configuration.endpoints import AoaiConfig
    from mlops.endpoint.connection import save_connection

    def store(endpoint: str, name: str | None = None, key: str = KEY) -> str:
        name = name or f"to_{urlsplit(endpoint).port}{urlsplit(endpoint).path.replace('/', '_')}"
        aoai = AoaiConfig(connection=name, endpoint=endpoint, api_key=key, api_version="2024-10-21")
        save_connection(PFClient(), aoai, name)
        return name

    return store


@pytest.fixture
def flow_call(connect) -> Callable[..., Callable[..., list[str]]]:
    """Return a flow as a function of entity type and text that gives the list of entities.

    The class asks for a list, as the other two do, unless it is said otherwise.
    """
    from promptflow.client import load_flow

    from flows.class_basic_flow.standard.entity_extractor import EntityExtractor
    from flows.function_basic_flow.standard.extract_entities import extract_entities
    from mlops.common.paths import REPOSITORY
    from mlops.configuration.sections import ChatModel
    from mlops.run_yaml_basic_flow import llm_node_parameters
    from model_endpoint.llm_node import patch_llm_node

    patch_llm_node()  # as the runners do

    def make(flow: str, endpoint: str, model: ChatModel | None = None, key: str = KEY, structured: bool = False):
        connection = connect(endpoint, key=key)
        deployment, parameters = (model.deployment, model.parameters()) if model else (DEPLOYMENT, {})
        options = {"connection": connection, "deployment": deployment, "parameters": parameters}
        if flow == "class_basic_flow":
            extractor = EntityExtractor(**options, structured_output=structured)
            return lambda entity_type, text: asyncio.run(extractor(entity_type=entity_type, text=text))["answer"]
        if flow == "function_basic_flow":
            return lambda entity_type, text: asyncio.run(extract_entities(entity_type, text, **options))["answer"]
        loaded = load_flow(REPOSITORY / "flows" / flow / "standard")
        loaded.context.connections = {"extract_entities": {"connection": connection, "deployment_name": deployment}}
        node = llm_node_parameters(SimpleNamespace(config=SimpleNamespace(model=model))) if model else {}
        return lambda entity_type, text: loaded(entity_type=entity_type, text=text, **node)["answer"]

    return make
