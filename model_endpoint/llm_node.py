"""Patches Prompt flow's own LLM node, wherever a DAG that has one is run."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from .answers import REASONS, IncompleteAnswer
from .clients import RETRIES, sync_client
from .endpoint import endpoint_of
from .prompts import literal_messages

if TYPE_CHECKING:
    from openai import OpenAI


@functools.cache
def patch_llm_node() -> None:
    """Make the LLM node of DAGs reject incomplete answers, retry as all clients do, and sign in to v1 without a key.

    Unpatched, it ignores why an answer ended, gives up at a dropped connection, retries a hundred times where an
    endpoint fails for good, and uses identities only for Azure's dated connections.
    And it searches the flow's inputs for roles and names: see `literal_messages`.
    """
    from promptflow.tools import aoai, common, openai

    build, process = common.build_messages, common.post_process_chat_api_response

    def build_literal(prompt, **inputs):
        from_caller = {name: inputs[name] for name in inputs.get("_inputs_to_escape") or () if name in inputs}
        messages = literal_messages(prompt, from_caller)
        return build(prompt, **inputs) if messages is None else messages

    def process_whole(completion, stream, *arguments):
        choices = [] if stream else completion.choices
        for choice in choices:
            if choice.finish_reason in REASONS:
                raise IncompleteAnswer(REASONS[choice.finish_reason])
        return process(completion, stream, *arguments)

    def client_of(connection):
        endpoint = endpoint_of(connection)
        if endpoint.keyless:
            from azure.identity import DefaultAzureCredential

            return sync_client(endpoint, DefaultAzureCredential())
        return sync_client(endpoint)

    dated_client_of = aoai.init_azure_openai_client
    aoai.init_azure_openai_client = lambda connection: with_own_retries(dated_client_of(connection))
    openai.init_openai_client = lambda connection: with_own_retries(client_of(connection))
    aoai.build_messages = openai.build_messages = build_literal
    aoai.post_process_chat_api_response = openai.post_process_chat_api_response = process_whole


def with_own_retries(client: OpenAI) -> OpenAI:
    """Return a client with its own retries, whose errors the node does not retry.

    The node repeats a request after an error of the openai package, and lets its own errors pass.
    """
    from openai import BadRequestError, OpenAIError
    from promptflow.tools.exception import WrappedOpenAIError

    client.max_retries, request = RETRIES, client.request

    @functools.wraps(request)
    def final_request(*arguments: Any, **options: Any) -> Any:
        try:
            return request(*arguments, **options)
        except BadRequestError:  # the node does not repeat it, and explains some
            raise
        except OpenAIError as error:
            raise WrappedOpenAIError(error) from error

    client.request = final_request
    return client
