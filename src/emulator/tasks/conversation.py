"""What a task module reads and what it gives back.

A task sees a request for a chat completion as a `Conversation`, whatever the wire format, and answers with a `Reply`.
Everything that is about the protocol (tokens, streaming, truncation, identifiers) happens elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ToolCall:
    """The model's wish to have a tool called: the function's name and its arguments as JSON text."""

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
    """A request for a chat completion, as far as the words matter.

    Attributes:
        messages: the conversation so far, oldest first; at least one.
        tools: the function tools on offer, each as the service's `{"type": "function", "function": {...}}`.
        response_format: None for text, `{"type": "json_object"}`, or `{"type": "json_schema", "json_schema": {...}}`.
        tool_choice: "none", "auto", "required", or the name of the function that has to be called as
            `{"type": "function", "function": {"name": ...}}`. None leaves it to the default.
        model: the deployment that was asked.
    """

    messages: tuple[Message, ...]
    tools: tuple = ()
    response_format: dict | None = None
    tool_choice: str | dict | None = None
    model: str = ""

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
class Reply:
    """A task's answer: text, or calls of tools with an empty text."""

    text: str
    tool_calls: tuple[ToolCall, ...] = ()
