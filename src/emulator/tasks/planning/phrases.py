"""Words of a question and the names in it: where a name or another simple noun phrase ends."""

from __future__ import annotations

import re

from src.emulator.tasks.planning.grammar import FUNCTION_WORDS, is_comparative, is_verb
from src.emulator.tasks.planning.nodes import SLOT

_TOKEN = re.compile(r"[\"“][^\"”]{1,150}[\"”]|[\ue000-\ue3ff]|[^\s,;:?!()\"“”\ue000-\ue3ff]+|[^\s]")
_POSSESSIVE = re.compile(r"(?<=\w)['’]s$|(?<=s)['’]$")
_PARTICLES = frozenset("of the de da di do du la le el al van von der den del della and zu y bin for".split())
_JOINING = frozenset("de da di do du la le el al van von der den del della zu y bin".split())
_DETERMINERS = frozenset(("the", "a", "an"))
_MOST_MODIFIERS = 4
_CLOSED = re.compile(r"\s+([,;:?!)]|['’]s\b)")


def tokens(text: str) -> list[str]:
    """The words, with commas and possessive endings as words of their own; quoted titles are one word."""
    found: list[str] = []
    for token in _TOKEN.findall(text):
        ending = None if token[0] in "\"“" else _POSSESSIVE.search(token)
        found += [token[:ending.start()], "'s"] if ending else [token]
    return found


def joined(words: list[str]) -> str:
    """Words as a text again."""
    return _CLOSED.sub(r"\1", " ".join(words)).replace("( ", "(")


def is_name(word: str) -> bool:
    """Whether a word begins with a capital, is a quoted title, or stands for something that was found before."""
    first = word[0]
    return first.isupper() or first in "\"“" or bool(SLOT.match(word)) or (
        len(word) > 1 and not word.islower() and any(character.isupper() for character in word) and word[1:2].isalpha())


def name_end(words: list[str], start: int) -> int:
    """Where a name ends that begins at a place; the place itself where none begins."""
    if start >= len(words) or not is_name(words[start]):
        return start
    end = start + 1
    if SLOT.match(words[start]) or words[start][0] in "\"“":
        return end
    while end < len(words):
        if is_name(words[end]) and not SLOT.match(words[end]) or words[end].isdigit() or words[end] == "&":
            end += 1
        elif (after := _after_particles(words, end)) > end:
            end = after
        else:
            break
    return _bracketed(words, end)


def _after_particles(words: list[str], place: int) -> int:
    """The place after "of the" and the like with a capital behind it."""
    end = place
    while end < len(words) and end < place + 2 and words[end] in (_JOINING | {"of", "the"}):
        end += 1
    begins_well = words[place] in _JOINING or words[place] == "of"
    follows = end < len(words) and is_name(words[end]) and not SLOT.match(words[end])
    return end + 1 if begins_well and end > place and follows else place


def _bracketed(words: list[str], end: int) -> int:
    if words[end:end + 1] == ["("] and ")" in words[end:end + 6]:
        return words.index(")", end) + 1
    return end


def leaf_end(words: list[str], start: int, may_be_bare: bool = False) -> int:
    """Where a simple noun phrase ends: "the river Orva", "a blue whale", "the Corvane lily"; its start if it is none.

    Args:
        words: the words.
        start: where it begins.
        may_be_bare: whether a noun without an article will do: "gold".
    """
    place = start
    determined = place < len(words) and words[place] in _DETERMINERS
    place += determined
    after = place
    while after < len(words) and after < place + _MOST_MODIFIERS and _plain(words[after]):
        after += 1
    numbered = words[after:after + 1] and words[after][0].isdigit() and words[after + 1:] and is_name(words[after + 1])
    if after < len(words) and (is_name(words[after]) or numbered):
        end = name_end(words, after + (not is_name(words[after])))
        if determined and not SLOT.match(words[end - 1]):
            while end < len(words) and end < after + 6 and _tail(words, end):
                end += 1
        return end
    if after == place or not (determined or may_be_bare):
        return start
    return _with_complement(words, after)


def _with_complement(words: list[str], end: int) -> int:
    """As in "a ticket" goes on with "of the Ostra Museum"."""
    if end + 1 < len(words) and words[end] in ("of", "for", "to"):
        after = leaf_end(words, end + 1)
        if after > end + 1:
            return after
    return end


def _plain(word: str) -> bool:
    """Whether a word can be a noun or an adjective in a simple noun phrase."""
    return (word[0].isalpha() and not is_name(word) and word not in FUNCTION_WORDS and word != "'s"
            and not (is_verb(word) and word.endswith("ed")) and (not is_comparative(word) or word.endswith("est")))


def _tail(words: list[str], place: int) -> bool:
    """Whether a lower-case noun goes on with a name: "lily" in "the Corvane lily"."""
    word = words[place]
    return (_plain(word) and word.isalpha() and not is_verb(word) and not is_comparative(word)
            and word not in ("first", "last", "earlier", "combined", "altogether"))


def entities(words: list[str], start: int, may_be_bare: bool = False) -> tuple[list[str], int]:
    """A list of simple noun phrases such as "A, B and C", and where it ends."""
    found: list[str] = []
    end = start
    while True:
        after = leaf_end(words, end, may_be_bare)
        if after == end:
            break
        found.append(joined(words[end:after]))
        start = after
        end = after + _separator(words, after)
        if end == after:
            break
    return found, start


def _separator(words: list[str], place: int) -> int:
    """How many words separate two members of a list: a comma, "and", "or", both, and a preposition after them."""
    length = int(words[place:place + 1] == [","])
    length += words[place + length:place + length + 1] in (["and"], ["or"])
    if length and words[place + length:place + length + 1] in (["in"], ["of"], ["on"]):
        length += 1
    return length
