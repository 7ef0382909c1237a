"""The form that a prompt wants the answer in: separator, quotes, JSON, how many, what if nothing is there."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

_NUMBERS = {word: number for number, word in enumerate(
    ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), start=1)}
_COUNT = r"(\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten)"
_AT_MOST = re.compile(
    rf"\b(?:at most|up to|no more than|not more than|maximum(?: of)?|max(?:\.| of)?|limit(?:ed)? to|only the first"
    rf"|(?:just )?the first)"
    rf" {_COUNT}\b", re.IGNORECASE)
_ONLY_FIRST = re.compile(
    r"\b(?:only|just) the first\b(?! letter)|\bthe first (?:one|entity|match) only\b|\bonly one (?:entity|answer)\b"
    r"|\bfirst (?:entity|match|one) (?:only|alone)\b", re.IGNORECASE)
_SEPARATORS = (
    ("; ", re.compile(r"\bsemi-?colons?\b", re.IGNORECASE)),
    ("\n- ", re.compile(r"\bbullet(?:ed|s| points?| list)?\b|\bwith dashes\b", re.IGNORECASE)),
    ("\n1", re.compile(r"\bnumbered list\b", re.IGNORECASE)),
    ("\n", re.compile(
        r"\b(?:one|an? entity|each|every\w*|an?)\b[^.\n]{0,25}\b(?:per|on|in)\b[^.\n]{0,15}\blines?\b"
        r"|\bnew-?\s?lines?\b"
        r"|\bline by line\b|\bseparate lines?\b|\bone per line\b|\bline breaks?\b", re.IGNORECASE)),
    (" | ", re.compile(r"\bpipes?\b|\bvertical bars?\b", re.IGNORECASE)),
    ("\t", re.compile(r"\btabs?\b|\btab-separated\b", re.IGNORECASE)),
    (", ", re.compile(r"\bcommas?\b|\bcsv\b|\bentity1, ?entity2", re.IGNORECASE)),
)
_ALONE = re.compile(
    r"\b(?:nothing else|only (?:the |return|answer|output|give|list|write)|no (?:explanation|other words|extra"
    r"|additional)"
    r"|alone|without (?:any )?(?:explanation|comment)|(?:return|answer with|output) only|just the)\b", re.IGNORECASE)
_QUOTES = re.compile(
    r"\b(?:in|with|by|within|inside|into|using)\s+(?:double |single |straight )?(?:quotes|quotation marks"
    r"|double-quotes)\b"
    r"|\b(?:double|single)[ -]?quot\w+|\bquote (?:each|every|the)\b|\bquoted\b", re.IGNORECASE)
_SINGLE_QUOTES = re.compile(r"\bsingle[ -]?quot", re.IGNORECASE)
_UPPER = re.compile(r"\bupper[ -]?case\b|\bcapital letters\b|\ball caps\b|\bcapitali[sz]ed letters\b", re.IGNORECASE)
_LOWER = re.compile(r"\blower[ -]?case\b|\bsmall letters\b", re.IGNORECASE)
_SORTED = re.compile(r"\balphabetical(?:ly)?\b", re.IGNORECASE)
_JSON = re.compile(r"\bjson\b", re.IGNORECASE)
_JSON_OBJECT = re.compile(r"\bjson object\b|\bobject with\b", re.IGNORECASE)
_KEY = re.compile(
    r"\b(?:key|field|property|attribute)\s+(?:named |called |of |is )?[\"'`“]?(\w+)[\"'`”]?", re.IGNORECASE)
_KEY_BEFORE = re.compile(r"[\"'`“](\w+)[\"'`”] (?:key|field|property|attribute)", re.IGNORECASE)
_KEY_EXAMPLE = re.compile(r"\{\s*\"(\w+)\"\s*:\s*\[")

_NOTHING_FOUND = (
    r"(?:\b(?:if|when|where|in case|should)\b[^.\n]{0,80}?(?:\bno\b|\bnone\b|\bnothing\b|\bnot\b|n't\b|\bwithout\b"
    r"|\blacks?\b"
    r"|\bnobody\b|\bempty\b|\bno such\b|\bzero\b|\bcannot\b)[^.\n]{0,60}?|\botherwise\b,?\s*)")
_ANSWER = (r"\b(?:return|answer|reply|respond|say|write|output|print|give|put|use|produce|state|emit)\b"
           r"\s*(?:(?:with|just|only|exactly|simply|the|word|string|text|back|a|an|single|literal|by"
           r"|saying)\s+){0,4}[:]?\s*")
_WORD = (r"(?:[\"“'‘`](?P<quoted>[^\"”'’`\n]{0,60})[\"”'’`]"
         r"|(?P<word>(?!if\b|when\b|the\b|all\b|it\b)[A-Za-z/\[\]-]{1,20}))")
_NONE_AFTER = re.compile(_NOTHING_FOUND + _ANSWER + _WORD, re.IGNORECASE)
_NONE_BEFORE = re.compile(_ANSWER + _WORD + r",?\s*" + _NOTHING_FOUND, re.IGNORECASE)
_NONE_OR = re.compile(r"\bor (?:with )?[\"“'‘`]?(?P<word>None|N/A|nothing|null)[\"”'’`]?\b(?P<quoted>)", re.IGNORECASE)
_EMPTY = re.compile(
    r"\bempty (?P<what>string|line|answer|response|list|array|json array|json list|output)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Form:
    """How to answer.

    Attributes:
        separator: what stands between entities; None for a sentence of prose.
        quote: the mark around each entity, or "".
        none: what to answer where there is no entity; None where the prompt doesn't say.
        most: how many entities at most; None for all.
        case: "upper", "lower" or "".
        alphabetical: whether to sort.
        json_key: the key of the JSON object that holds the entities, "" for a bare JSON array, None for no JSON.
        schema: the JSON schema that the answer has to follow, or None.
    """

    separator: str | None = None
    quote: str = ""
    none: str | None = None
    most: int | None = None
    case: str = ""
    alphabetical: bool = False
    json_key: str | None = None
    schema: dict | None = None


def read(wishes: str, response_format: dict | None) -> Form:
    """The form that a prompt's words and the request's `response_format` ask for."""
    return replace(_worded(wishes), json_key=_json_key(wishes, response_format), schema=_schema(response_format))


# A flow sends the same instructions with every text.
@lru_cache(maxsize=64)
def _worded(wishes: str) -> Form:
    """The part of the form that depends on a prompt's words alone."""
    return Form(
        separator=_separator(wishes), quote=_quote(wishes), none=_none(wishes), most=_most(wishes), case=_case(wishes),
        alphabetical=bool(_SORTED.search(wishes)))


