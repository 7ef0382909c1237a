"""Answers to the prompts of the flows and judges, for tests that are not about what a model says.

They are right in form and plain in content: entities are the words with a capital letter, an answer about a document is
the first sentence of its first passage, every plan looks up the question, and judges give five stars.
"""

from __future__ import annotations

import json
import re

from src.emulator.conversation import Conversation, Reply, ToolCall

CAPITALISED = re.compile(r"\b[A-Z][\w-]+")
SENTENCE = re.compile(r".+?[.!?](?=\s|$)|.+", re.DOTALL)
PASSAGE = re.compile(r'<passage page="(\d+)">\n(.*?)\n</passage>', re.DOTALL)
QUOTATION = re.compile(r"<(context|step)\b[^>]*>\n(.*?)\n</\1>", re.DOTALL)
EXPRESSION = re.compile(r"\d[\d.,]*(?:\s*[-+*/^]\s*\d[\d.,]*)*")


def answer(conversation: Conversation) -> str | Reply:
    """Answer a request, by what its prompt begins with."""
    for start, reply in ANSWERS.items():
        if conversation.text.lstrip().startswith(start):
            return reply(conversation)
    return "This prompt is none of the repository's."


def entities(conversation: Conversation) -> str:
    """The words of the text that begin with a capital letter: as JSON if a schema is asked for, else as a list."""
    text = conversation.user.split("Text:", 1)[1].rsplit("Entities:", 1)[0]
    found = list(dict.fromkeys(CAPITALISED.findall(text)))
    if conversation.response_format:
        return json.dumps({"entities": found})
    return ", ".join(f'"{entity}"' for entity in found) or "None"


def standalone_question(conversation: Conversation) -> str:
    """The question as it is."""
    return conversation.user.rsplit("Question:", 1)[1].rsplit("Standalone question:", 1)[0].strip()


def answer_about_document(conversation: Conversation) -> str:
    """The first sentence of the first passage, with its page."""
    passage = PASSAGE.search(conversation.user)
    if passage is None:
        return "The document does not tell."
    return f"{first_sentence(passage[2])} [p. {passage[1]}]"


def plan(conversation: Conversation) -> str:
    """A plan that looks the question up in the encyclopedia and takes the answer out of what it found."""
    question = conversation.user.removeprefix("Question:").strip()
    return json.dumps(
        {
            "steps": [
                {
                    "id": "#E1",
                    "purpose": "look the question up",
                    "tool": "wikipedia_tool",
                    "arguments": {"query": question},
                },
                {
                    "id": "#E2",
                    "purpose": "take the answer out",
                    "tool": "llm_tool",
                    "arguments": {"request": question, "context": "#E1"},
                },
            ]
        }
    )


def answer_from_quotation(conversation: Conversation) -> str:
    """The first sentence of the context, or of the last step's result."""
    quotations = QUOTATION.findall(conversation.user)
    return first_sentence(quotations[-1][1]) if quotations else "The context does not tell."


def expression(conversation: Conversation) -> Reply:
    """A call of the tool with the first expression of numbers and operators in the request."""
    found = EXPRESSION.search(conversation.user)
    return Reply("", (ToolCall("calculate", json.dumps({"expression": found.group() if found else "0"})),))


def verdict(conversation: Conversation) -> str:
    """Five stars, in the form of azure-ai-evaluation's judges."""
    return json.dumps({"reason": "It is as good as can be.", "score": 5, "status": "completed"})


def first_sentence(text: str) -> str:
    """The first sentence of a text, on one line."""
    found = SENTENCE.match(" ".join(text.split()))
    return found.group() if found else "Nothing."


ANSWERS = {
    "You extract entities": entities,
    "Rewrite the last question": standalone_question,
    "You answer questions about a document": answer_about_document,
    "You plan how": plan,
    "You take what": answer_from_quotation,
    "Write the arithmetic": expression,
    "You answer a question from the results": answer_from_quotation,
    "# Instruction": verdict,
    "You are a Relevance-Judge": verdict,
    "You are an AI assistant. You will be given the definition of an evaluation metric": verdict,
}
