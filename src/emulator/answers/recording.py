"""Recorded answers: their keys, and the files that hold them, one JSON object a line."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from src.emulator.conversation import Conversation, Reply, ToolCall, Usage

NOT_RECORDED = "not recorded"
_LONGEST_QUESTION = 160
_CUT = " … "
_KEY = re.compile(r"[0-9a-f]{32}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
FINISH_REASONS = ("stop", "length", "tool_calls", "content_filter")

# Ports on loopback differ from run to run: those of the emulator's own pages, and of servers in tests.
_LOOPBACK = re.compile(r"\bhttps?://(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?(?![\w:-]|\.\w)")
_ORIGIN = "http://127.0.0.1"


class RecordingError(ValueError):
    """An invalid file of recordings; the text names the file, the line and the reason."""


@dataclass(frozen=True)
class Recording:
    """An answer that was given to a request.

    Attributes:
        key: what `request_key` makes of the request.
        question: the beginning and the end of the last user message, for people who read the file.
        reply: the answer; its `source` is "stand-in", "hand" or the model's name.
        date: the day of the answer, such as 2026-07-31.
        endpoint: the kind of endpoint that gave it, such as "azure"; empty where no model did.
    """

    key: str
    question: str
    reply: Reply
    date: str
    endpoint: str = ""


def request_key(conversation: Conversation) -> str:
    """32 hexadecimal digits that are the same for requests to which the same answer belongs.

    They depend on the messages, tools, tool choice, response format and the model's family. They don't depend on
    identifiers, the deployment's name, limits, sampling, streaming, nor on the ports of loopback addresses.
    """
    normal = [
        conversation.family,
        conversation.tool_choice,
        conversation.response_format,
        conversation.tools,
        [
            [
                message.role,
                message.name,
                without_ports(message.text),
                [[call.name, without_ports(call.arguments)] for call in message.tool_calls],
            ]
            for message in conversation.messages
        ],
    ]
    text = json.dumps(_canonical(normal), separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _canonical(value: object, ordered: bool = False) -> object:
    """A JSON value in which the order of keys counts only among a schema's properties, as it does to a model."""
    if isinstance(value, dict):
        return {
            "": [
                [name, _canonical(value[name], name == "properties")] for name in (value if ordered else sorted(value))
            ]
        }
    if isinstance(value, (list, tuple)):
        return [_canonical(item) for item in value]
    return value


def without_ports(text: str) -> str:
    """A text in which all loopback origins are the same one."""
    return _LOOPBACK.sub(_ORIGIN, text)


def normal_reply(reply: Reply) -> Reply:
    """A reply as it is recorded: without the ports of loopback origins."""
    return _with_origin(reply, _ORIGIN)


def played_reply(reply: Reply, conversation: Conversation) -> Reply:
    """A recorded reply in which loopback origins are the one that the request names, if it names any."""
    named = _LOOPBACK.search(conversation.text)
    return _with_origin(reply, named.group()) if named else reply


def _with_origin(reply: Reply, origin: str) -> Reply:
    calls = tuple(ToolCall(call.name, _LOOPBACK.sub(origin, call.arguments)) for call in reply.tool_calls)
    return replace(reply, text=_LOOPBACK.sub(origin, reply.text), tool_calls=calls)


def question_of(conversation: Conversation) -> str:
    """The last user message in one line: of a long one its beginning and, since many end in the question, its end."""
    text = without_ports(" ".join((conversation.user or conversation.text).split()))
    if len(text) <= _LONGEST_QUESTION:
        return text
    half = (_LONGEST_QUESTION - len(_CUT)) // 2
    return text[:half] + _CUT + text[-half:]


def recording_files(path: Path) -> list[Path]:
    """A file of recordings, or the files `*.jsonl` of a folder in the order of their names.

    Raises:
        RecordingError: if there is neither.
    """
    if path.is_dir():
        return sorted(path.glob("*.jsonl"))
    if not path.is_file():
        raise RecordingError(f"There are no recordings at '{path}': it is neither a file nor a folder.")
    return [path]


