"""The answer, from the passages alone."""

from chat_with_pdf.chat import complete, stream
from chat_with_pdf.clients import shared_client
from chat_with_pdf.prompts import answering_messages, read_history
from chat_with_pdf.settings import read_settings
from promptflow.connections import AzureOpenAIConnection
from promptflow.core import tool


@tool
async def answer_question(
    question: str, context: list, chat_history: list, config: dict, streaming: bool, connection: AzureOpenAIConnection
):
    """Return the answer with its pages, as [p. 3]: a text, or an asynchronous iterator over its pieces."""
    settings, turns = read_settings(config), read_history(chat_history)
    messages = answering_messages(question, context, turns, settings.prompt_token_limit)
    client = await shared_client(connection)
    return stream(client, settings, messages) if streaming else await complete(client, settings, messages)
