"""What a question asks for: the kind of answer, the terms that matter and how much."""

from __future__ import annotations

import re
from dataclasses import dataclass

from src.emulator.tasks.judges.claims import AUXILIARIES, TOKEN
from src.emulator.tasks.judges.lexicon import concept, verbs
from src.emulator.tasks.passages.words import NOT_CONTENT, plain, term

# The first that is found decides.
_KINDS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in (
    ("money", r"\bhow much (?:does|do|did|is|are|was|were|will|would|must|should|can|has|have)\b.*\b(?:cost|pay"
              r"|paid|charged?|earn|spend|spent|price|fees?|rent|tickets?)\b|\bwhat\b.{0,60}\bcosts?\b|\b(?:what"
              r"|which) (?:(?:is|are|was"
              r"|were) .{0,40})?\b(?:price|fees?|salary|rent|fine|charge|deposit|budget|revenue|turnover)\b"
              r"|\bhow (?:expensive|cheap)\b"),
    ("email", r"\b(?:what|which|where)\b.*\be-?mail\b"),
    ("number", r"\b(?:what|which)\b.{0,30}\b(?:number|percentage|share|proportion|minimum age|maximum age|amount|speed"
               r"|height|weight|length|depth|temperature|capacity|area|population|size|rate|ratio)\b|\bhow many\b"),
    ("duration", r"\bhow long\b|\bhow soon\b|\bhow quickly\b|\b(?:what|which)\b.{0,30}\b(?:duration|period)\b"),
    ("time", r"\bwhen\b|\b(?:what|which)\s+(?:\w+\s+)?(?:year|date|day|time|month|hours?|century|season)\b|\bhow late\b"
             r"|\bhow early\b|\bsince when\b|\buntil when\b"),
    ("amount", r"\bhow (?:much|far|old|tall|high|big|large|deep|heavy|wide|fast|hot|cold|close|near|thick|small|strong"
               r"|steep|warm|loud|broad)\b"),
    ("frequency", r"\bhow (?:often|frequently|regularly)\b"),
    ("reason", r"\bwhy\b|\bfor what (?:reason|purpose)\b|\bwhat (?:is|was) the (?:reason|purpose)\b|\bhow come\b"),
    ("place", r"\bwhere\b|\b(?:what|which) (?:place|city|town|country|room|street|address)\b"),
    ("name", r"\bwhat (?:is|are|was|were)\b.{0,40}\bnames?\b|\bwhat(?:'s| is)\b.{0,20}\bcalled\b"),
    ("person", r"\bwho(?:m|se)?\b"),
))
_OPENING_AUXILIARY = re.compile(
    rf"^\W*(?:(?:and|so|then|but)\s+)?(?:{'|'.join(sorted(AUXILIARIES - {'have'}))}|have)(?:n['’]t)?\s+\w",
    re.IGNORECASE)
_ASKED = re.compile(
    r"\b(?:what|which)(?:'s|’s|\s+(?:is|are|was|were))\s+(?:the|its|their)\s+(?P<thing>[^?,]{2,40}?)\s+(?:of|for|in"
    r"|on|at|to|from)\b", re.IGNORECASE)
_DEFINITION = re.compile(
    r"^\W*(?:what|who)(?:'s|’s|\s+(?:is|are|was|were))\s+(?:an?\s+|the\s+)?(?:meaning of\s+)?(?P<thing>[^?]{2,60}?)"
    r"(?:\s+(?:mean|stand for))?\s*\??\s*$|^\W*what\s+(?:does|do)\s+(?P<other>[^?]{2,60}?)\s+(?:mean"
    r"|stand for)\s*\??\s*$",
    re.IGNORECASE)
# What the kind of answer stands for already, so that the document need not have the word.
_IMPLIED = {
    "money": "cost price fee charge pay salary", "email": "email address mail",
    "place": "locate located place address lie",
    "number": "number amount percentage share", "duration": "duration period last take time", "frequency": "frequently",
    "time": "date year day month start happen", "reason": "reason purpose", "person": "person",
}
# Facts that a document which has them tells with these very words.
_TELLING = frozenset("bear born die marry live invent design build win teach study".split())
# Words that a question needs and that a document need not have.
_LIGHT = frozenset(
    "kind type sort name number call many much often get take make use have need require want go put give find "
    "find happen long far old possible able exactly please document text page passage tell say mention know according "
    "thing way people person case time year day date place stand mean short answer question word like what which "
    "main generally usually typically normally called".split())
# What a question has for "anyone", and a rule of a document hardly.
_ANYONE = "visitors guests passengers people person anyone someone".split()
_LIVING = "live lives living".split()
_WEIGHT_OF_LIGHT = 0.3
_WEIGHT_OF_VERB = 0.75
_WEIGHT_OF_NAME = 1.3
_WEIGHT_OF_SECOND_NAME = 0.5
# Verbs that say too little of what is asked: "What does she do?", "When does it take place?".
_VAGUE = frozenset(map(term, "have do make take get happen occur be become come go last begin start end".split()))
_SECOND = re.compile(
    r",?\s+and\s+(?P<second>(?P<word>by whom|when|why|where|who|how \w+|(?:in|on) (?:what|which) \w+|by when)"
    r"\b[^?]{0,120})\?*\s*$", re.IGNORECASE)
_FIRST_WORDS = re.compile(
    r"^\W*(?:(?:in|on|by|since|until|from|at|for)\s+)?(?:who(?:m|se)?|when|where|why|how \w+"
    r"|what (?:year|day|date|time|month)|which (?:year|day|date|month)|what|which)\s+", re.IGNORECASE)
