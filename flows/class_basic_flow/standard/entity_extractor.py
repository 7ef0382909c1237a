"""Entity extraction as a flex flow: a class that loads its prompt once and shares one client among all lines."""

import ast
import asyncio
import re
from contextlib import AsyncExitStack
from pathlib import Path

from azure.identity.aio import DefaultAzureCredential, get_bearer_token_provider
from openai import AsyncAzureOpenAI, DefaultAioHttpClient
from promptflow.connections import ConnectionProvider
from promptflow.core import AzureOpenAIModelConfiguration, Prompty
from promptflow.tracing import trace

PROMPT_FILE = Path(__file__).with_name("extract_entities.prompty")
TOKEN_SCOPE = "https://cognitiveservices.azure.com/.default"
INPUT = re.compile("<<(entity_type|text)>>")
# An entity in double quotes, or else what stands between separators, without the bullet of a list. A comma in "30,000"
# separates nothing.
ENTITY = re.compile(r'"([^"\n]*)"|(?:^ *[-*•] +)?((?:[^",;\n]|(?<=\d),(?=\d))+)', re.MULTILINE)


class EntityExtractor:
    """Extracts the entities of one type from a text.

    Args:
        model_config: endpoint and deployment, or the name of a Prompt flow connection and the deployment.
        parameters: what else goes into the request, such as {"max_completion_tokens": 1000}.
        prompt: the Prompty file, beside this one or with its full path.
    """

    def __init__(self, model_config: AzureOpenAIModelConfiguration, parameters: dict = None, prompt: str = None):
        if model_config.connection:
            connection = ConnectionProvider.get_instance().get(model_config.connection)
            model_config = AzureOpenAIModelConfiguration.from_connection(connection, model_config.azure_deployment)
        self._model = model_config
        self._parameters = parameters or {}
        # A rendered Prompty is searched for roles, names and pictures, which a text must not bring along; for a text of
        # blank lines the search takes minutes. So it is rendered once, with marks where the inputs belong.
        prompty = Prompty.load(PROMPT_FILE.parent / (prompt or PROMPT_FILE.name))
        self._prompt = ast.literal_eval(prompty.render(entity_type="<<entity_type>>", text="<<text>>"))
        self._clients = {}

    @trace
    async def __call__(self, entity_type: str, text: str):
        """Return {"answer": [entities]} in the order of the text; the list is empty when there is none."""
        client = await self._client()
        messages = self._messages(entity_type=entity_type, text=text)
        completion = await client.chat.completions.create(
            model=self._model.azure_deployment, messages=messages, **self._parameters
        )
        return {"answer": clean(completion.choices[0].message.content)}

    def _messages(self, **inputs: str) -> list:
        def filled(content: str) -> str:
            return INPUT.sub(lambda mark: inputs[mark[1]], content)

        return [{**message, "content": filled(message["content"])} for message in self._prompt]

    async def _client(self) -> AsyncAzureOpenAI:
        """Return the client of the running event loop: all lines share it, and it is closed when the loop ends."""
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            opening = self._open_client()
            self._clients[loop] = opening, asyncio.ensure_future(anext(opening))
        return await asyncio.shield(self._clients[loop][1])  # a line that is cancelled leaves it to the others

    async def _open_client(self):
        # asyncio.run() finishes the generators of its loop in the end, and with this one the client's connections.
        key = self._model.api_key
        async with AsyncExitStack() as stack:
            stack.callback(self._clients.pop, asyncio.get_running_loop())
            credential = None if key else await stack.enter_async_context(DefaultAzureCredential())
            yield await stack.enter_async_context(
                AsyncAzureOpenAI(
                    azure_endpoint=self._model.azure_endpoint,
                    api_version=self._model.api_version,
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
