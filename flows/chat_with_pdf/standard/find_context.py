"""The passages of the document that may hold the answer."""

from pathlib import Path

from chat_with_pdf.clients import shared_client
from chat_with_pdf.embedding import embed
from chat_with_pdf.index import open_index
from chat_with_pdf.settings import read_settings
from promptflow.connections import AzureOpenAIConnection
from promptflow.core import tool


@tool
async def find_context(index: str, question: str, config: dict, connection: AzureOpenAIConnection) -> list:
    """Return the passages nearest to the question, the nearest first, as {"page": 3, "text": ..., "score": 0.61}."""
    settings = read_settings(config)
    client = await shared_client(connection)
    vectors = await embed(client, settings.embedding_deployment, [question], settings.prompt_token_limit)
    found = open_index(Path(index)).search(vectors[0], settings.passages)
    return [{"page": passage.page, "text": passage.text, "score": round(score, 4)} for passage, score in found]
