"""The prompts of a plan-and-execute flow as conversations, and what its plans look like."""

import json
import re
from html import escape
from pathlib import Path

import jinja2

from src.emulator.tasks import answer
from src.emulator.tasks.conversation import Conversation, Message, Reply

PROMPTS = Path("flows/class_plan_and_execute/standard/plan_and_execute/prompts")
TOOLS = {
    "web_tool": (("query",), "searches the web and returns passages of the pages it found"),
    "wikipedia_tool": (("query",), "returns the Wikipedia articles that fit best"),
    "llm_tool": (("request", "context"), "answers a request from a context"),
    "math_tool": (("request",), "calculates what the request says with numbers"),
}
LOOK_UPS = ("web_tool", "wikipedia_tool")
REFERENCE = re.compile(r"#E\d+")
CALCULATE = {"type": "function", "function": {"name": "calculate", "parameters": {
    "type": "object", "properties": {"expression": {"type": "string"}}, "required": ["expression"]}}}


def objects(properties: dict) -> dict:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def plan_schema(tools) -> dict:
    text = {"type": "string"}
    steps = [objects({"id": text, "purpose": text, "tool": {"type": "string", "const": name},
                      "arguments": objects(dict.fromkeys(TOOLS[name][0], text))}) for name in tools]
    return objects({"steps": {"type": "array", "items": {"anyOf": steps}}})


def planning(question: str, most_steps: int = 16, tools=tuple(TOOLS), more: tuple[Message, ...] = ()) -> Conversation:
    listed = [{"name": name, "parameters": ", ".join(TOOLS[name][0]), "description": TOOLS[name][1]} for name in tools]
    system = jinja2.Template((PROMPTS / "plan.jinja2").read_text(encoding="utf-8")).render(
        most_steps=most_steps, tools=listed)
    form = {"type": "json_schema", "json_schema": {"name": "plan", "strict": True, "schema": plan_schema(tools)}}
    return Conversation((Message("system", system), Message("user", f"Question: {question}"), *more),
                        response_format=form)


def plan(question: str, **options) -> list[dict]:
    return json.loads(answer(planning(question, **options)).text)["steps"]


def request(text: str, context: str) -> str:
    system = (PROMPTS / "answer_request.md").read_text(encoding="utf-8")
    user = f"<context>\n{context}\n</context>\n\nRequest: {text}"
    return answer(Conversation((Message("system", system), Message("user", user)))).text


def arithmetic(text: str, more: tuple[Message, ...] = ()) -> Reply:
    system = (PROMPTS / "write_expression.md").read_text(encoding="utf-8")
    return answer(Conversation((Message("system", system), Message("user", f"Request: {text}"), *more),
                               tools=(CALCULATE,)))


def expression_for(text: str) -> str:
    reply = arithmetic(text)
    return json.loads(reply.tool_calls[0].arguments)["expression"] if reply.tool_calls else ""


def solution(question: str, steps: list[dict], results: dict[str, str], failed: dict[str, str] | None = None) -> str:
    """The answer for steps with results by id; `failed` has the reasons of those that failed."""
    failed = failed or {}
    lines = ["<steps>"]
    for step in steps:
        mark = ' failed="yes"' if step["id"] in failed else ""
        lines.append(f'<step id="{step["id"]}" tool="{step["tool"]}" purpose="{escape(step["purpose"])}"{mark}>')
        lines += [failed.get(step["id"]) or results.get(step["id"], "Some text."), "</step>"]
    lines += ["</steps>", "", f"Question: {question}"]
    system = (PROMPTS / "solve.md").read_text(encoding="utf-8")
    return answer(Conversation((Message("system", system), Message("user", "\n".join(lines))))).text


def kind_of_calculation(text: str) -> str:
    kinds = {"percentage": r"as a percentage|% of|percent of", "difference": r"difference between|number of years from",
             "sum": r"^the sum of", "average": r"^the average of", "quotient": "divided by", "product": " times "}
    return next((kind for kind, pattern in kinds.items() if re.search(pattern, text)), "math")


def has_shape(steps: list[dict], look_ups: int, independent: int, calculated: str) -> bool:
    """Whether a plan has so many look-ups, so many of them without a reference, and the calculations."""
    found = [step for step in steps if step["tool"] in LOOK_UPS]
    free = [step for step in found if not REFERENCE.search(str(step["arguments"]))]
    kinds = sorted(kind_of_calculation(step["arguments"]["request"]) for step in steps if step["tool"] == "math_tool")
    wanted = [kind for kind in calculated.split("+") if kind not in ("none", "compare")]
    allowed = [sorted(wanted)] + ([sorted([*wanted, "difference"])] if "compare" in calculated else [])
    fits = len(kinds) == 1 if wanted == ["math"] else kinds in allowed
    return (len(found), len(free)) == (look_ups, independent) and fits


def cases(name: str) -> list[tuple[str, int, int, str]]:
    lines = (Path(__file__).parent / f"plan_cases_{name}.txt").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.split("|")] for line in lines if not line.startswith("#")]
    return [(question, int(look_ups), int(independent), calculated) for question, look_ups, independent,
            calculated in rows]