_LONGEST_SECOND = 160
_MOST_WORDS = 60
_LONGEST = 4000


@dataclass(frozen=True)
class Question:
    """A question.

    Attributes:
        text: as it was asked.
        kind: "money", "email", "number", "duration", "time", "amount", "frequency", "reason", "place", "name",
            "person", "yes/no", or "" for any kind.
        terms: what it is about, with weights, before how rare a term is comes in.
        names: terms that are written with a capital within the question.
        numbers: terms that are numbers.
        counted: the terms after "how many", up to the verb.
        defined: the terms of what is to be explained in "What is X?"; else empty.
        relation: the terms of what is asked about its subject: "lead" in "Who leads the choir?"; else empty.
        asked: the terms of what the question wants of something: "post code" in "What is the post code of X?".
    """

    text: str
    kind: str
    terms: dict[str, float]
    names: frozenset[str]
    numbers: frozenset[str]
    counted: tuple[str, ...]
    defined: tuple[str, ...]
    asked: tuple[str, ...] = ()
    relation: tuple[str, ...] = ()


def read(text: str) -> Question:
    """The reading of a question; of a long one the last 60 words."""
    words = TOKEN.findall(plain(text[-_LONGEST:]))[-_MOST_WORDS:]
    weighed: dict[str, float] = {}
    names: list[str] = []
    before_is_name = False
    for index, word in enumerate(words):
        lower = word.lower().replace("’", "'").removesuffix("'s")
        is_name = index > 0 and word[0].isupper() and lower not in NOT_CONTENT and lower != "i"
        if lower not in NOT_CONTENT:
            meaning = term(lower)
            weight = _weight(lower, is_name, before_is_name)
            weighed[meaning] = max(weighed.get(meaning, 0.0), weight)
            if is_name:
                names.append(meaning)
        before_is_name = is_name
    kind = _kind(text)
    implied = _IMPLIED.get(kind, "").split()
    if kind == "amount":
        implied = [words[index + 1].lower() for index, word in enumerate(words[:-1]) if word.lower() == "how"]
    if kind == "yes/no":
        implied += _ANYONE
    counted = _counted(words)
    if kind == "number" and term("people") in counted:
        implied += _LIVING
    for word in implied:
        if term(word) in weighed:
            weighed[term(word)] = min(weighed[term(word)], _WEIGHT_OF_LIGHT)
    numbers = frozenset(word for word in weighed if word[0].isdigit())
    return Question(text, kind, weighed, frozenset(names), numbers, counted, _defined(text), _asked(text),
                    _relation(kind, words))


def parts(text: str) -> tuple[str, str]:
    """A question and the second one that it asks in one breath, "… and by whom?"; empty where there is none."""
    found = _SECOND.search(text[-_LONGEST_SECOND:])
    if found is None:
        return text, ""
    second = found.group("second")
    first = text[:len(text) - len(found.group())] + "?"
    if len(second.split()) > len(found.group("word").split()):
        return first, second
    asking = _FIRST_WORDS.match(first)
    rest = first[asking.end():] if asking else first
    return first, f"{'who' if second.lower().startswith('by') else second} {rest}"


def _kind(text: str) -> str:
    if _OPENING_AUXILIARY.match(text):
        return "yes/no"
    return next((kind for kind, pattern in _KINDS if pattern.search(text[:500])), "")


def _weight(word: str, is_name: bool, follows_name: bool) -> float:
    if is_name:
        return _WEIGHT_OF_SECOND_NAME if follows_name else _WEIGHT_OF_NAME
    if word in _LIGHT or term(word) in _LIGHT:
        return _WEIGHT_OF_LIGHT
    if word in _TELLING or term(word) in _TELLING:
        return 1.0
    return _WEIGHT_OF_VERB if word in verbs() or concept(word) in verbs() else 1.0


def _counted(words: list[str]) -> tuple[str, ...]:
    """The noun after "how many", with what stands before it."""
    lower = [word.lower() for word in words]
    for index in range(len(lower) - 2):
        if lower[index] == "how" and lower[index + 1] in ("many", "much"):
            found = []
            for word in lower[index + 2:index + 6]:
                if word in AUXILIARIES or word in NOT_CONTENT or found and word in verbs():
                    break
                found.append(term(word))
            return tuple(found)
    return ()


def _defined(text: str) -> tuple[str, ...]:
    found = _DEFINITION.match(text)
    thing = (found.group("thing") or found.group("other")) if found else ""
    words = TOKEN.findall(thing.lower())
    return tuple(term(word) for word in words if word not in NOT_CONTENT) if 0 < len(words) <= 4 else ()


def _asked(text: str) -> tuple[str, ...]:
    """The terms of the noun after "which" or "what is the", without light ones."""
    found = _ASKED.search(text[:500])
    words = TOKEN.findall(found.group("thing").lower()) if found else []
    return tuple(term(word) for word in words if word not in NOT_CONTENT and word not in _LIGHT)


def _relation(kind: str, words: list[str]) -> tuple[str, ...]:
    """What is asked about the subject: of a person the first word after "who", of a time a verb at the end."""
    content = [word for word in words if word.lower() not in NOT_CONTENT]
    if kind == "person":
        return tuple(term(word) for word in content[:1] if word[0].islower() and term(word) not in _VAGUE)
    if kind in ("time", "duration") and content:
        last = content[-1].lower()
        if last in verbs() and term(last) not in _VAGUE and last not in _LIGHT:
            return (term(last),)
    return ()
