"""Does an answer give what the question asks for, as the context has it?"""

from __future__ import annotations

import re
from itertools import pairwise

from src.emulator.tasks.judges.claims import Claim, begins_with, claims, support, tokens, whole
from src.emulator.tasks.judges.contradiction import contradicts
from src.emulator.tasks.judges.lexicon import concept
from src.emulator.tasks.judges.refusals import tells_nothing
from src.emulator.text import sentences

_NO_ANSWER = re.compile(
    r"\b(?:i(?:'m| am)? (?:do not|don't|cannot|can't|could not|couldn't|not able to|unable to|not sure)"
    r"|(?:no|not enough|insufficient) information|as an ai|i have no (?:idea|information)"
    r"|i'm (?:sorry|afraid|unable))\b", re.IGNORECASE)
_QUESTION_WORD = re.compile(
    r"\b(who|whose|whom|when|where|why|which|what|how (?:many|much|long|old|far|tall|high|often|big|fast|wide|deep)"
    r"|how)\b", re.IGNORECASE)
_ONE_FACT = ("who", "whose", "whom", "when", "where")
_TIME_UNITS = frozenset(
    "second minute hour day week month year decade century noon midnight today tomorrow yesterday monday tuesday "
    "wednesday thursday friday saturday sunday january february march april may june july august september october "
    "november december morning evening afternoon night spring summer autumn winter am pm o'clock weekend".split())
_UNITS = {
    "when": _TIME_UNITS, "how old": _TIME_UNITS, "how often": _TIME_UNITS | {"daily", "weekly", "monthly", "yearly"},
    "how long": _TIME_UNITS | {"metre", "meter", "kilometre", "kilometer", "mile", "feet"},
}
_REASON = re.compile(r"\b(?:because|since|due to|owing to|so that|as a result|in order to|caused by)\b", re.IGNORECASE)
_PLACE_PREPOSITIONS = frozenset("in at on near from under behind opposite to".split())
_ANAPHORS = frozenset("it its he his she her they their this these".split())
_WELL_FITTING = 0.8
_FACTOR_OF_CONTRADICTION = 0.3
_SHARE_WITHOUT_CONTEXT = 0.4
_LEAST_ABOUT = 0.5
_SCORE_OF_TRUE_REFUSAL = 0.75


def score(question: str, answer: str, context: str) -> float:
    """How far an answer meets a question, from 0 to 1.

    The sum of 0.3 for an answer of the asked kind (a name for who, a number for how many), 0.35 for the share of what
    the best sentences of the context add to the question, 0.2 for the question's own words or, half of it, nothing but
    wanted ones, and 0.15 for saying nothing beside the point. Of this, two fifths where nothing of what the answer adds
    is in the context, and a third where it contradicts the context or is about the opposite of what is asked; nothing
    where it says that there is no answer, unless no sentence of the context has half of the question's words.
    """
    if tells_nothing(answer) and not _is_about(question, context):
        return _SCORE_OF_TRUE_REFUSAL
    if _NO_ANSWER.search(answer.replace("’", "'")):
        return 0.0
    asked, given = whole(question), whole(answer)
    new = {word: weight for word, weight in given.content.items() if word not in asked.concepts}
    if not new and not begins_with(answer):
        return 0.1
    wanted = _wanted(question, asked, context)
    coverage = _coverage(question, given, wanted)
    echo = support(asked, given.known)
    implied = (echo + support(given, wanted, new)) / 2 if new and coverage else echo
    to_the_point = support(given, {*wanted, *asked.concepts})
    kind = _kind(question, answer, given, asked, max(echo, coverage)) * max(coverage, echo) ** 0.5
    fit = 0.3 * kind + 0.35 * coverage + 0.2 * max(echo, implied) + 0.15 * to_the_point
    known = support(given, whole(context).known, new)
    contradicted = any(contradicts(claim, claims(context)) for claim in claims(answer)) or (
        bool(_question_word(question)) and bool(given.denied & asked.known - given.known))
    return fit * (_SHARE_WITHOUT_CONTEXT + (1 - _SHARE_WITHOUT_CONTEXT) * known) * (
        _FACTOR_OF_CONTRADICTION if contradicted else 1)


