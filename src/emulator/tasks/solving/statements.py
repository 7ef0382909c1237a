"""A value as a sentence, in the words of the question."""

from __future__ import annotations

import re

from src.emulator.tasks.judges.lexicon import third_person
from src.emulator.tasks.planning.grammar import AUXILIARIES, PREPOSITIONS, is_verb, past_form
from src.emulator.tasks.planning.phrases import is_name, joined, leaf_end, tokens

_IS = re.compile(r"^(?:what|who) (is|was|are|were) (?P<thing>.+)$", re.IGNORECASE)
_WHERE = re.compile(r"^(?P<asked>(?:in|on|at|to|from|through|near|by|for|of|since)? ?(?:which|what|whom)(?: "
                    r"[a-z]+){0,2}|when|where|how many [a-z ]+?"
                    r"|how [a-z]+|how much) (?P<aux>is|was|are|were|does|did|do|has|have|had) (?P<rest>.+)$",
                    re.IGNORECASE)
_SUBJECT = re.compile(r"^(?P<asked>who|(?:which|what) [a-z]+|how many [a-z]+(?: [a-z]+)?) (?P<rest>[a-z]+ .+)$",
                      re.IGNORECASE)
_SENTENCE = re.compile(r"^\S+(?: \S+){4,}[.!?]$")
_MEASURED = frozenset("long high tall deep wide thick old broad".split())
_VERBS = {"heavy": "weighs", "large": "measures", "big": "measures", "fast": "reaches", "far": "is"}


def statement(request: str, value: str) -> str:
    """A sentence with the value of a question; a value that is a sentence stays as it is."""
    value = value.strip()
    if _SENTENCE.match(value) and not value[0].isdigit():
        return value
    value = value.rstrip(".")
    request = request.strip().rstrip("?")
    found = _IS.match(request)
    if found:
        return _end(f"{_upper(found['thing'])} {found[1].lower()} {value}")
    found = _WHERE.match(request)
    text = _inverted(found, value) if found else ""
    if text:
        return _end(text)
    found = _SUBJECT.match(request)
    if found:
        asked, rest = _with_its_verb(found["asked"], found["rest"])
        noun = asked.split(" ", 2)[-1] if asked.lower().startswith("how many") else ""
        missing = noun and noun.lower() not in value.lower() and _is_number(value)
        return _end(f"{_upper(value)}{' ' + noun if missing else ''} {rest}")
    return _end(_upper(value))


def _with_its_verb(asked: str, rest: str) -> tuple[str, str]:
    """What is counted, and what is said of it: "how many copies | of A were sold", "how many people | work there"."""
    words = asked.split(" ")
    if len(words) == 4 and (words[-1] in PREPOSITIONS or is_verb(words[-1])):
        return " ".join(words[:-1]), f"{words[-1]} {rest}"
    return asked, rest


def _is_number(value: str) -> bool:
    return value.replace(",", "").replace(".", "").isdigit()


def _inverted(found: re.Match, value: str) -> str:
    """As in "How long is X" as "X is … long", "In which year was X founded" as "X was founded in …"."""
    asked, auxiliary = found["asked"].lower().strip(), found["aux"].lower()
    words = tokens(found["rest"])
    end = leaf_end(words, 0, may_be_bare=True)
    if not end:
        return ""
    if auxiliary in ("does", "did", "do") and end > 1 and not is_name(words[end - 1]) and not (
            end < len(words) and is_verb(words[end])):
        end -= 1
    if auxiliary in ("does", "did", "do"):
        while end + 1 < len(words) and words[end] in ("at", "in", "on", "of") and is_name(words[end + 1]):
            end = leaf_end(words, end + 1)
    subject, rest = _upper(joined(words[:end])), words[end:]
    if auxiliary in ("does", "did", "do"):
        verb = rest[0] if rest else "do"
        rest = [past_form(verb) if auxiliary == "did" else third_person(verb) if auxiliary == "does" else verb,
                *rest[1:]]
    else:
        rest = [auxiliary, *rest]
    if asked.startswith("how many") or asked == "how much":
        noun = asked.removeprefix("how many").removeprefix("how much").strip()
        value = f"{value} {noun}" if noun and _is_number(value) else value
        if rest[-1] in PREPOSITIONS:
            return joined([subject, *rest, value])
        return joined([subject, rest[0], value, *rest[1:]])
    if asked.startswith("how "):
        return _measured(subject, rest, asked.split(" ")[1], value)
    if asked.startswith(("which", "what")) and auxiliary in AUXILIARIES:
        return joined([subject, *rest, value])
    return joined([subject, *rest, _preposition(asked, value), value]).replace("  ", " ")


def _measured(subject: str, rest: list[str], adjective: str, value: str) -> str:
    if adjective in _MEASURED and any(character.isalpha() for character in value) and adjective not in value:
        return joined([subject, rest[0], value, adjective, *rest[1:]])
    verb = _VERBS.get(adjective) if len(rest) == 1 else None
    return joined([subject, verb or rest[0], value, *rest[1:]])


def _preposition(asked: str, value: str) -> str:
    first = asked.split(" ")[0]
    if first in ("on", "at", "to", "from", "through", "near", "by", "for", "of", "since"):
        return first
    if value.split(" ")[0].lower() in ("in", "on", "at", "near", "by", "before", "after", "since"):
        return ""
    dated = re.match(r"\d{1,2} [A-Z]|[A-Z][a-z]+ \d{1,2},", value)
    return "on" if asked in ("when",) and dated else "in"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _end(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else text + "."
