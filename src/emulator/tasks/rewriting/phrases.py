"""The noun phrases of a sentence, as far as rules can find them: who and what it is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from src.emulator.tasks.entities import job_heads, names
from src.emulator.tasks.judges.claims import AUXILIARIES
from src.emulator.tasks.judges.lexicon import third_person, verbs
from src.emulator.tasks.judges.nouns import is_plural
from src.emulator.text import STOP_WORDS

TOKEN = re.compile(r"\[p\. ?\d+\]|\d+(?:[.,:]\d+)*|[^\W_]+(?:[-'’][^\W_]+)*|[^\w\s]")
ARTICLES = frozenset("the a an".split())
DETERMINERS = ARTICLES | frozenset("my your our this that these those each every any some all both no".split())
PREPOSITIONS = frozenset(
    "of in on at for from to with by about into near under over during since until before after between without within "
    "through behind beside against per as than like around inside outside".split())
PLACE_PREPOSITIONS = frozenset("in at on near inside behind under".split())
PEOPLE = frozenset(
    "children adults child adult students student pupils seniors pensioners members member visitors visitor guests "
    "guest residents people women men families groups customers employees staff teachers patients tenants parents "
    "toddlers babies teenagers users volunteers developers managers persons person everyone".split())
_PREDICATES = frozenset(
    "free open closed available possible valid included necessary safe old big high long deep expensive cheap far near "
    "late early wide heavy ready full empty true false important able due last legal public private dangerous tall "
    "deep fast strong warm cold hot close thick steep loud popular famous".split())
_NEVER_NOUNS = frozenset(
    "what which who whom whose when where why how not often much many also still just only please there here yes no "
    "it they them he him she her his its their i you we me us then so very more most".split())
_SUBJECTS = frozenset("i you he she it we they who".split())
_GERUND = re.compile(r"\w{2,}ing$")
_TITLE = re.compile(r"\b(?:Capt|Dr|Prof|Mr|Mrs|Ms|Sir|Lady|Lord|Rev|Col|Gen|Lt|Maj|Sgt|Hon|Fr|Captain|Doctor"
                    r"|Professor|Colonel|General|Major|Madam|Miss|Dame|Queen|King|Prince|Princess|Saint|St)\b\.?\s+$")
_LONGEST_TITLE = 12
_MOST_TOKENS = 80


@dataclass(frozen=True)
class Phrase:
    """A noun phrase.

    Attributes:
        text: as it is written, with its article.
        start: where it begins in the sentence.
        end: where it ends.
        head: its last word in lower case.
        kind: "person", "name" or "thing".
        plural: whether it is more than one.
        preposition: the preposition right before it; else empty.
        asked: whether a question word determines it: "which machines".
    """

    text: str
    start: int
    end: int
    head: str
    kind: str
    plural: bool
    preposition: str = ""
    asked: bool = False

    @property
    def bare(self) -> str:
        """The phrase without its article."""
        first, _, rest = self.text.partition(" ")
        return rest if rest and first.lower() in DETERMINERS else self.text


@cache
def _verb_forms() -> frozenset[str]:
    """Forms that end a noun phrase: pasts, participles and third persons, but those that are plurals as often."""
    return frozenset(form for base, (past, participle) in verbs().items() for form in (past, participle)
                     if form != base) | frozenset(third_person(base) for base in ("begin", "become", "belong", "know"))


def is_verb_form(word: str) -> bool:
    """Whether a lower-case word is a verb's past or participle, or a regular one by its ending."""
    return word in _verb_forms() or len(word) > 4 and word.endswith("ed")


@lru_cache(maxsize=512)
def phrases(sentence: str) -> tuple[Phrase, ...]:
    """The noun phrases of a sentence in their order; of a long one those among the first 80 words."""
    found = list(TOKEN.finditer(sentence))[:_MOST_TOKENS]
    people = _people(sentence[:found[-1].end()]) if found else ()
    made: list[Phrase] = []
    index = 0
    while index < len(found):
        end = _end(found, index, made)
        if end <= index:
            index += 1
            continue
        phrase = _phrase(sentence, found, index, end, people)
        if phrase is not None:
            made.append(phrase)
        index = end
    return tuple(made)


