"""What the models of the service's tests answer."""

import json
import re

from answers import answer as plain_answer
from model_server import listed

ENTITY = re.compile(
    r"software engineer|chief executive|chief financial officer|data engineer|mayor|engineer|nurse|judge"
    r"|\+351 21 555 0172|\(212\) 555-0147|Amara Okonkwo|Luis García Ortega"
)
PRICES = {"adult": "A public night costs 12 euros for an adult [p. 3].", "child": "It costs 5.50 euros [p. 3]."}
STATIONS = {"Lumeth Metro": "83", "Halsen Coast Line": "14"}
PLAN = {
    "steps": [
        *(
            step
            for number, line in enumerate(STATIONS)
            for step in (
                {
                    "id": f"#E{2 * number + 1}",
                    "purpose": "look it up",
                    "tool": "wikipedia_tool",
                    "arguments": {"query": line},
                },
                {
                    "id": f"#E{2 * number + 2}",
                    "purpose": "count its stations",
                    "tool": "llm_tool",
                    "arguments": {
                        "request": f"How many stations does the {line} have?",
                        "context": f"#E{2 * number + 1}",
                    },
                },
            )
        ),
        {"id": "#E5", "purpose": "subtract", "tool": "math_tool", "arguments": {"request": "#E2 - #E4"}},
    ]
}


def answer(conversation):
    """Entities of a list, prices of a public night, a plan about stations, and else what tests/answers.py says."""
    for start, reply in ANSWERS.items():
        if conversation.text.startswith(start):
            return reply(conversation) or plain_answer(conversation)
    return plain_answer(conversation)


def entities(conversation):
    """The known entities of the text, in the requested form."""
    text = conversation.user.split("Text:", 1)[1]
    given = {"response_format": conversation.response_format} if conversation.response_format else {}
    return listed(given, *dict.fromkeys(ENTITY.findall(text)))


def price(conversation):
    """The price that the question is about."""
    question = conversation.user.rsplit("Question:", 1)[-1]
    return next((PRICES[about] for about in PRICES if about in question), None)


def plan(conversation):
    """A plan about stations, or one with a single calculation."""
    if "stations" in conversation.user:
        return json.dumps(PLAN)
    return json.dumps(
        {"steps": [{"id": "#E1", "purpose": "calculate", "tool": "math_tool", "arguments": {"request": "17 * 23"}}]}
    )


def stations(conversation):
    """How many stations the line has that the request is about."""
    return next((STATIONS[line] for line in STATIONS if f"does the {line} have" in conversation.user), None)


def solution(conversation):
    """What the plan's last step comes to."""
    return "It has 69 more." if "stations" in conversation.user else "It is 391."


ANSWERS = {
    "You extract entities": entities,
    "You answer questions about a document": price,
    "You plan how": plan,
    "You take what": stations,
    "You answer a question from the results": solution,
}
