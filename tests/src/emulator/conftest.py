"""A running emulator and official clients for it."""

from collections.abc import Callable, Iterator

import openai
import pytest
from emulator_clients import azure

from src.emulator.server import Emulator
from src.emulator.settings import EmulatorSettings


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """An emulator with nothing special about it."""
    with Emulator(EmulatorSettings(api_key=None)) as running:
        yield running


@pytest.fixture
def start() -> Iterator[Callable[..., Emulator]]:
    """Start an emulator with some settings; it stops when the test ends."""
    running = []

    def run(**settings: object) -> Emulator:
        emulator = Emulator(EmulatorSettings(**{"api_key": None, **settings}))
        running.append(emulator.__enter__())
        return emulator

    yield run
    for emulator in running:
        emulator.__exit__(None, None, None)


@pytest.fixture(scope="session")
def client(emulator: Emulator) -> Iterator[openai.AzureOpenAI]:
    """The official client of Azure OpenAI."""
    with azure(emulator) as opened:
        yield opened


@pytest.fixture(scope="session")
def plain_client(emulator: Emulator) -> Iterator[openai.OpenAI]:
    """The official client of OpenAI, on the emulator's /v1."""
    with openai.OpenAI(base_url=f"{emulator.endpoint}/v1", api_key="any", max_retries=0, timeout=10) as opened:
        yield opened


@pytest.fixture
def ask(client: openai.AzureOpenAI) -> Callable:
    """Ask for a chat completion of a user's text, or of messages."""
    def create(content: object = "The harbour of Hamburg is old.", **options: object):
        messages = content if isinstance(content, list) else [{"role": "user", "content": content}]
        return client.chat.completions.create(**{"model": "gpt-4.1-mini", "messages": messages, **options})
    return create
