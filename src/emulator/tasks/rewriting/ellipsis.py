"""Questions that leave most of themselves out: "And in 2019?", "What about children?", "Why?"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from src.emulator.tasks.judges.claims import AUXILIARIES
from src.emulator.tasks.judges.lexicon import third_person, verbs
from src.emulator.tasks.rewriting.phrases import PEOPLE, PREPOSITIONS, Phrase, is_verb_form, phrases
from src.emulator.tasks.rewriting.references import base, resolved
from src.emulator.tasks.rewriting.topics import Exchange, plain

_ABOUT = re.compile(
    r"^\s*(?:and\s+|but\s+|so\s+|or\s+)?(?:what|how)\s+about\s+(?P<new>[^?]{1,120}?)\s*\?*\s*$", re.IGNORECASE)
_AND = re.compile(r"^\s*(?:and|but|or)\s*,?\s+(?P<new>[^?]{1,120}?)\s*\?+\s*$", re.IGNORECASE)
_ASKING = (r"(?:(?:since|until|till|for|by|from|at|in|on|to|with)\s+)?(?:why|how|when|where|who|whom|what|which"
           r"|how\s+(?:much|many|long|often|far|late|early|soon))(?:\s+(?:not|exactly|else))?")
_BARE = re.compile(rf"^\s*(?:(?:and|but|so)\s*,?\s+)?(?P<word>{_ASKING})\s*\?+\s*$", re.IGNORECASE)
_BARE_WITH = re.compile(
    rf"^\s*(?:(?:and|but|so)\s*,?\s+)?{_ASKING}\s+(?P<new>(?:for|in|on|at|with|from|during)\s+[^?]{{1,80}}?)\s*\?+\s*$",
    re.IGNORECASE)
_QUESTION_WORDS = frozenset("what which who whom whose when where why how".split())
_ONE = re.compile(
    r"\b(?P<det>the|this|that|an?)\s+(?:(?P<adjectives>[\w-]+(?:\s+[\w-]+)?)\s+)?ones?\b", re.IGNORECASE)
_DAYS = (r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|weekends?|weekdays?|(?:public\s+)?holidays?"
         r"|working\s+days?)")
_MONTHS = (r"(?:january|february|march|april|may|june|july|august|september|october|november|december|spring|summer"
           r"|autumn|winter)")
_TIMES = (r"(?:\d{1,2}[:.]\d\d|\d{1,2}\s?[ap]m|mornings?|afternoons?|evenings?|nights?|noon"
          r"|midnight)")
_LEADING = r"(?:(?:in|on|at|during|over|since|by|until|before|after)\s+)?(?:the\s+|a\s+)?"
_KINDS_OF_SLOT = (
    _DAYS, _MONTHS, _TIMES, r"(?:1\d|20|21)\d\d", r"\d+(?:[.,]\d+)?")
_SLOTS = tuple((re.compile(rf"^{_LEADING}{kind}$", re.IGNORECASE),
                re.compile(rf"\b{_LEADING}{kind}\b", re.IGNORECASE))
               for kind in _KINDS_OF_SLOT)
_INVERTED = re.compile(
    rf"^[^?]*?\b(?P<rest>(?:{'|'.join(sorted(AUXILIARIES))})\b[^?]*)", re.IGNORECASE)
_DECLARED = re.compile(
    rf"^(?P<subject>(?:[^\s.?!]+\s+){{1,5}}?)(?P<aux>{'|'.join(sorted(AUXILIARIES - {'do', 'does', 'did'}))})\s+"
    r"(?P<rest>[^.?!]+)", re.IGNORECASE)
_WHO = re.compile(r"^\W*who\s+(?P<verb>[a-z]+)\s*(?P<rest>[^?]*)", re.IGNORECASE)
_POSSESSIVE = re.compile(r"^(?:his|her|its|their)\b", re.IGNORECASE)


def completed(question: str, exchanges: Sequence[Exchange]) -> str | None:
    """The last question with what a short one changes in it; None for a question that is complete."""
    last = exchanges[-1]
    bare = _BARE.match(question)
    if bare:
        return _asked_again(bare.group("word"), last)
    found = _ABOUT.match(question) or _BARE_WITH.match(question) or _AND.match(question)
    if found is None or _has_verb(found.group("new")):
        return None
    new = found.group("new").strip()
    if _POSSESSIVE.match(new):
        named = resolved(f"and {new}", exchanges).removeprefix("and ")
        return f"What is {named}?" if named != new else None
    new = resolved(_one_named(new, last.question), exchanges)
    return _with(new, last.question)


def _has_verb(text: str) -> bool:
    words = text.lower().split()
    return words[0] in _QUESTION_WORDS or any(
        word in AUXILIARIES for word in words) or words[0] in verbs() and len(words) > 1 and words[0] not in ("use",)


def _one_named(new: str, last: str) -> str:
    """Something new with its noun: "the red light" for "the red one"."""
    found = _ONE.search(new)
    said = [phrase for phrase in phrases(last) if not phrase.asked]
    if found is None or not said:
        return new
    wide = [phrase for phrase in said if len(phrase.bare.split()) > 1]
    noun = (wide or said)[0].text.split()[-1]
    words = [found.group("det"), found.group("adjectives") or "other", noun]
    return new[:found.start()] + " ".join(words) + new[found.end():]


def _with(new: str, last: str) -> str:
    """The last question with something new in the place of what is of the same kind; at the end where nothing is."""
    for is_kind, slot in _SLOTS:
        if is_kind.match(new):
            places = list(slot.finditer(last))
            if places:
                start, end = places[-1].span()
                has_preposition = new.split()[0].lower() in PREPOSITIONS
                old = last[start:end].split()
                kept = "" if has_preposition or old[0].lower() not in PREPOSITIONS else old[0] + " "
                return last[:start] + kept + new + last[end:]
            return _appended(new, last)
    return _with_phrase(new, last)


def _with_phrase(new: str, last: str) -> str:
    first, _, rest = new.partition(" ")
    preposition = first.lower() if first.lower() in PREPOSITIONS and rest else ""
    mine = (phrases("about " + (rest if preposition else new)) or (None,))[0]
    theirs = [phrase for phrase in phrases(last) if not phrase.asked or not preposition]
    if preposition:
        same = [phrase for phrase in theirs if phrase.preposition == preposition]
        theirs = same
    else:
        theirs = [phrase for phrase in theirs if not phrase.asked] or theirs
    if not theirs or mine is None:
        return _appended(new if preposition else f"for {new}", last)
    old = max(theirs, key=lambda phrase: _likeness(mine, phrase))
    return last[:old.start] + (rest if preposition else new) + last[old.end:]


def _likeness(mine: Phrase, theirs: Phrase) -> float:
    """How well a phrase can take another's place: by its kind, number, article and head; the later among equals."""
    return (2.0 * (mine.kind == theirs.kind) + (mine.plural == theirs.plural) + 2.0 * (mine.head == theirs.head)
            + ((mine.text == mine.bare) == (theirs.text == theirs.bare))
            + 2.0 * (mine.head in PEOPLE and theirs.head in PEOPLE) + theirs.start / 10_000)


