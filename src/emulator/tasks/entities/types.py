"""The types of entity that can be found, and the many ways in which a prompt may name them."""

from __future__ import annotations

import re

# The first whose pattern is found in the name decides, so the narrower wording stands before the wider one:
# "company e-mail address" is an e-mail address, "date of birth" a date.
_WORDINGS = (
    ("email", r"e-?\s?mails?"),
    ("url", r"urls?|uris?|links?|hyperlinks?|web\s?-?(?:sites?|pages?|address(?:es)?)|web|domains?"),
    ("phone", r"(?:tele)?phones?|(?:tele)?phone numbers?|tel|fax|mobiles?|cell\s?phones?|contact numbers?"),
    ("percentage", r"percent|percents|percentages?|per cent"),
    ("date", r"dates?|calendar dates?|birthdays?|deadlines?"),
    ("time", r"times?|clock times?|hours?"),
    ("money", r"money|monetary|amounts?|prices?|currency|currencies|costs?|sums?|salar(?:y|ies)|fees?|budgets?"
              r"|revenues?|dollars?|euros?|financial"),
    ("job", r"jobs?|job titles?|titles?|occupations?|professions?|roles?|positions?|jobtitles?|vocations?"),
    ("full name", r"full[ -]?names?|fullnames?|first and last names?|complete names?"),
    ("organisation", r"organi[sz]ations?|orgs?|compan(?:y|ies)|institutions?|business(?:es)?|firms?|corporations?"
                     r"|employers?|agenc(?:y|ies)|brands?|universit(?:y|ies)|enterprises?|institutes?|ngos?"),
    ("country", r"countr(?:y|ies)|nations?"),
    ("city", r"cit(?:y|ies)|towns?|capitals?"),
    ("location", r"locations?|places?|geograph\w+|gpes?|locs?|regions?|states?|streets?|toponyms?"),
    ("nationality", r"nationalit(?:y|ies)|peoples|ethnicit(?:y|ies)|norps?"),
    ("person", r"persons?|people|pers?|humans?|individuals?|names?|surnames?|first names?|men|women|who"),
    ("anything", r"entit(?:y|ies)|everything|anything|any|all|ner"),
    ("phrases", r"things?|words?|important|keywords?|terms?|items?|phrases?|key ?phrases?|nouns?|concepts?|topics?"),
)
_NAMES_OF_THINGS = re.compile(
    r"\b(?:product|brand|book|film|movie|song|animal|pet|drug|medicine|event|law|dish|food|team|file|variable|project"
    r"|plant|ship|planet|disease|chemical|species)s?\b", re.IGNORECASE)
_PATTERNS = tuple((kind, re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)) for kind, pattern in _WORDINGS)


def normalise(name: str) -> str | None:
    """The type that a wording means: "people's full names" is "full name"; None for one that isn't known.

    "anything" stands for named entities in general, "phrases" for wordings as vague as "important things".
    """
    spoken = name.replace("_", " ").replace("’", "'")
    spoken = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", spoken)
    for kind, pattern in _PATTERNS:
        if pattern.search(spoken):
            return None if kind == "person" and _NAMES_OF_THINGS.search(spoken) else kind
    return None
