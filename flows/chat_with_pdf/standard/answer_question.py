"""The answer, from the passages alone."""

from pathlib import Path
from typing import Union

from chat_with_pdf.chat import complete, followed_by, stream
from chat_with_pdf.index import open_index
from chat_with_pdf.prompts import answering_messages, read_history
from chat_with_pdf.settings import read_settings
from promptflow.connections import AzureOpenAIConnection, OpenAIConnection
from promptflow.core import tool

from model_endpoint import endpoint_of, shared_client


@tool
async def answer_question(
    question: str,
    context: list,
    index: str,
    chat_history: list,
    config: dict,
    streaming: bool,
    connection: Union[AzureOpenAIConnection, OpenAIConnection],
):
    """Return the answer with its pages, as [p. 3]: a text, or an asynchronous iterator over its pieces.

    Parts of the document that could not be read are named after the answer, once in a conversation: the model has not
    seen them, and whoever asks should know that the answer is based on less than the whole.
    """
    settings, turns = read_settings(config), read_history(chat_history)
    messages = answering_messages(question, context, turns, settings.prompt_token_limit)
    client = await shared_client(endpoint_of(connection))
    unread = open_index(Path(index)).unread
    is_told = any(unread in answered for _, answered in turns)
    remark = f"\n\n({unread})" if unread and not is_told else ""
    if streaming:
        return followed_by(stream(client, settings, messages), remark)
    return await complete(client, settings, messages) + remark
