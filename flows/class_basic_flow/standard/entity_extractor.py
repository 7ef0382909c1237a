"""Entity extraction as a flex flow: a class that loads its prompt once and shares one client among all lines."""

import ast
import asyncio
import re
from pathlib import Path
from weakref import WeakKeyDictionary

from azure.identity.aio import DefaultAzureCredential, get_bearer_token_provider
from openai import AsyncAzureOpenAI
from promptflow.connections import ConnectionProvider
from promptflow.core import AzureOpenAIModelConfiguration, Prompty
from promptflow.tracing import trace

PROMPT_FILE = Path(__file__).with_name("extract_entities.prompty")
TOKEN_SCOPE = "https://cognitiveservices.azure.com/.default"
# An entity in double quotes, or else what stands between separators. A comma in "30,000" separates nothing.
ENTITY = re.compile(r'"([^"\n]*)"|((?:[^",;\n]|(?<=\d),(?=\d))+)')


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
        self._prompty = Prompty.load(PROMPT_FILE.parent / (prompt or PROMPT_FILE.name))
        self._clients = WeakKeyDictionary()

    @trace
    async def __call__(self, entity_type: str, text: str):
        """Return {"answer": [entities]} in the order of the text; the list is empty when there is none."""
        completion = await self._client().chat.completions.create(
            model=self._model.azure_deployment, messages=self._messages(entity_type, text), **self._parameters
        )
        return {"answer": clean(completion.choices[0].message.content)}

    def _messages(self, entity_type: str, text: str) -> list:
        # Calling the Prompty would build a new client for every line, so it renders only. The space keeps it from
        # taking a text such as "data:image/png;url: http://..." for a picture that it should fetch.
        return ast.literal_eval(self._prompty.render(entity_type=f" {entity_type}", text=f" {text}"))

    def _client(self) -> AsyncAzureOpenAI:
        # One client for each event loop, since pooled connections cannot outlive the loop that opened them.
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            key = self._model.api_key
            self._clients[loop] = AsyncAzureOpenAI(
                azure_endpoint=self._model.azure_endpoint,
                api_version=self._model.api_version,
                api_key=key,
                azure_ad_token_provider=None if key else get_bearer_token_provider(DefaultAzureCredential(), TOKEN_SCOPE),
                max_retries=5,
            )
        return self._clients[loop]


def clean(answer: str) -> list:
    """Return the entities in the model's answer, without stray spaces, tabs, dots and quotes.

    Raises:
        ValueError: the model answered nothing at all, not even "None".
    """
    if not (answer or "").strip():
        raise ValueError("the model's answer is empty: raise its limit of output tokens, or look at its content filter")
    entities = [(quoted or plain).strip(" \t.\"'“”‘’`") for quoted, plain in ENTITY.findall(answer)]
    return [entity for entity in entities if entity and entity.lower() != "none"]