def write_recordings(path: Path, recordings: Iterable[Recording]) -> None:
    """Write recordings, sorted by question and key; several answers to one request stay in their order."""
    ordered = sorted(recordings, key=lambda recording: (recording.question, recording.key))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{_line(recording)}\n" for recording in ordered), encoding="utf-8", newline="\n")


def read_recordings(path: Path) -> list[Recording]:
    """Read a file of recordings.

    Raises:
        RecordingError: if the file is missing or a line is invalid.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise RecordingError(f"The recordings '{path}' can't be read: {exc}.") from exc
    recordings = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            recordings.append(_recording(json.loads(line, object_pairs_hook=_without_duplicates)))
        except (ValueError, RecursionError) as exc:
            raise RecordingError(
                f"{path}:{number} is not a recording: {exc}. Correct the line, or record it again."
            ) from exc
    return recordings


def _line(recording: Recording) -> str:
    reply = recording.reply
    value: dict = {"key": recording.key, "question": recording.question, "answer": reply.text}
    if reply.tool_calls:
        value["tool_calls"] = [{"name": call.name, "arguments": call.arguments} for call in reply.tool_calls]
    value["finish_reason"] = reply.finish_reason or ("tool_calls" if reply.tool_calls else "stop")
    if reply.usage:
        value["usage"] = {
            "prompt_tokens": reply.usage.prompt_tokens,
            "completion_tokens": reply.usage.completion_tokens,
        }
    endpoint = {"endpoint": recording.endpoint} if recording.endpoint else {}
    value["source"] = {"by": reply.source, **endpoint, "date": recording.date}
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which only an escape can hold
        text = json.dumps(value)
    return text


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"duplicate key '{next(name for name in names if names.count(name) > 1)}'")
    return value


def _recording(value: object) -> Recording:
    """Raises ValueError with what is wrong."""
    fields = _fields(
        value,
        "the line",
        {"key": str, "question": str, "answer": str, "finish_reason": str, "source": dict},
        {"tool_calls": list, "usage": dict},
    )
    source = _fields(fields["source"], "'source'", {"by": str, "date": str}, {"endpoint": str})
    if not _KEY.fullmatch(fields["key"]):
        raise ValueError("'key' has to be 32 hexadecimal digits")
    if not _DATE.fullmatch(source["date"]):
        raise ValueError("'date' has to be a day such as 2026-07-31")
    if fields["finish_reason"] not in FINISH_REASONS:
        raise ValueError(f"'finish_reason' has to be one of {', '.join(FINISH_REASONS)}")
    calls = [
        _fields(call, "each of 'tool_calls'", {"name": str, "arguments": str}, {})
        for call in fields.get("tool_calls", ())
    ]
    usage = fields.get("usage")
    if usage is not None:
        usage = Usage(**_fields(usage, "'usage'", {"prompt_tokens": int, "completion_tokens": int}, {}))
    reply = Reply(
        fields["answer"], tuple(ToolCall(**call) for call in calls), fields["finish_reason"], usage, source["by"]
    )
    return Recording(fields["key"], fields["question"], reply, source["date"], source.get("endpoint", ""))


def _fields(value: object, what: str, needed: dict[str, type], optional: dict[str, type]) -> dict:
    """An object, checked for the names and types of its members."""
    if not isinstance(value, dict):
        raise ValueError(f"{what} has to be an object")
    for name in needed:
        if name not in value:
            raise ValueError(f"{what} has no '{name}'")
    for name, member in value.items():
        expected = needed.get(name) or optional.get(name)
        if expected is None:
            raise ValueError(f"{what} has the unknown key '{name}'")
        if type(member) is not expected:
            raise ValueError(f"'{name}' has to be of the type {expected.__name__}")
    return value
