"""The name in a sentence that a request asks for."""

from __future__ import annotations

from itertools import takewhile

from src.emulator.tasks.passages.words import NOT_CONTENT, beginnings, similar, term, terms
from src.emulator.tasks.planning.grammar import FUNCTION_WORDS, PREPOSITIONS, is_verb
from src.emulator.tasks.planning.phrases import is_name, joined, name_end, tokens
from src.emulator.tasks.requests.wanted import Wanted

_FAR = 25
_OF_PLACES = frozenset("in at on near to from through of into over between along".split())


def name(text: str, wanted: Wanted) -> tuple[str, float] | None:
    """The name in a sentence that the request asks for; after "is", an ordinary noun will do as well."""
    words = tokens(text)
    asked = {word for names in wanted.names for word in names} | wanted.not_it
    verbs = [place for place, word in enumerate(words) if word[0].isalpha() and not is_name(word)
             and _is_key(word, wanted)]
    candidates = _names(words, asked)
    if wanted.text.lower().startswith("where"):
        candidates = [one for one in candidates if _is_held(words, one[0])]
    if wanted.kind != "place":
        noun = _predicate(words, verbs, asked)
        if noun:
            return noun, 1.0
    if not candidates:
        return None
    scored = [(_name_score(words, begin, end, verbs, wanted), joined(words[begin:end])) for begin, end in candidates]
    score, best = max(scored, key=lambda one: one[0])
    return best.strip("\"“”.,;"), max(0.3, min(1.0, score / 3))


def _is_key(word: str, wanted: Wanted) -> bool:
    meaning = term(word.lower())
    forms = [form for attribute in wanted.attributes for form in wanted.forms[attribute]]
    return any(similar(form, frozenset((meaning,)), beginnings((meaning,))) > 0 for form in forms)


def _names(words: list[str], asked: set[str]) -> list[tuple[int, int]]:
    found = []
    place = 0
    while place < len(words):
        end = name_end(words, place)
        if end > place:
            ordinary = end == place + 1 and place == 0 and (words[0].lower() in FUNCTION_WORDS
                                                            or words[0].lower() in NOT_CONTENT)
            own = set(terms(joined(words[place:end])))
            number = all(word.isdigit() for word in own)
            if not ordinary and own and not own <= asked and not number:
                begin = place + (place == 0 and words[0].lower() in FUNCTION_WORDS)
                found.append((begin, end))
        place = max(end, place + 1)
    return _joined_names(words, found)


def _joined_names(words: list[str], found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Names with "and" between them are one answer."""
    merged: list[tuple[int, int]] = []
    for begin, end in found:
        if merged and merged[-1][1] == begin - 1 and words[begin - 1] == "and":
            merged[-1] = merged[-1][0], end
        else:
            merged.append((begin, end))
    return merged


def _is_held(words: list[str], begin: int) -> bool:
    """Whether a name stands behind a preposition of place: "in Velt", "on the west coast of Velt"."""
    before = [word.lower() for word in words[max(0, begin - 6):begin]]
    while before and before[-1] not in _OF_PLACES and (before[-1] in FUNCTION_WORDS - PREPOSITIONS or before[
            -1].isalpha() and not is_verb(before[-1]) and before[-1] not in PREPOSITIONS):
        before.pop()
    return bool(before) and before[-1] in _OF_PLACES


def _predicate(words: list[str], keys: list[int], asked: set[str]) -> str:
    """As in "the capital of X is L", "the currency is the dorin": what stands behind "is"."""
    for key in keys:
        for place in range(key + 1, min(key + 8, len(words))):
            if words[place] in ("is", "was", "are", "were") and words[key + 1] in ("of", "is", "was", "are", "were",
                                                                                   "in"):
                begin = place + 1
                end = name_end(words, begin) if begin < len(words) else begin
                if end == begin:
                    begin += words[begin:begin + 1] in (["the"], ["a"], ["an"], ["called"], ["named"])
                    end = name_end(words, begin)
                    end += sum(1 for _ in takewhile(_is_ordinary, words[end:begin + 3]))
                value = joined(words[begin:end])
                value = value.rstrip(".,;")
                if value and not set(terms(value)) <= asked and not is_verb(words[begin].lower()):
                    return value
            if words[place] in (",", ";"):
                break
    return ""


def _name_score(words: list[str], begin: int, end: int, keys: list[int], wanted: Wanted) -> float:
    """How likely a name is what is asked for, by where it stands to the words of the question."""
    before = words[begin - 1].lower() if begin else ""
    before = words[begin - 2].lower() if before == "the" and begin > 1 else before
    by = "by" in [word.lower() for word in words[max(0, begin - 4):begin]] and not any(
        is_name(word) for word in words[max(0, begin - 2):begin])
    score = 1.5 * bool(wanted.class_noun
                       and wanted.class_noun in (before, *[word.lower() for word in words[end - 1:end + 1]]))
    distance = min((key - end if key >= end else begin - key for key in keys), default=_FAR)
    score += 1.5 * max(0.0, 1 - distance / 15)
    if wanted.kind == "place":
        score += 1.5 * (before in ("in", "at", "on", "near", "to", "from", "through", "of"))
        score += 0.5 * any(key < begin for key in keys)
    else:
        follows = words[end] if end < len(words) else ""
        score += 1.5 * (by and any(key < begin for key in keys))
        score += 1.0 * (begin - 1 in keys and wanted.kind == "name")
        score += 1.5 * (follows in ("is", "was", ",") or end in keys or is_verb(follows)) * (begin == 0 or end in keys)
        score += 0.5 * (before in ("is", "was", "called", "named", ",")) - 0.7 * (before in ("in", "at", "near", "on",
                                                                                             "to"))
    return score


def _is_ordinary(word: str) -> bool:
    return word[0].isalnum() and word not in FUNCTION_WORDS
