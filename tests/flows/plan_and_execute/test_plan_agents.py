"""The agents: one pool of connections per event loop, put away at its end; what is sent; and where AutoGen is used."""

import ast
import asyncio
import gc
import logging
import time
import warnings

import pytest
from model_server import KEY, endpoint_at, failure
from plan_and_execute.agents import Agent, shared_access
from plan_and_execute.executor import execute_plan
from plan_and_execute.planner import make_plan
from plan_and_execute.settings import Model, SettingsError, read_settings
from plan_and_execute.solver import solve
from plan_model import plan_text, said, script, step, tool_call

from mlops.common.paths import REPOSITORY
from model_endpoint.clients import _CLIENTS

MODEL = Model(deployment="deployed")


async def say(endpoint: str, *texts: str, model: Model = MODEL, key: str = KEY, **options) -> list[str]:
    access = await shared_access(endpoint_at(endpoint, key))
    agent = Agent("tester", "Answer.", access, model, **options)
    return [await agent.ask(text) for text in texts]


def test_a_loop_shares_one_pool_of_connections_and_closes_it_without_a_word(server, caplog, capfd):
    async def several():
        opened = await asyncio.gather(*(shared_access(endpoint_at(server.endpoint)) for _ in range(20)))
        assert len({id(each.openai) for each in opened}) == 1
        for _ in range(5):
            await say(server.endpoint, "one", "two")
        await asyncio.gather(*(say(server.endpoint, "three") for _ in range(5)))

    gc.collect()  # what earlier tests left behind warns now, not below
    with warnings.catch_warnings(record=True) as caught, caplog.at_level(logging.WARNING):
        warnings.simplefilter("always")
        asyncio.run(several())
        gc.collect()
    told = "\n".join([caplog.text, *capfd.readouterr(), *(str(each.message) for each in caught)])
    for words in ("Unclosed", "unclosed transport", "never retrieved", "never awaited", "is closed"):
        assert words not in told
    assert server.connections <= 5
    until = time.monotonic() + 2
    while server.open and time.monotonic() < until:
        time.sleep(0.01)
    assert server.open == 0


def test_loops_one_after_the_other_and_other_keys_have_access_of_their_own(server):
    assert asyncio.run(say(server.endpoint, "a")) == asyncio.run(say(server.endpoint, "b")) == ["None"]

    async def two():
        return [await shared_access(endpoint_at(server.endpoint, key)) for key in ("one", "two")]

    first, second = asyncio.run(two())
    assert first is not second and "one" not in repr(first)
    assert _CLIENTS == {}


async def test_one_caller_that_is_cancelled_does_not_end_the_access_of_others(server):
    endpoint = endpoint_at(server.endpoint, "of the cancelled")
    first = asyncio.create_task(shared_access(endpoint))
    await asyncio.sleep(0)
    first.cancel()
    assert (await shared_access(endpoint)).openai.is_closed() is False


async def test_an_agent_remembers_what_it_heard_and_what_it_said(server):
    server.answer = lambda chat: f"heard {said(chat)}"
    assert await say(server.endpoint, "one", "two") == ["heard one", "heard two"]
    assert [each["content"] for each in server.chats[1]["messages"]] == ["Answer.", "one", "heard one", "two"]
    assert server.headers[0]["api-key"] == KEY
    assert "/openai/deployments/deployed/chat/completions?api-version=2024-10-21" in server.paths[0]


@pytest.mark.parametrize(
    ("settings", "sent"),
    [
        ({"family": "chat", "temperature": 0.5, "max_output_tokens": 9}, {"max_tokens": 9, "temperature": 0.5}),
        ({"family": "chat"}, {"max_tokens": 4000, "temperature": 0}),
        ({"family": "reasoning", "temperature": 0.5, "max_output_tokens": 9}, {"max_completion_tokens": 9}),
        ({}, {"max_completion_tokens": 4000}),
    ],
)
async def test_each_family_of_models_is_sent_its_own_parameters(settings, sent, server):
    await say(server.endpoint, "x", model=Model(deployment="deployed", **settings))
    found = {key: server.chats[0].get(key) for key in ("max_tokens", "temperature", "max_completion_tokens")}
    assert {key: value for key, value in found.items() if value is not None} == sent


async def test_faults_that_pass_are_met_with_another_attempt(server):
    server.answer = lambda chat: failure(429, "busy", retry_after="0.05") if len(server.chats) < 3 else "done"
    assert await say(server.endpoint, "x") == ["done"]
    assert len(server.chats) == 3


def test_without_a_key_a_token_is_asked_for_and_its_lack_is_reported(server, monkeypatch):
    from azure.core.exceptions import ClientAuthenticationError

    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    for name in ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ClientAuthenticationError):
        asyncio.run(say(server.endpoint, "x", key=""))
    assert server.chats == []


async def test_no_key_gets_into_a_trace(server, access, tool_context, web):
    from mlops.tracing.traces import collected_spans

    answers = {
        "planner": plan_text(
            step("#E1", "math_tool", request="1+1"),
            step("#E2", "web_tool", query="x"),
            step("#E3", "llm_tool", request="x", context="y"),
        ),
        "writer": tool_call('{"expression": "1+1"}'),
        "reader": "read",
        "solver": "2",
    }
    server.answer = script(**answers)
    settings = read_settings({"limits": {"attempts": 1}})
    with collected_spans() as spans:
        plan = await make_plan("What is 1+1?", access, settings)
        steps = await execute_plan(plan, tool_context(access=access), settings.limits)
        await solve("What is 1+1?", steps, access, settings)
    assert {"make_plan", "execute_plan", "math_tool", "llm_tool", "web_tool", "solve"} <= {each.name for each in spans}
    text = "".join(each.to_json() for each in spans)
    assert "What is 1+1?" in text
    assert KEY not in text and "key-of-the-search" not in text


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"modell": {}}, "config.modell: Extra inputs"),
        ({"model": {"deployment": ""}}, "config.model.deployment: "),
        ({"limits": {"steps": 0}}, "config.limits.steps: "),
        ({"model": {"deployment": "x", "family": "y"}}, "family"),
        ({"limits": {"seconds": -1}}, "config.limits.seconds: "),
        ("text", "config: "),
        ([1], "config: "),
    ],
)
def test_settings_of_no_use_are_reported_by_their_names(config, reason):
    with pytest.raises(SettingsError, match=reason):
        read_settings(config)


def test_a_search_connection_without_a_setting_is_reported():
    from plan_and_execute.tool_context import SearchSettings
    from promptflow.connections import CustomConnection

    connection = CustomConnection(configs={"provider": "ddgs"}, secrets={"api_key": "hunter2"})
    with pytest.raises(SettingsError, match="^the search connection has no 'endpoint'$"):
        SearchSettings.from_connection(connection)


def test_autogen_is_imported_in_one_place():
    found = set()
    for path in (path for folder in ("flows", "mlops", "src") for path in (REPOSITORY / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found |= {path.relative_to(REPOSITORY).as_posix() for each in names if each.startswith("autogen")}
    assert found == {"flows/class_plan_and_execute/standard/plan_and_execute/agents.py"}
