"""The passages of the document that may hold the answer."""

from pathlib import Path
from typing import Union

from chat_with_pdf.embedding import embed
from chat_with_pdf.index import open_index
from chat_with_pdf.settings import read_settings
from promptflow.connections import AzureOpenAIConnection, OpenAIConnection
from promptflow.core import tool

from model_endpoint import endpoint_of, shared_client


@tool
async def find_context(
    index: str, question: str, config: dict, connection: Union[AzureOpenAIConnection, OpenAIConnection]
) -> list:
    """Return the passages nearest to the question, the nearest first, as {"page": 3, "text": ..., "score": 0.61}."""
    settings = read_settings(config)
    client = await shared_client(endpoint_of(connection))
    vectors = await embed(client, settings.embedding_deployment, [question], settings.prompt_token_limit)
    found = open_index(Path(index)).search(vectors[0], settings.passages)
    return [{"page": passage.page, "text": passage.text, "score": round(score, 4)} for passage, score in found]
