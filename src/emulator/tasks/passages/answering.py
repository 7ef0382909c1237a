"""From a question and passages to an answer in the passages' words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from src.emulator.tasks.judges.claims import claims, support, whole
from src.emulator.tasks.passages.choice import best
from src.emulator.tasks.passages.kinds import fitness
from src.emulator.tasks.passages.question import Question, parts, read
from src.emulator.tasks.passages.rows import row_text
from src.emulator.tasks.passages.units import Passage, Unit, units

_OPENING = re.compile(
    r"^(?:However|Moreover|Furthermore|Therefore|Thus|In addition|Additionally|Nevertheless|For example|Also|But|And)"
    r",?\s+(?=[\w\"“])")
_END = re.compile(r"[.;:,]*$")
_LONGEST = 400
_TELLS_BOTH = 0.8
_FOR_NOTHING = re.compile(r"\bfor nothing\b|\b(?:at no|without) (?:extra )?charge\b", re.IGNORECASE)
_NEGATIVE = re.compile(r"\b(?:regardless of|except|instead of|forbidden|prohibited)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Statement:
    """A statement of an answer and the page that it rests on, where that is known."""

    text: str
    page: int | None


@dataclass(frozen=True)
class Answer:
    """An answer: one to three statements in the words of the passages, after a yes or no where one is due."""

    statements: tuple[Statement, ...]

    @property
    def text(self) -> str:
        """The statements, each with its page in brackets before the final full stop."""
        return " ".join(_cited(statement) for statement in self.statements)


def answer_from(question: str, passages: Sequence[Passage]) -> Answer | None:
    """Answer a question from passages of text.

    Args:
        question: one question, as it is asked.
        passages: what may be quoted, in any order.

    Returns:
        The sentence or the row that answers the question; None where no passage tells.
    """
    candidates = units(passages)
    first, second = parts(question)
    statements, told = [], None
    for part in (first, second):
        asked = read(part)
        if told is not None and fitness(asked, told) >= _TELLS_BOTH:
            continue
        chosen = best(asked, candidates) if part else None
        if chosen is not None and chosen.unit is not told:
            told = chosen.unit
            statements.append(_statement(asked, told))
    return Answer(tuple(statements)) if statements else None


def _statement(asked: Question, unit: Unit) -> Statement:
    text = _wording(unit, asked)
    if asked.kind == "yes/no":
        text = f"{'No' if _denies(asked.text, unit) else 'Yes'}, {_uncapitalised(text)}"
    return Statement(text, unit.page)


def _wording(unit: Unit, asked: Question) -> str:
    if unit.kind == "row":
        return row_text(unit, asked)
    text = unit.text
    cut = _OPENING.sub("", text)
    if cut and cut != text:
        text = cut[0].upper() + cut[1:]
    return text if len(text) <= _LONGEST else _cut(text, asked.terms)


def _cut(text: str, wanted: dict[str, float]) -> str:
    """The clauses of a very long sentence that hold most of what is wanted."""
    clauses = re.split(r"(?<=[;:])\s+", text)
    weights = [sum(weight for word, weight in wanted.items() if word in whole(clause).concepts) for clause in clauses]
    clause = clauses[weights.index(max(weights))]
    return clause if len(clause) <= 2 * _LONGEST else clause[:_LONGEST].rsplit(" ", 1)[0] + " …"


def _denies(question: str, unit: Unit) -> bool:
    """Whether a sentence says the contrary of what a question supposes."""
    asked = whole(question)
    text = _FOR_NOTHING.sub("free", unit.text)
    told = max(claims(text), default=whole(text),
               key=lambda clause: support(asked, clause.known | clause.denied))
    opposed = any(word in told.denied and word not in told.known for word in asked.known)
    negative = not opposed and bool(_NEGATIVE.search(unit.text)) and not _NEGATIVE.search(question)
    negated = told.negated != negative if not asked.negated else not told.negated
    return negated != opposed


def _uncapitalised(text: str) -> str:
    """A sentence as it goes on after "Yes,": with a small letter where the first word is an ordinary one."""
    first = text.split(" ", 1)[0]
    return text[0].lower() + text[1:] if first in _ORDINARY else text


_ORDINARY = frozenset(
    "The A An It They He She We You This That These Those There In On At All Every Each No Not If When For From Only "
    "Children Visitors Members Most Some Any Its Their His Her Our Your With Without To As Once Both After Before "
    "During Anyone Everyone Nobody".split())


def _cited(statement: Statement) -> str:
    text = statement.text.strip()
    mark = "" if statement.page is None else f" [p. {statement.page}]"
    if text.endswith(("!", "?", "…", '."', ".”", ".)")):
        return text + mark
    return f"{_END.sub('', text)}{mark}."
