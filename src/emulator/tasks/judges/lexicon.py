"""What the judges know of English words: forms of verbs, words that mean nearly the same, and opposites."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

from src.emulator.text import stem

_DATA = Path(__file__).parent / "data"
_WORDS_REMEMBERED = 32_768


@cache
def verbs() -> dict[str, tuple[str, str]]:
    """The common verbs' base forms, each with its past and its participle."""
    return {base: (forms[0], forms[1]) if forms else (_regular_past(base),) * 2
            for base, *forms in (line.replace("*", "").split() for line in _lines("verbs.txt"))}


@cache
def pure_verbs() -> frozenset[str]:
    """Base forms that are nothing but verbs: "bring", and not "drive"."""
    return frozenset(line.split()[0] for line in _lines("verbs.txt") if not line.split()[0].endswith("*"))


@cache
def irregular_verbs() -> frozenset[str]:
    """The base forms of verbs whose past is not regular."""
    return frozenset(base for base, (past, _) in verbs().items() if past != _regular_past(base))


@cache
def verb_forms() -> frozenset[str]:
    """Every finite form of the common verbs."""
    return frozenset(form for base, (past, _) in verbs().items() for form in (base, third_person(base), past))


@cache
def count_nouns() -> frozenset[str]:
    """Common nouns that need an article or the like in the singular."""
    return frozenset(" ".join(_lines("count_nouns.txt")).split())


@cache
def _base_forms() -> dict[str, str]:
    """Base forms of irregular pasts and participles, but where the form is another verb's base: "lay", "found"."""
    return {form: base for base, forms in verbs().items() for form in forms
            if form not in verbs() and base in irregular_verbs()}


def third_person(base: str) -> str:
    """A verb's form after he, she or it."""
    if base in ("have", "do", "go"):
        return {"have": "has", "do": "does", "go": "goes"}[base]
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ies"
    return base + ("es" if base.endswith(("s", "sh", "ch", "x", "z")) else "s")


def _regular_past(base: str) -> str:
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ied"
    doubled = base in ("admit", "occur", "plan", "prefer", "stop")
    return base + (base[-1] if doubled else "") + "ed"


@lru_cache(maxsize=_WORDS_REMEMBERED)
def concept(word: str) -> str:
    """What a lower-case word stands for: the stem that its inflections and synonyms share."""
    stemmed = stem(_base_forms().get(word, word))
    return _synonyms().get(stemmed, stemmed)


def is_known(word: str) -> bool:
    """Whether a lower-case word is in one of the lists, in any inflection, and so is hardly a name."""
    return word in verbs() or stem(word) in _synonyms() or concept(word) in opposites()


@cache
def _synonyms() -> dict[str, str]:
    """The first stem of the group that a stem belongs to."""
    groups: dict[str, str] = {}
    for line in _lines("synonyms.txt"):
        stems = [stem(word) for word in line.split()]
        for member in stems:
            groups.setdefault(member, groups.get(stems[0], stems[0]))
    return groups


@cache
def opposites() -> dict[str, frozenset[str]]:
    """Concepts and those that deny them."""
    found: dict[str, set[str]] = {}
    for line in _lines("opposites.txt"):
        left, right = ([concept(word) for word in side.split()] for side in line.split("|"))
        for one, other in ((left, right), (right, left)):
            for word in one:
                found.setdefault(word, set()).update(set(other) - {word})
    return {word: frozenset(others) for word, others in found.items()}


def _lines(name: str) -> list[str]:
    lines = (_DATA / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]
