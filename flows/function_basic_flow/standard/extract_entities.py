"""Entity extraction as a flex flow: one asynchronous function, and a client that all its calls share."""

import asyncio
import functools
import json
import re
from contextlib import AsyncExitStack
from pathlib import Path

from azure.identity.aio import DefaultAzureCredential, get_bearer_token_provider
from openai import AsyncAzureOpenAI, DefaultAioHttpClient
from promptflow.connections import ConnectionProvider
from promptflow.tracing import trace

PROMPT_FILE = Path(__file__).with_name("extract_entities.md")
TOKEN_SCOPE = "https://cognitiveservices.azure.com/.default"
# An entity in double quotes, or else what stands between separators, without the bullet of a list. A comma in "30,000"
# separates nothing.
ENTITY = re.compile(r'"([^"\n]*)"|(?:^ *[-*•] +)?((?:[^",;\n]|(?<=\d),(?=\d))+)', re.MULTILINE)
CLIENTS = {}  # by connection and event loop


@trace
async def extract_entities(
    entity_type: str,
    text: str,
    deployment: str = "gpt-5.4-mini",
    connection: str = "aoai_connection",
    parameters: dict = None,
    prompt: str = None,
):
    """Extract the entities of one type from a text.

    Args:
        entity_type: what to look for, such as "job title".
        text: where to look for it.
        deployment: the name of the chat model's deployment.
        connection: the name of the Prompt flow connection that has the endpoint, and the key if there is one.
        parameters: what else goes into the request, such as {"max_completion_tokens": 1000}; Azure gives it as JSON.
        prompt: the file of the system message, beside this one or with its full path.

    Returns:
        {"answer": [entities]} in the order of the text; the list is empty when there is none.
    """
    messages = [
        {"role": "system", "content": read_prompt(PROMPT_FILE.parent / (prompt or PROMPT_FILE.name))},
        {"role": "user", "content": f"Entity type: {entity_type}\nText: {text}\nEntities:"},
    ]
    parameters = json.loads(parameters) if isinstance(parameters, str) else parameters or {}
    client = await shared_client(connection)
    completion = await client.chat.completions.create(model=deployment, messages=messages, **parameters)
    return {"answer": clean(completion.choices[0].message.content)}


@functools.lru_cache
def read_prompt(path: Path) -> str:
    """Return the text of a prompt file, read once."""
    return path.read_text(encoding="utf-8").strip()


async def shared_client(connection_name: str) -> AsyncAzureOpenAI:
    """Return the client of a connection in the running event loop; it is closed when the loop ends."""
    key = connection_name, asyncio.get_running_loop()
    if key not in CLIENTS:
        opening = open_client(*key)
        CLIENTS[key] = opening, asyncio.ensure_future(anext(opening))
    return await asyncio.shield(CLIENTS[key][1])  # a line that is cancelled leaves it to the others


async def open_client(connection_name: str, loop: asyncio.AbstractEventLoop):
    """Yield a client; asyncio.run() finishes the generators of its loop in the end, and with this one the client."""
    async with AsyncExitStack() as stack:
        stack.callback(CLIENTS.pop, (connection_name, loop))
        connection = ConnectionProvider.get_instance().get(connection_name)
        key = connection.api_key
        credential = None if key else await stack.enter_async_context(DefaultAzureCredential())
        yield await stack.enter_async_context(
            AsyncAzureOpenAI(
                azure_endpoint=connection.api_base,
                api_version=connection.api_version,
                api_key=key,
                azure_ad_token_provider=credential and get_bearer_token_provider(credential, TOKEN_SCOPE),
                max_retries=5,
                http_client=DefaultAioHttpClient(),  # a third less processor time than the default
            )
        )


def clean(answer: str) -> list:
    """Return the entities in the model's answer, without stray spaces, tabs, dots and quotes.

    Raises:
        ValueError: the model answered nothing at all, not even "None".
    """
    if not (answer or "").strip():
        raise ValueError("the model's answer is empty: raise its limit of output tokens, or look at its content filter")
    entities = [(quoted or plain).strip(" \t\r.\"'“”‘’`") for quoted, plain in ENTITY.findall(answer)]
    return [entity for entity in entities if entity.lower() not in ("", "none", "[]", *"[]-*•")]