def _separator(wishes: str) -> str | None:
    for separator, pattern in _SEPARATORS:
        if pattern.search(wishes):
            return separator
    return ", " if _ALONE.search(wishes) else None


def _quote(wishes: str) -> str:
    if not _QUOTES.search(wishes):
        return ""
    return "'" if _SINGLE_QUOTES.search(wishes) else '"'


def _most(wishes: str) -> int | None:
    if found := _AT_MOST.search(wishes):
        number = found.group(1).lower()
        return _NUMBERS.get(number) or int(number)
    return 1 if _ONLY_FIRST.search(wishes) else None


def _case(wishes: str) -> str:
    if _UPPER.search(wishes):
        return "upper"
    return "lower" if _LOWER.search(wishes) else ""


def _none(wishes: str) -> str | None:
    for pattern in (_NONE_AFTER, _NONE_BEFORE):
        if found := pattern.search(wishes):
            answer = found.group("quoted") if found.group("quoted") is not None else found.group("word")
            if answer.lower() in ("empty", "an", "a", "nothing"):
                break
            return answer.rstrip("." if found.group("quoted") is None else "")
    if found := _EMPTY.search(wishes):
        return "[]" if found.group("what").lower().endswith(("list", "array")) else ""
    found = _NONE_OR.search(wishes)
    return found.group("word") if found else None


def _json_key(wishes: str, response_format: dict | None) -> str | None:
    wanted = (response_format or {}).get("type")
    in_words = _JSON.search(wishes)
    if not in_words and wanted not in ("json_object", "json_schema"):
        return None
    for pattern in (_KEY_EXAMPLE, _KEY_BEFORE, _KEY):
        if found := pattern.search(wishes):
            return found.group(1)
    if wanted == "json_object" or _JSON_OBJECT.search(wishes):
        return "entities"
    return ""


def _schema(response_format: dict | None) -> dict | None:
    if not response_format or response_format.get("type") != "json_schema":
        return None
    return (response_format.get("json_schema") or {}).get("schema")
