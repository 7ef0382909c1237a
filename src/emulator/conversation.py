"""A chat request as answerers get it, and the reply that they return.

An answerer sees a request for a chat completion as a `Conversation`, whatever the wire format, and returns a `Reply`.
Everything that is about the protocol (streaming, truncation, identifiers) happens elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class ToolCall:
    """The model's request to call a tool: the function's name and its arguments as JSON text."""

    name: str
    arguments: str


@dataclass(frozen=True)
class Message:
    """One message: who speaks and the text, with several text parts joined by a newline.

    Attributes:
        role: "system", "developer", "user", "assistant", "tool", or "function".
        text: what it says; empty where an assistant's message only calls tools.
        tool_calls: the tools that an assistant's message calls.
        name: the speaker's name, where the request gives one.
    """

    role: str
    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Conversation:
    """The parts of a chat request that its answer depends on.

    Attributes:
        messages: the conversation so far, oldest first; at least one.
        tools: the function tools on offer, each as the service's `{"type": "function", "function": {...}}`.
        response_format: None for text, `{"type": "json_object"}`, or `{"type": "json_schema", "json_schema": {...}}`.
        tool_choice: "none", "auto", "required", or the name of the function that has to be called as
            `{"type": "function", "function": {"name": ...}}`. None leaves it to the default.
        model: the deployment that was asked.
        family: its model's family, "chat" or "reasoning".
        body: the request's JSON as it came, with what the other attributes leave out.
    """

    messages: tuple[Message, ...]
    tools: tuple = ()
    response_format: dict | None = None
    tool_choice: str | dict | None = None
    model: str = ""
    family: str = "chat"
    body: dict = field(default_factory=dict, compare=False, repr=False)

    @property
    def system(self) -> str:
        """All texts of system and developer messages, joined by newlines."""
        return "\n".join(message.text for message in self.messages if message.role in ("system", "developer"))

    @property
    def user(self) -> str:
        """The last user message's text; empty where there is no user message."""
        return next((message.text for message in reversed(self.messages) if message.role == "user"), "")

    @property
    def text(self) -> str:
        """All texts, joined by newlines."""
        return "\n".join(message.text for message in self.messages)


@dataclass(frozen=True)
class Usage:
    """Tokens of a prompt and of its answer, including reasoning."""

    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True)
class Reply:
    """An answer.

    Attributes:
        text: what it says; empty where it only calls tools.
        tool_calls: the tools that it calls.
        finish_reason: why it ended: "stop", "length", "tool_calls" or "content_filter"; None lets the emulator decide.
        usage: the tokens used; None lets the emulator count them.
        source: where it comes from, such as "hand" or a model's name.
    """

    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    finish_reason: str | None = None
    usage: Usage | None = None
    source: str = ""
