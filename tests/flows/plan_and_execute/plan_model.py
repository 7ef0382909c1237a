"""What a scripted model says to the agents of plan and execute, and how to tell them apart."""

from __future__ import annotations

import json
from collections.abc import Callable

from model_server import Answer, completion

ROLES = {
    "You plan how": "planner",
    "You take what": "reader",
    "Write the arithmetic": "writer",
    "You answer a": "solver",
}


def step(identifier: str, tool: str, **arguments: str) -> dict:
    """A step of a plan, as the planner writes it."""
    return {"id": identifier, "purpose": f"purpose of {identifier}", "tool": tool, "arguments": arguments}


def plan_text(*steps: dict) -> str:
    return json.dumps({"steps": steps})


def tool_call(*arguments: str, name: str = "calculate") -> Answer:
    """A completion that calls a function once for each of the arguments."""
    body = completion(None)
    body["choices"][0]["finish_reason"] = "tool_calls"
    body["choices"][0]["message"]["tool_calls"] = [
        {"id": f"call_{place}", "type": "function", "function": {"name": name, "arguments": each}}
        for place, each in enumerate(arguments)
    ]
    return Answer(body)


def role_of(chat: dict) -> str:
    """Which agent asks."""
    return next(role for start, role in ROLES.items() if chat["messages"][0]["content"].startswith(start))


def said(chat: dict) -> str:
    """The last text that the model was told."""
    return chat["messages"][-1]["content"]


def script(**answers: object) -> Callable[[dict], object]:
    """A model that answers each agent with a text, an `Answer`, or what a function of the request returns."""

    def answer(chat: dict) -> object:
        found = answers[role_of(chat)]
        return found(chat) if callable(found) else found

    return answer


def asked(server, role: str) -> list[dict]:
    """The requests of an agent."""
    return [chat for chat in server.chats if role_of(chat) == role]
