"""The flow's input `config`, and the clients that connections lead to."""

import asyncio

import pytest
from chat_with_pdf.errors import SettingsError
from chat_with_pdf.settings import Settings, read_settings
from model_server import Answer, endpoint_at

from model_endpoint import shared_client


def test_what_is_not_said_is_as_it_usually_is():
    assert read_settings(None) == read_settings({}) == Settings()
    assert read_settings({"passages": 3}).passages == 3


@pytest.mark.parametrize(
    "config, reason",
    [
        ({"pasages": 3}, "config.pasages: Extra inputs are not permitted"),
        ({"allow_loopback": True}, "config.allow_loopback: Extra inputs are not permitted"),
        ({"passages": 0}, "config.passages: "),
        ({"passages": "many"}, "config.passages: "),
        ({"chat_family": "other"}, "config.chat_family: "),
        ({"chat_deployment": ""}, "config.chat_deployment: "),
        ({"chat_deployment": None}, "config.chat_deployment: "),
        ({"temperature": float("nan")}, "config.temperature: "),
        ({"temperature": 3}, "config.temperature: "),
        ({"max_completion_tokens": 0}, "config.max_completion_tokens: "),
        ({"prompt_token_limit": -1}, "config.prompt_token_limit: "),
        ({"chunk_tokens": 8193}, "config.chunk_tokens: "),
        ({"chunk_tokens": 5}, "config.chunk_tokens: "),
        ({"chunk_tokens": 40}, "chunk_overlap_tokens has to be less than chunk_tokens"),
        ("text", "config: "),
        ([1], "config: "),
    ],
)
def test_a_setting_that_is_of_no_use_is_named(config, reason):
    with pytest.raises(SettingsError) as caught:
        read_settings(config)
    assert reason in str(caught.value)


def test_what_a_setting_held_is_not_repeated():
    with pytest.raises(SettingsError) as caught:
        read_settings({"passages": "hunter2", "chat_family": "hunter2"})
    assert "hunter2" not in str(caught.value)


def test_a_connection_has_one_client_in_a_loop_and_another_in_the_next(models, to_models):
    models.models = Answer({"object": "list", "data": []})

    async def clients():
        first, second = await asyncio.gather(shared_client(to_models), shared_client(endpoint_at(models.endpoint)))
        assert first is second
        await first.models.list()
        return first

    one, two = asyncio.run(clients()), asyncio.run(clients())
    assert one is not two
    assert one.is_closed() and two.is_closed()
