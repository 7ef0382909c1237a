"""Answers of chat models: complete, or an error."""

from __future__ import annotations

from typing import Any

# Why an answer may end before it is complete; `max_output_tokens` is what config.yaml calls the limit.
REASONS = {
    "length": "the model's answer is cut off: raise max_output_tokens, which hidden reasoning counts against too",
    "content_filter": "the service's content filter blocked the model's answer",
}


class IncompleteAnswer(ValueError):
    """An incomplete answer; the text says why."""


def whole_answer(completion: Any) -> str:
    """Return the text of a chat completion, without the white space around it.

    Raises:
        IncompleteAnswer: it is empty, refused, cut off or filtered.
    """
    choice = completion.choices[0]
    if refusal := getattr(choice.message, "refusal", None):
        raise IncompleteAnswer(f"the model refuses to answer: {refusal}")
    check_complete(choice.finish_reason, choice.message.content)
    return choice.message.content.strip()


def check_complete(finish_reason: str | None, text: str | None) -> None:
    """Check that an answer is complete.

    Raises:
        IncompleteAnswer: it is empty, cut off or filtered.
    """
    if finish_reason in REASONS:
        raise IncompleteAnswer(REASONS[finish_reason])
    if not (text or "").strip():
        raise IncompleteAnswer("the model's answer is empty")
