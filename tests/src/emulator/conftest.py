"""A running emulator that repeats what it is told, and official clients for it."""

from collections.abc import Callable, Iterator

import openai
import pytest
from emulator_clients import azure

from src.emulator.answers import FunctionAnswerer
from src.emulator.conversation import Conversation
from src.emulator.server import Emulator
from src.emulator.settings import EmulatorSettings


def echo(conversation: Conversation) -> str:
    """What the emulator of most tests answers."""
    return f"This is an echo. You said: {conversation.messages[-1].text}"


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """An emulator with nothing special about it."""
    with Emulator(EmulatorSettings(api_key=None, answerer=FunctionAnswerer(echo))) as running:
        yield running


@pytest.fixture
def start() -> Iterator[Callable[..., Emulator]]:
    """Start an emulator with some settings; it stops when the test ends. `answer` is the function that answers."""
    running = []

    def run(answer: Callable = echo, **settings: object) -> Emulator:
        answerer = FunctionAnswerer(answer)
        emulator = Emulator(EmulatorSettings(**{"api_key": None, "answerer": answerer, **settings}))
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