def _is_about(question: str, context: str) -> bool:
    """Whether a sentence of the context has as much as half of the question's words."""
    asked = whole(question)
    return any(support(asked, whole(text).known) >= _LEAST_ABOUT for text in sentences(context))


def _wanted(question: str, asked: Claim, context: str) -> dict[str, float]:
    """What the sentences of the context that fit the question the best say beside it, with weights.

    A sentence that goes on about the same ("It …") fits almost as well as the one before, and its words count less.
    Where a name or a number is asked for, only these are wanted, and of a reason what follows "because" and the like.
    """
    texts = sentences(context)
    fits: list[float] = []
    for text in texts:
        fit = support(asked, whole(text).known)
        goes_on = bool(fits) and tokens(text)[:1] != [] and tokens(text)[0].lower() in _ANAPHORS
        fits.append(max(fit, _WELL_FITTING * fits[-1]) if goes_on else fit)
    wanted: dict[str, float] = {}
    best = max(fits, default=0.0) or 1.0
    for text, fit in zip(texts, fits, strict=True):
        if fit >= _WELL_FITTING * best:
            reason = _REASON.search(text) if _question_word(question) == "why" else None
            claim = whole(text[reason.end():] if reason else text)
            wanted.update((word, weight * (fit / best) ** 4) for word, weight in claim.content.items()
                          if word not in asked.concepts)
    return _of_asked_kind(question, wanted, whole(context))


def _of_asked_kind(question: str, wanted: dict[str, float], known: Claim) -> dict[str, float]:
    """The names or numbers of what is wanted, where such are asked for and are there; else all of it."""
    word = _question_word(question)
    kind: frozenset[str] | set[str] = set()
    if word in ("who", "whose", "whom", "where", "which"):
        kind = set(known.names)
    elif word == "when" or word.startswith("how "):
        kind = known.numbers | {concept(unit) for unit in _TIME_UNITS}
    return {name: weight for name, weight in wanted.items() if name in kind} or wanted


def _coverage(question: str, given: Claim, wanted: dict[str, float]) -> float:
    """The share of what is wanted that is given; where one fact is asked for, half of it is enough."""
    if not wanted:
        return 0.0
    share = support(given, given.known, wanted)
    one_fact = _question_word(question) in _ONE_FACT or _question_word(question).startswith("how ")
    return min(1.0, 2 * share) if one_fact else share


def _question_word(question: str) -> str:
    match = _QUESTION_WORD.search(question)
    return match.group(1).lower() if match else ""


def _kind(question: str, answer: str, given: Claim, asked: Claim, echo: float) -> float:
    """How far an answer has the form that the question word asks for, from 0 to 1; the echo where none does."""
    word = _question_word(question)
    if word in ("who", "whose", "whom"):
        return float(bool(_names(answer, given, asked, after_place=False)))
    if word == "where":
        return 1.0 if _names(answer, given, asked, after_place=True) else 0.5 * _has_place(given)
    number = bool(given.numbers - asked.numbers)
    if word in _UNITS:
        units = {token.lower().rstrip("s") for token in tokens(answer)} & _UNITS[word]
        return float(bool(units) or word == "when" and any(len(year) > 2 for year in given.numbers - asked.numbers))
    if word.startswith("how "):
        return float(number)
    if word == "why" and _REASON.search(answer) or not word and begins_with(answer):
        return 1.0
    return echo


def _has_place(given: Claim) -> bool:
    """Whether an answer has a preposition of places that is not before a number, which makes it a time."""
    return any(word in _PLACE_PREPOSITIONS and not after[0].isdigit() for word, after in pairwise(given.concepts))


def _names(answer: str, given: Claim, asked: Claim, *, after_place: bool) -> list[str]:
    """The names that an answer adds to the question; those after "in" and the like only where places are asked for."""
    words = tokens(answer)
    places = {word.lower() for before, word in zip(words, words[1:], strict=False)
              if before.lower() in _PLACE_PREPOSITIONS}
    return [name for name in given.names if name not in asked.concepts and (after_place or name not in places)]
