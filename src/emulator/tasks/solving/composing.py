"""The answer to a question from the values of what it needs."""

from __future__ import annotations

from src.emulator.tasks.planning.grammar import FUNCTION_WORDS
from src.emulator.tasks.planning.nodes import SLOT, Calculation, Fact
from src.emulator.tasks.planning.reading import Reading
from src.emulator.tasks.solving.comparing import compared, difference
from src.emulator.tasks.solving.prompt import Result
from src.emulator.tasks.solving.results import Missing, Results, Value, is_missing, reason, scaled, shown
from src.emulator.tasks.solving.statements import statement

_LONGEST = 600
_ASKED = ("who", "what", "which", "when", "where", "how", "why", "in ", "on ", "at ", "by ", "from ", "to ", "through ",
          "whether ", "since ", "of which", "for ", "near ")


def compose(reading: Reading, steps: tuple[Result, ...]) -> str:
    """The answer in one or two sentences; what could not be found where that is needed."""
    results = Results(steps, reading.nodes)
    found = [results.value(goal) for goal in reading.goals]
    if not found or any(value is None for value in found):
        return _from_last(steps)
    missing = list(dict.fromkeys(value for value in found if isinstance(value, Missing)))
    if missing:
        return _without(missing, reading, found, results)
    return _composed(reading, found, results) or _from_last(steps)


def _composed(reading: Reading, values: list[Value], results: Results) -> str | None:
    if reading.kind in ("fact", "facts"):
        return " ".join(_stated(goal, value, reading, results)
                        for goal, value in zip(reading.goals, values, strict=True))
    if reading.kind == "compare":
        return compared(reading, values, results)
    if reading.kind == "difference":
        return difference(reading, values, results)
    last = values[-1]
    return None if last.number is None else _calculated(reading, values, last.number, results)


def _stated(goal: str, value: Value, reading: Reading, results: Results) -> str:
    node = reading.nodes.get(goal)
    if isinstance(node, Fact):
        return statement(results.named(node.asked or node.request), value.text)
    return _sentence(value.text)


def _calculated(reading: Reading, values: list[Value], number: float, results: Results) -> str:
    unit = next((value.unit for value in values[:-1] if value.unit), "")
    if reading.kind in ("sum", "average"):
        start = "Together it is" if reading.kind == "sum" else "On average it is"
        parts = ", ".join(value.text.rstrip(".") for value in values[:-1])
        return f"{start} {scaled(number, unit, values[:-1])}: {parts}."
    if reading.kind == "percentage":
        return _percentage(reading, values, number, results)
    if reading.kind == "ratio":
        left, right = (value.text.rstrip(".") for value in values[:2])
        return f"{shown(number)} times: {left} against {right}."
    if reading.kind == "years":
        return _years(reading, number, results)
    if reading.kind == "rate":
        return _rate(reading, number, results)
    return _arithmetic(reading, number, results)


def _percentage(reading: Reading, values: list[Value], number: float, results: Results) -> str:
    names = [results.named(entity) for entity in reading.entities]
    if reading.wording:
        return f"{_upper(names[0])} is {shown(abs(number))}% {reading.wording} than {names[1]}."
    part, whole = values[:2]
    node = reading.nodes.get(reading.goals[1])
    name = results.named(getattr(node, "name", "")).replace("the number of ", "the ", 1)
    return f"{shown(number)}% of {name}, {_amount(part)} of {_amount(whole)}."


def _amount(value: Value) -> str:
    """A value in a sentence: the number of "27 of them women", and "412 pages" as it is."""
    words = value.text.rstrip(".").split(" ")
    return words[0] if words[1:2] and words[1] in FUNCTION_WORDS else " ".join(words)


def _years(reading: Reading, number: float, results: Results) -> str:
    years = "year" if abs(number) == 1 else "years"
    if reading.wording == "age" and reading.entities:
        return f"{_upper(results.named(reading.entities[0]))} was {shown(abs(number))} {years} old."
    node = reading.nodes.get(reading.goals[0])
    if reading.wording == "age":
        return f"{_upper(results.named(getattr(node, 'name', '')))} is {shown(abs(number))} {years}."
    return f"{shown(abs(number))} {years}."


def _rate(reading: Reading, number: float, results: Results) -> str:
    node = reading.nodes.get(reading.goals[0])
    facts = [reading.nodes.get(slot) for slot in SLOT.findall(node.request)]
    above = results.value(SLOT.findall(node.request)[0])
    entity = results.named(facts[0].entity) if isinstance(facts[0], Fact) else ""
    unit = reading.unit
    if unit.startswith("per") and isinstance(above, Value):
        unit = f"{above.unit} {unit}"
    return f"{_upper(entity)} has {shown(number)} {unit}." if entity else f"{shown(number)} {unit}."


def _arithmetic(reading: Reading, number: float, results: Results) -> str:
    operand = results.value(reading.goals[0]) if len(reading.goals) > 1 else None
    unit = operand.unit if isinstance(operand, Value) else ""
    node = reading.nodes.get(reading.goals[-1])
    request = node.request if isinstance(node, Calculation) else ""
    if "km/h" in request or "per hour" in request:
        unit = "hours"
    name = results.named(request)
    return f"{shown(number, unit)}: {name}." if name else f"{shown(number, unit)}."


def _without(missing: list[Missing], reading: Reading, found: list[Value | Missing | None], results: Results) -> str:
    """What could not be found, and then what was."""
    told = _not_found(missing[0])
    known = [_stated(goal, value, reading, results) for goal, value in zip(reading.goals, found, strict=True)
             if isinstance(value, Value) and isinstance(reading.nodes.get(goal), Fact)]
    return f"{told} {known[0]}" if len(known) == 1 and len(missing) == 1 else told


def _not_found(missing: Missing) -> str:
    if missing.name.startswith(("the ", "a ", "an ")):
        return f"{_upper(missing.name)} could not be found: {missing.reason}."
    if not missing.name.startswith(_ASKED):
        return f"What the question asks for could not be found: {missing.reason}."
    return f"It could not be found {missing.name}: {missing.reason}."


def _from_last(steps: tuple[Result, ...]) -> str:
    """The answer of a plan that is not known: what its last step gave, or what failed."""
    useful = [step for step in steps if not is_missing(step)]
    failed = next((step for step in steps if is_missing(step)), None)
    if failed is not None and (not useful or steps[-1] not in useful):
        return f"It could not be found what the question asks for: {reason(failed)}."
    if not useful:
        return "It could not be found what the question asks for: no step was carried out."
    return _sentence(useful[-1].text)


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    text = text if len(text) <= _LONGEST else text[:_LONGEST].rsplit(" ", 1)[0] + " …"
    return _upper(text if text.endswith((".", "!", "?", "…")) else text + ".")


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
