"""Answerers of chat requests: recordings, a function, or a real endpoint whose answers are recorded.

An answerer is an object with the attributes and the method of `Answerer`. The emulator calls it on its own event loop,
for several requests at once.
"""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from src.emulator.answers.function import FunctionAnswerer
from src.emulator.answers.playback import Recordings
from src.emulator.answers.recording import RecordingError, recording_files, write_recordings
from src.emulator.answers.upstream import Upstream
from src.emulator.conversation import Conversation, Reply

__all__ = [
    "Answerer",
    "FunctionAnswerer",
    "RecordingError",
    "Recordings",
    "Upstream",
    "recording_files",
    "write_recordings",
]


class Answerer(Protocol):
    """Answers chat requests.

    Attributes:
        kind: "recording", "function" or "upstream"; part of each response.
        counts: how many answers each source gave, by `Reply.source`.
    """

    kind: str
    counts: Counter[str]

    async def answer(self, conversation: Conversation) -> Reply:
        """Answer a request.

        Raises:
            ServiceError: the error response.
        """
