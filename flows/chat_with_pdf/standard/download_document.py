"""The document that a question is about."""

from pathlib import Path

from chat_with_pdf.documents import find_document
from promptflow.core import tool


@tool
async def download_document(pdf_url: str, data_folder: str, allow_loopback: bool) -> str:
    """Return the file of the document.

    Args:
        pdf_url: an https URL, or a path inside the data folder.
        data_folder: that folder, relative to the flow's.
        allow_loopback: whether a URL may lead to this machine; set by whoever runs the flow, never by the caller.
    """
    return str(await find_document(pdf_url, Path(__file__).parent / data_folder, allow_loopback))
