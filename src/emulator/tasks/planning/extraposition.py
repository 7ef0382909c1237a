"""Relative clauses that stand behind the verb: "was the club founded that Q played for"."""

from __future__ import annotations

from src.emulator.tasks.planning.grammar import AUXILIARIES, is_verb
from src.emulator.tasks.planning.phrases import is_name

_PRONOUNS = frozenset("that which who whom whose where".split())
_LONGEST_HEAD = 4


def together(words: list[str]) -> list[str]:
    """The words with such a clause behind the noun that it belongs to: "was the club that Q played for founded"."""
    for place in range(1, len(words) - 2):
        if words[place] != "the" or words[place - 1] not in AUXILIARIES:
            continue
        verb = next((count for count in range(place + 2, min(place + 2 + _LONGEST_HEAD, len(words) - 1))
                     if is_verb(words[count])), None)
        if verb is None or any(is_name(word) for word in words[place + 1:verb]):
            continue
        clause = verb + 1
        begins = clause + (words[clause] in ("in", "on", "at", "from", "for", "of", "to"))
        if words[begins:begins + 1] and words[begins] in _PRONOUNS and "," not in words[clause:]:
            return [*words[:verb], *words[clause:], words[verb]]
    return words
