"""A small real HTTP server on loopback that answers as a test wants, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from model_endpoint import Endpoint

FLOWS = ("class_basic_flow", "function_basic_flow", "yaml_basic_flow")
DEPLOYMENT = "gpt-4.1-mini"
KEY = "key-of-the-tests"
USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}


@dataclass
class Answer:
    """What the server sends back."""

    body: object
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


def completion(content: str | None, usage: dict | None = USAGE, finish_reason: str = "stop") -> dict:
    """The body of a chat completion."""
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish_reason,
                "logprobs": None,
                "message": {"role": "assistant", "content": content, "refusal": None},
            }
        ],
    }
    return body if usage is None else {**body, "usage": usage}


def failure(status: int, message: str, code: str = "error", retry_after: str | None = None) -> Answer:
    """An error in the envelope of Azure OpenAI."""
    headers = (("Retry-After", retry_after),) if retry_after is not None else ()
    return Answer({"error": {"code": code, "message": message}}, status, headers)


def endpoint_at(url: str, key: str = KEY) -> Endpoint:
    """The way to a server of tests, as to a resource of Azure."""
    return Endpoint("azure", url, key, "2024-10-21")


class ModelServer:
    """Answers every chat completion with `answer(request)`: a text, None, or an `Answer`; by default, no entities.

    Attributes:
        models: what it answers to everything else, such as the list of models.
        chats: the bodies of the chat completions so far, in the order of their arrival.
        paths: the paths of all requests so far.
        headers: the headers of all requests so far.
        connections: how many TCP connections were opened.
        open: how many of them still are.
    """

    def __init__(self, answer: Callable[[dict], object] | None = None):
        self.answer = answer or listed
        self.models = Answer({"object": "list", "data": []})
        self.chats: list[dict] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.connections = self.open = 0
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> ModelServer:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def texts(self) -> list[str]:
        """The texts that the flows were asked about, in the order of their arrival."""
        return [text_of(chat) for chat in self.chats]

    def reply(self, path: str, body: bytes) -> Answer:
        if "/chat/completions" not in path:
            return self.models
        request = json.loads(body)
        self.chats.append(request)
        answer = self.answer(request)
        return answer if isinstance(answer, Answer) else Answer(completion(answer))


def text_of(chat: dict) -> str:
    """The text that an entity-extraction flow asks about."""
    return chat["messages"][-1]["content"].split("Text:", 1)[1].rsplit("\nEntities:", 1)[0].strip()


def listed(chat: dict, *entities: str) -> str:
    """An answer with these entities, in the form for which a flow has asked: JSON of a schema, or a list."""
    if "response_format" in chat:
        return json.dumps({"entities": entities})
    return ", ".join(f'"{entity}"' for entity in entities) or "None"


def unclosed(caught: list[warnings.WarningMessage], server: ModelServer) -> list[str]:
    """The warnings about connections to this server that nobody closed: garbage of earlier tests may warn meanwhile."""
    port = server.endpoint.rpartition(":")[2]
    return [str(each.message) for each in caught if each.category is ResourceWarning and port in str(each.message)]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def _handler(server: ModelServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self):
            server.connections += 1
            super().setup()

        def handle(self):
            server.open += 1
            try:
                super().handle()
            except ConnectionError:
                pass  # the client has gone, as a killed one does
            finally:
                server.open -= 1

        def do_POST(self):  # noqa: N802
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            server.paths.append(self.path)
            server.headers.append({name.lower(): value for name, value in self.headers.items()})
            answer = server.reply(self.path, body)
            payload = json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in (
                ("Content-Type", "application/json"),
                ("Content-Length", str(len(payload))),
                *answer.headers,
            ):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST  # noqa: N815

        def log_message(self, *args):
            """Say nothing."""

    return Handler