def _people(sentence: str) -> tuple[tuple[int, int], ...]:
    named, _ = names.find(sentence, [])
    return tuple((one.start, one.end) for one in named if one.label == "person")


def _end(found: list[re.Match], start: int, made: list[Phrase]) -> int:
    """The index behind the noun phrase that begins at an index; the index itself where none begins."""
    first = found[start].group().lower()
    index = start + (first in DETERMINERS)
    begun = index
    does = any(token.group().lower() in ("do", "does", "did") for token in found[max(0, start - 2):start])
    while index < len(found) and _is_part(found, index, begun):
        index += 1
        if is_plural(found[index - 1].group().lower()) and not _is_capital(found, index):
            break
    last = found[index - 1].group().lower() if index else ""
    if index - begun > 1 and not found[index - 1].group()[0].isupper() and (
            does and not is_plural(last) or last in _PREDICATES):
        index -= 1
    return index if index > begun else start


def _is_capital(found: list[re.Match], index: int) -> bool:
    return index < len(found) and found[index].group()[0].isupper()


def _is_part(found: list[re.Match], index: int, begun: int) -> bool:
    """Whether a word goes on with a noun phrase."""
    word = found[index].group()
    lower = word.lower()
    if not word[0].isalpha() or lower in STOP_WORDS - {"own"} or lower in AUXILIARIES or lower in _NEVER_NOUNS:
        return False
    if word[0].isupper() and index:
        return True
    before = found[index - 1].group() if index else ""
    if index > begun and before[0].isupper() and found[begun - 1].group().lower() not in DETERMINERS:
        return False
    if index == begun and (before.lower() in _SUBJECTS or before.lower() not in DETERMINERS and lower in _PREDICATES):
        return False
    if lower in PREPOSITIONS or index == begun and lower in verbs() and lower not in _NOUNS_TOO:
        return False
    return not is_verb_form(lower) or index == begun and before.lower() in DETERMINERS


_NOUNS_TOO = frozenset("order report visit book test work plan form loan rent fee cost price name use".split())


def _with_title(sentence: str, start: int) -> int:
    """Where a person's name begins, with the titles before it: "Capt. Nora Lindqvist"."""
    while True:
        title = _TITLE.search(sentence, max(0, start - _LONGEST_TITLE), start)
        if title is None:
            return start
        start = title.start()


def _phrase(sentence: str, found: list[re.Match], start: int, end: int, people: tuple) -> Phrase | None:
    span = found[start].start(), found[end - 1].end()
    text = sentence[span[0]:span[1]]
    first, head = found[start].group(), found[end - 1].group().lower()
    person = next((one for one in people if one[0] < span[1] and span[0] < one[1]), None)
    if person is not None:
        span = _with_title(sentence, person[0]), max(span[1], person[1])
        text = sentence[span[0]:span[1]]
    elif first[0].isupper() and start == 0:
        text = text[0].lower() + text[1:] if first.lower() in DETERMINERS or len(text.split()) == 1 and is_plural(
            head) else text
    if person is None and _TITLE.fullmatch(text + " "):
        return None
    if person is None and _GERUND.match(head) and end - start == 1:
        return None
    before = found[start - 1].group().lower() if start else ""
    named = all(token.group()[0].isupper() for token in found[start:end]) and start > 0
    kind = "person" if person else "name" if named else "thing"
    if kind == "thing" and (job_heads.is_head(head) or head in PEOPLE):
        kind = "person"
    plural = is_plural(head) and person is None or head in ("people", "children", "staff")
    return Phrase(text, *span, head, kind, plural,
                  before if before in PREPOSITIONS else "", before in ("which", "what", "many", "whose"))
