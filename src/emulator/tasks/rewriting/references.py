"""Names in the place of "it", "they", "she", "there" and "that"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from src.emulator.tasks.judges.claims import AUXILIARIES
from src.emulator.tasks.judges.lexicon import third_person, verbs
from src.emulator.tasks.rewriting.identification import identified
from src.emulator.tasks.rewriting.phrases import PLACE_PREPOSITIONS, PREPOSITIONS, TOKEN, Phrase, phrases
from src.emulator.tasks.rewriting.topics import Exchange, plain, topics

_PERSONAL = {"he": "he", "him": "he", "his": "he", "she": "she", "her": "she", "hers": "she", "it": "it", "its": "it",
             "they": "they", "them": "they", "their": "they", "theirs": "they"}
_POSSESSIVES = frozenset("his her its their".split())
_MOVES = frozenset("get go come travel drive walk return move reach".split())
_NO_REFERENCE = re.compile(
    r"\bhow (?:warm|cold|hot|dark|loud|late|early) (?:is|was|does) it\b"
    r"|\bit\s+(?:is|was|be)?\s*(?:said|true|possible|allowed|necessary|raining|rains?|snows?|known|permitted|forbidden"
    r"|likely|important|best|better|safe|hard|easy|worth)\b.*\b(?:that|to|for)\b|\b(?:does|did|will|would"
    r"|do)\s+it\s+take"
    r"\s+(?:to|for|me|until|till|from)\b|\b(?:what\s+time|how\s+late)\s+is\s+it\b|^\s*it\s+(?:is|was)\s+said\b",
    re.IGNORECASE)
_DO_THAT = re.compile(
    r"\b(?P<do>do|does|did|doing|done)\s+(?:that|this|it|so)\b(?=\s*(?:[?.!,;]|$)"
    r"|\s+(?:for|in|on|at|by|with|from|since|until|now|then|again|too|there|alone|every|each|today)\b)", re.IGNORECASE)
_HOW_MANY_THERE = re.compile(r"^\W*(?:and\s+)?how (?:many|much)\b[^?]*\b(?:is|are|was|were) there\s*(?P<end>\??)\s*$",
                             re.IGNORECASE)
_FEMALE, _MALE = re.compile(r"\b(?:Ms|Mrs|Miss|Lady|Madam)\b"), re.compile(r"\b(?:Mr|Sir|Lord)\b")
_SUBJECT_QUESTION = re.compile(r"^\W*who\s+(?P<verb>[a-z]+)\s*(?P<rest>[^?]*)", re.IGNORECASE)
_CLAUSE = re.compile(rf"^[^?]*?\b(?:{'|'.join(sorted(AUXILIARIES))})\b\s*(?P<rest>[^?]*)", re.IGNORECASE)


def resolved(question: str, exchanges: Sequence[Exchange]) -> str:
    """A question with names in the place of its references; unchanged where it has none or nothing agrees with them."""
    said = topics(exchanges)
    question = _deed_named(question, exchanges)
    no_reference = bool(_NO_REFERENCE.search(question))
    tokens = list(TOKEN.finditer(question))
    there = _HOW_MANY_THERE.match(question)
    place = there and next((one for one in phrases(exchanges[-1].question) + phrases(plain(exchanges[-1].answer)[:600])
                            if one.preposition in ("in", "at") and one.kind != "person"), None)
    if there and place:
        return f"{question[:there.start('end')].rstrip()} {place.preposition} {definite(place)}{there.group('end')}"
    own = phrases(question)
    pieces: list[str] = []
    end = 0
    for index, token in enumerate(tokens):
        if no_reference and token.group().lower() == "it":
            continue
        new = _named(tokens, index, own, said, exchanges)
        if new is not None:
            pieces += [question[end:token.start()], new[0].upper() + new[1:] if not token.start() else new]
            end = token.end()
    return "".join(pieces) + question[end:]


def _named(tokens: Sequence[re.Match], index: int, own: Sequence[Phrase], said: Sequence[Phrase],
           exchanges: Sequence[Exchange]) -> str | None:
    """What a token stands for, in the form that fits its place; None where it stands for itself."""
    word = tokens[index].group().lower()
    before = tokens[index - 1].group().lower() if index else ""
    after = tokens[index + 1].group().lower() if index + 1 < len(tokens) else ""
    if word in _PERSONAL:
        return _of_person(word, after, tokens[index].start(), own, said, exchanges)
    if word in ("this", "that", "these", "those"):
        return _demonstrated(word, before, after, own, said)
    if word == "there" and before not in AUXILIARIES and after not in AUXILIARIES | {"any", "no", "a"}:
        return _place(before, said, exchanges)
    if word == "then" and index and after in ("", "?"):
        return _time(exchanges)
    return None


def _of_person(word: str, after: str, place: int, own: Sequence[Phrase], said: Sequence[Phrase],
               exchanges: Sequence[Exchange]) -> str | None:
    person = _PERSONAL[word]
    if any(agrees(phrase, person) and not phrase.asked for phrase in own if phrase.end <= place) or (
            person == "they" and any(phrase.plural and not phrase.asked for phrase in own if phrase.end <= place)):
        return None
    meant = [phrase for phrase in said if agrees(phrase, person)]
    named = identified(exchanges[-1].question, plain(exchanges[-1].answer))
    if named is not None and (named.plural if person == "they" else person == "it" and (
            named.kind == "name" or not named.plural)):
        meant = [named]
    if not meant:
        return None
    # A name says more than a role, which "Who is the director?" asks to put a name to.
    phrase = min(meant, key=lambda one: person in ("he", "she") and not one.bare[0].isupper())
    possessive = word in _POSSESSIVES and (word != "her" or after[:1].isalpha() and after not in PREPOSITIONS)
    name = definite(phrase)
    return name + ("'" if name.endswith("s") and phrase.plural else "'s") if possessive or word in (
        "hers", "theirs") else name


def agrees(phrase: Phrase, person: str) -> bool:
    """Whether a phrase can be meant by "he", "she", "it" or "they"."""
    if person == "they":
        return phrase.plural
    if phrase.plural:
        return False
    if person == "it":
        return phrase.kind != "person"
    return phrase.kind == "person" and not (_MALE if person == "she" else _FEMALE).search(phrase.text)


def definite(phrase: Phrase) -> str:
    """A phrase as something that is known: "the day ticket" for "a day ticket", "the machines" for "which machines"."""
    first = phrase.text.split(" ", 1)[0].lower()
    if first in ("a", "an", "this", "that", "these", "those", "any", "each", "every", "some", "no"):
        return f"the {phrase.bare}"
    if phrase.asked or not phrase.plural and phrase.kind == "thing" and phrase.text == phrase.bare:
        return f"the {phrase.text}"
    return phrase.text


def _demonstrated(word: str, before: str, after: str, own: Sequence[Phrase], said: Sequence[Phrase]) -> str | None:
    plural = word in ("these", "those")
    alone = after in ("", "?", ".", ",", "!") or after in AUXILIARIES or after in ("also", "too", "still") or (
        after in PREPOSITIONS or before in AUXILIARIES and after in verbs())
    if alone and (before in AUXILIARIES or before in PREPOSITIONS or before in verbs() or not before):
        phrase = next((phrase for phrase in said if phrase.plural == plural and phrase.kind != "person"), None)
        return None if phrase is None else definite(phrase)
    phrase = next((phrase for phrase in said if phrase.head == after and len(phrase.bare.split()) > 1), None)
    return "the " + phrase.bare.rsplit(" ", 1)[0] if phrase is not None and not alone else None


def _place(before: str, said: Sequence[Phrase], exchanges: Sequence[Exchange]) -> str | None:
    named = identified(exchanges[-1].question, plain(exchanges[-1].answer))
    phrase = named if named is not None and named.kind == "name" else None
    phrase = phrase or next((one for one in said if one.preposition in PLACE_PREPOSITIONS
                             or one.preposition == "of" and one.kind == "name"), None)
    phrase = phrase or next((one for one in said if one.kind != "person"), None)
    if phrase is None:
        return None
    usual = phrase.preposition if phrase.preposition in PLACE_PREPOSITIONS else "in" if phrase.kind == "name" else "at"
    if before in PREPOSITIONS:
        return definite(phrase)
    return f"{'to' if before in _MOVES else usual} {definite(phrase)}"


def _time(exchanges: Sequence[Exchange]) -> str | None:
    found = re.search(r"\b(?:in|on|at|since|during)\s+(?:\w+\s+)?\d[\w.:]*", plain(exchanges[-1].question))
    return found.group() if found else None


def _deed_named(question: str, exchanges: Sequence[Exchange]) -> str:
    """A question with the verb of the last one in the place of "do that"."""
    found = _DO_THAT.search(question)
    last = exchanges[-1].question
    if found is None:
        return question
    asked = _SUBJECT_QUESTION.match(last)
    auxiliary = asked and asked.group("verb").lower() in AUXILIARIES
    if not asked or auxiliary:
        return _passive_deed(question, found, last)
    deed = f"{base(asked.group('verb').lower())} {asked.group('rest')}".strip()
    word = found.group("do").lower()
    after_subject = word in ("do", "does", "did") and not question[:found.start()].strip().lower().endswith("who")
    if not after_subject:
        deed = f"{asked.group('verb')} {asked.group('rest')}".strip()
    return question[:found.start()] + deed + question[found.end():]


def _passive_deed(question: str, found: re.Match, last: str) -> str:
    """What "Who does that?" asks after "How often are the filters cleaned?": who cleans the filters."""
    rest = _CLAUSE.match(last)
    subject = next(iter(phrases(last)), None)
    if rest is None or subject is None:
        return question
    deed = rest.group("rest").rsplit(" ", 1)[-1].strip()
    if not deed.endswith(("ed", "en", "t")) or found.group("do").lower() != "does":
        return question
    return f"{question[:found.start()]}{third_person(base(deed))} {definite(subject)}{question[found.end():]}"


def base(verb: str) -> str:
    """The base form of a verb's third person or past, by the list of common verbs or by its ending."""
    for form, (past, participle) in verbs().items():
        if verb in (form, past, participle, third_person(form)):
            return form
    if verb.endswith("ies") or verb.endswith("ied"):
        return verb[:-3] + "y"
    if verb.endswith("ed"):
        return verb[:-2] if verb[-4:-2] in ("ct", "ss", "sh", "ch", "nd", "rt", "ow", "an", "in", "er") else verb[:-1]
    return verb[:-1] if verb.endswith("s") and not verb.endswith("ss") else verb
