"""A real model endpoint on loopback that embeds as well, and remembers how it was asked."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
import time

import numpy as np
from model_server import Answer, ModelServer, completion

DIMENSIONS = 64


class EmbeddingServer(ModelServer):
    """Texts that share words have vectors near to each other.

    Attributes:
        inputs: the inputs of each embedding request.
        refusals: answers that embedding requests get first.
        seconds: how long an embedding request takes.
        most: how many embedding requests there were at a time.
        hold: embedding requests wait for it.
    """

    def __init__(self):
        self.inputs: list[list[str]] = []
        self.refusals: list[Answer] = []
        self.seconds = 0.0
        self.most = self._now = 0
        self.hold = threading.Event()
        self.hold.set()
        self._lock = threading.Lock()
        super().__init__()

    def reply(self, path: str, body: bytes) -> Answer:
        if "/embeddings" not in path:
            return super().reply(path, body)
        request = json.loads(body)
        with self._lock:
            if self.refusals:
                return self.refusals.pop(0)
            self.inputs.append(request["input"])
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(self.seconds)
        self.hold.wait(30)
        with self._lock:
            self._now -= 1
        rows = [
            {"object": "embedding", "index": index, "embedding": base64.b64encode(vector_of(text)).decode()}
            for index, text in enumerate(request["input"])
        ]
        # In an order of its own: the index says which is which.
        return Answer({"object": "list", "data": rows[::-1], "model": "m", "usage": {}})


def vector_of(text: str) -> bytes:
    vector = np.full(DIMENSIONS, 0.01, "<f4")
    for word in re.findall(r"\w+", text.lower()):
        vector[hashlib.md5(word.encode()).digest()[0] % DIMENSIONS] += 1
    return vector.tobytes()


def finished(reason: str, content: str | None) -> Answer:
    """A completion that ended for some reason."""
    body = completion(content)
    body["choices"][0]["finish_reason"] = reason
    return Answer(body)
