"""The question as it would be asked without the conversation before it."""

from typing import Union

from chat_with_pdf.chat import complete
from chat_with_pdf.errors import SettingsError
from chat_with_pdf.prompts import read_history, rewriting_messages
from chat_with_pdf.settings import read_settings
from promptflow.connections import AzureOpenAIConnection, OpenAIConnection
from promptflow.core import tool

from model_endpoint import endpoint_of, shared_client


@tool
async def rewrite_question(
    question: str,
    chat_history: list,
    config: dict,
    connection: Union[AzureOpenAIConnection, OpenAIConnection],
) -> str:
    """Return the question with what it takes from the conversation put into it; a first question stays as it is."""
    settings, turns = read_settings(config), read_history(chat_history)
    if not question.strip():
        raise SettingsError("question is empty")
    messages = rewriting_messages(question, turns, settings.prompt_token_limit)  # raises if the question is too long
    if not turns:
        return question
    return await complete(await shared_client(endpoint_of(connection)), settings, messages)
