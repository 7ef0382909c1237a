"""Answers played back from recordings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from src.emulator.answers.recording import NOT_RECORDED, played_reply, question_of, read_recordings, request_key
from src.emulator.conversation import Conversation, Reply
from src.emulator.errors import ServiceError, gateway_error


class Recordings:
    """Plays recorded answers back.

    Several answers to one request are played in their order, then from the first again. Where two files have answers
    to the same request, those of the earlier file are played.

    Args:
        files: the files with the recordings; none rejects every request.

    Raises:
        RecordingError: if a file is invalid; the text names file and line.
    """

    kind = "recording"

    def __init__(self, files: Sequence[Path] = ()):
        self.counts: Counter[str] = Counter()
        self._replies: dict[str, list[Reply]] = {}
        self._played: Counter[str] = Counter()
        for file in files:
            replies: dict[str, list[Reply]] = {}
            for recording in read_recordings(Path(file)):
                replies.setdefault(recording.key, []).append(recording.reply)
            self._replies = {**replies, **self._replies}

    async def answer(self, conversation: Conversation) -> Reply:
        """Play the next answer to a request.

        Raises:
            ServiceError: 404 with the code NotRecorded, if there is none.
        """
        key = request_key(conversation)
        replies = self._replies.get(key)
        if not replies:
            self.counts[NOT_RECORDED] += 1
            raise _not_recorded(conversation, key)
        reply = replies[self._played[key] % len(replies)]
        self._played[key] += 1
        self.counts[reply.source] += 1
        return played_reply(reply, conversation)


def _not_recorded(conversation: Conversation, key: str) -> ServiceError:
    return gateway_error(
        404,
        "NotRecorded",
        f"No answer to this request is recorded (key {key}, '{question_of(conversation)}'): a prompt, its data or its "
        "tools differ from those that were recorded. Record it with 'python -m mlops.record --environment_name <E>', "
        "or ask a model on this machine with '--environment_name laptop'.",
    )
