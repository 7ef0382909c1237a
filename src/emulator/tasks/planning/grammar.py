"""The little English grammar of questions: words that are no nouns, forms of verbs, comparatives and their measures."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from src.emulator.tasks.judges.lexicon import pure_verbs, third_person, verb_forms, verbs

AUXILIARIES = frozenset("is are was were be been has have had do does did can could will would".split())
PREPOSITIONS = frozenset(
    "of in on at from to into through by for with after before between than under over near along across per about "
    "around since until during against within".split())
FUNCTION_WORDS = AUXILIARIES | PREPOSITIONS | frozenset(
    "the a an and or but as if when where which who whom whose that what how why it its he she his her they their "
    "this these those there each every together more most less least fewer fewest than not also one same up down out "
    "off so then".split())
_ADJECTIVES = {
    "high": "height", "tall": "height", "long": "length", "deep": "depth", "wide": "width", "broad": "width",
    "heavy": "weight", "fast": "speed", "old": "age", "large": "area", "big": "area", "small": "area", "thick":
    "thickness", "hot": "temperature", "cold": "temperature", "warm": "temperature", "expensive": "price", "cheap":
    "price", "populous": "population", "low": "height", "short": "length", "young": "age", "light": "weight", "slow":
    "speed", "far": "distance", "great": "size", "narrow": "width", "shallow": "depth", "strong": "strength",
    "dense": "density", "rich": "wealth", "early": "year", "late": "year", "close": "distance", "near": "distance",
}
# An adjective that is asked for by its opposite: "How high is the lower one?"
_OPPOSITE = {"low": "high", "short": "long", "young": "old", "light": "heavy", "slow": "fast", "small": "large",
             "narrow": "wide", "shallow": "deep", "cheap": "expensive", "cold": "hot", "few": "many", "little": "much",
             "close": "far", "near": "far", "big": "large", "early": "late"}
_IRREGULAR = {"better": "good", "best": "good", "worse": "bad", "worst": "bad", "farther": "far", "further": "far",
              "farthest": "far", "furthest": "far", "elder": "old", "eldest": "old"}
_NOT_COMPARATIVES = frozenset(
    "river number water tower border computer power never other order paper member winter summer over under after her "
    "center writer river designer founder composer father mother brother sister daughter tiger spider letter matter "
    "forest west east guest test interest rest harvest chest nest quest inventor owner user leader together another "
    "whether rather player painter singer singer ruler theater theatre butter silver copper".split())
# A pattern for what may be a comparative, in lower case.
COMPARATIVE = rf"(?!(?:{'|'.join(sorted(_NOT_COMPARATIVES))})\b)[a-z]+er"


@lru_cache(maxsize=4096)
def compared(word: str) -> str | None:
    """The adjective of a comparative or superlative: "high" for "higher" and "highest"; None for other words."""
    lower = word.lower()
    if lower in _IRREGULAR:
        return _IRREGULAR[lower]
    if lower in _NOT_COMPARATIVES or not lower.isalpha():
        return None
    for ending in ("er", "est"):
        if lower.endswith(ending) and len(lower) - len(ending) >= 3:
            return _base(lower[:-len(ending)])
    return None


def is_comparative(word: str) -> bool:
    """Whether a word is the comparative or superlative of a common adjective, and no "mountaineer"."""
    return compared(word) in _ADJECTIVES or word.lower() in _IRREGULAR


def _base(root: str) -> str:
    if root.endswith("i"):
        return root[:-1] + "y"
    if root in _ADJECTIVES:
        return root
    if root + "e" in _ADJECTIVES:
        return root + "e"
    if len(root) > 3 and root[-1] == root[-2] and root[-1] not in "ls":
        return root[:-1]
    return root


def measure_noun(adjective: str) -> str | None:
    """The noun of what an adjective measures: "height" for "high"."""
    return _ADJECTIVES.get(adjective)


def asked_adjective(adjective: str) -> tuple[str, bool]:
    """The adjective to ask with, and whether it is the opposite: ("high", True) for "low"."""
    return (_OPPOSITE[adjective], adjective != "big") if adjective in _OPPOSITE else (adjective, False)


@cache
def _all_forms() -> frozenset[str]:
    return verb_forms() | frozenset(form for forms in verbs().values() for form in forms)


@lru_cache(maxsize=8192)
def is_verb(word: str) -> bool:
    """Whether a lower-case word is a form of a verb, as far as that can be told without its sentence."""
    return word in AUXILIARIES or word in ("born", "sunk") or word in _all_forms() or word in pure_verbs() or (
        word.endswith("ed") and len(word) > 4) or word.endswith("s") and word[:-1] in pure_verbs()


@cache
def _bases() -> dict[str, str]:
    forms = {form: base for base, both in verbs().items() for form in (*both, third_person(base))}
    return forms | {base: base for base in verbs()} | {"founded": "found", "found": "found"}


@lru_cache(maxsize=4096)
def base_form(word: str) -> str:
    """A verb's base form: "lie" for "lies", "design" for "designed"."""
    lower = word.lower()
    if lower in _bases():
        return _bases()[lower]
    if lower.endswith("ies"):
        return lower[:-3] + "y"
    if lower.endswith(("ches", "shes", "sses", "xes")):
        return lower[:-2]
    if lower.endswith("ed"):
        root = lower[:-2]
        doubled = len(root) > 3 and root[-1] == root[-2] and root[-1] not in "ls"
        return root[:-1] if doubled else root + ("e" if re.search(r"[aeiou][cgsvz]$|[^aeiou][aiu][tdkmr]$", root)
                                                 else "")
    return lower[:-1] if lower.endswith("s") and not lower.endswith("ss") else lower


def past_form(base: str) -> str:
    """A verb's past: "visited" for "visit"."""
    return verbs()[base][0] if base in verbs() else base + ("d" if base.endswith("e") else "ed")


def is_plural(noun: str) -> bool:
    """Whether a phrase's last word is the plural of what can be counted."""
    last = noun.rsplit(" ", 1)[-1].lower()
    return last in ("people", "children", "women", "men") or (
        len(last) > 3 and last.endswith("s") and not last.endswith(("ss", "us", "is"))
        and last not in ("gas", "sales", "headquarters", "series", "news", "means", "physics", "mathematics",
                         "economics"))


def singular(noun: str) -> str:
    """A regular plural in the singular."""
    if noun.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    return noun[:-1] if is_plural(noun) and noun.endswith("s") else noun


def inverted(subject: str, group: list[str]) -> str:
    """A statement's subject and verbs in the order of a question: "was Ada born", "does Ada lie"."""
    if group and group[0] in AUXILIARIES and len(group) > 1:
        return " ".join([group[0], subject, *group[1:]])
    if not group or group[0] in ("is", "was", "are", "were"):
        return " ".join([*group, subject])
    present = group[0].endswith("s") and not group[0].endswith("ss")
    return " ".join(["does" if present else "did", subject, base_form(group[0]), *group[1:]])
