"""The index of the document."""

from pathlib import Path
from typing import Union

from chat_with_pdf.index import find_index
from chat_with_pdf.settings import read_settings
from promptflow.connections import AzureOpenAIConnection, OpenAIConnection
from promptflow.core import tool

from model_endpoint import endpoint_of


@tool
async def build_index(document: str, config: dict, connection: Union[AzureOpenAIConnection, OpenAIConnection]) -> str:
    """Return the file of the document's index; it is made when the document is seen for the first time."""
    return str(await find_index(Path(document), read_settings(config), endpoint_of(connection)))