def _appended(new: str, last: str) -> str:
    return f"{last.rstrip('?. ')} {new}?"


def _asked_again(word: str, last: Exchange) -> str:
    """The last question with another question word; what its answer said is asked for where the question was "who"."""
    word = word[0].upper() + word[1:]
    who = _WHO.match(last.question)
    if who is None:
        inverted = _INVERTED.match(last.question)
        rest = inverted.group("rest") if inverted else last.question.rstrip("? ")
        negated = plain(last.answer).lower().startswith("no") and word.lower().startswith("why")
        if negated and inverted and not re.search(r"\bnot\b", rest):
            rest = _denied(rest)
        return f"{word} {rest[0].lower()}{rest[1:].strip()}?"
    declared = _DECLARED.match(plain(last.answer))
    if declared:
        subject = declared.group("subject").strip()
        if len(subject.split()) == 1 and phrases(subject) and phrases(subject)[0].kind != "name":
            subject = subject[0].lower() + subject[1:]
        return f"{word} {declared.group('aux').lower()} {subject} {declared.group('rest').strip()}?"
    verb = who.group("verb").lower()
    subject = next((phrase.text for phrase in phrases(plain(last.answer)) if phrase.kind == "person"), "they")
    does = "did" if is_verb_form(verb) else "does" if verb == third_person(base(verb)) and subject != "they" else "do"
    return f"{word} {does} {subject} {base(verb)} {who.group('rest').strip()}?".replace(" ?", "?")


def _denied(rest: str) -> str:
    """A question denied, behind its subject: "is smoking not allowed …" for "is smoking allowed …"."""
    subject = next(iter(re.finditer(r"^\w+\s+(?:the\s+|a\s+|an\s+|my\s+)?\w+", rest)), None)
    return f"{rest[:subject.end()]} not{rest[subject.end():]}" if subject else rest
