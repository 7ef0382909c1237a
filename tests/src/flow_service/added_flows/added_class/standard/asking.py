"""Replies to reviews."""

from contextvars import ContextVar

from promptflow.connections import AzureOpenAIConnection
from wording import request_for

from model_endpoint import endpoint_of, shared_client, whole_answer

LISTENER = ContextVar("listener", default=None)


class Replier:
    """Replies to a review; Prompt flow gives it the connection for the connection's name."""

    def __init__(self, connection: AzureOpenAIConnection, deployment: str):
        self.endpoint = endpoint_of(connection)
        self.deployment = deployment

    async def __call__(self, review: str, tone: str, in_pieces: bool = False):
        client = await shared_client(self.endpoint)
        messages = [{"role": "user", "content": request_for(review, tone)}]
        reply = whole_answer(await client.chat.completions.create(model=self.deployment, messages=messages))
        if LISTENER.get():
            LISTENER.get()("draft", {"words": len(reply.split())})
        return {"reply": pieces_of(reply) if in_pieces else reply, "tone": tone}


async def pieces_of(text):
    for word in text.split(" "):
        yield word if text.startswith(word) else f" {word}"
