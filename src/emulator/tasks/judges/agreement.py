"""Mistakes in the forms of English words: agreement, tenses, articles."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise

from src.emulator.tasks.judges import nouns
from src.emulator.tasks.judges.claims import AUXILIARIES
from src.emulator.tasks.judges.lexicon import irregular_verbs, pure_verbs, third_person, verbs
from src.emulator.text import STOP_WORDS

_SINGULAR = frozenset("he she it".split())
_PLURAL = frozenset("i you we they".split())
_BARE = frozenset("do does did will would can could cannot shall should may might must to".split())
_MODALS = frozenset("will would can could cannot shall should may might must".split())
_HAVE = frozenset("have has had".split())
_BE = frozenset("am is are was were be been being".split())
_BETWEEN = frozenset(
    "not also never always often usually sometimes really well very still just already soon either both then thus only "
    "now even therefore".split())
# A short word may be an abbreviation, of which the sound can't be told: "a URL", "an MP".
_LONGEST_ABBREVIATION = 3
_VOWELS_BUT_U = ("a", "e", "i", "o")
_SILENT = ("hour", "honest", "heir", "honour", "honor")
_YOU_SOUND = ("uni", "use", "usu", "eu", "one", "once", "ut")
_EITHER_NUMBER = frozenset("data media sheep fish deer aircraft".split())
_PREDICATES = frozenset(
    "tired excited interested bored worried scared married happy sad angry hungry thirsty afraid glad sorry busy sick "
    "ill sure ready able good bad nice big small old young new very".split())
_BEFORE_BE = _BARE | _BETWEEN | frozenset(", and or let you please".split())
_MANY = frozenset("these those many several both few".split())


def errors(words: list[str]) -> int:
    """How many wrong forms a sentence's lower-case words have, as far as common verbs and simple rules can tell."""
    close = [word for word in words if word not in _BETWEEN]
    triples = zip(["", *close], close, [*close[1:], ""], strict=False)
    wrong = sum(any(rule(before, word, after) for rule in _RULES) for before, word, after in triples)
    wrong += sum(word == "be" and before not in _BEFORE_BE and not before.endswith("ly")
                 for before, word in pairwise(words))
    wrong += sum(before == "not" and word in _third_persons() for before, word in pairwise(words))
    wrong += sum(_is_wrong_article(*pair) for pair in pairwise(words)) + _quantities(words) + _subject(close)
    return wrong + nouns.errors(close)


def _after_pronoun(before: str, word: str, after: str) -> bool:
    """He go, they goes, they was, me go, I happy, it raining."""
    if before in AUXILIARIES or before in ("let", "help", "make", "see", "hear"):
        return False
    if word in _SINGULAR:
        is_object = word == "it" and before and (before in verbs() or before in STOP_WORDS)
        bare = pure_verbs() if is_object else verbs()
        return after in bare or after in ("are", "were", "am") or _lacks_be(after)
    if word in _PLURAL:
        return after in _third_persons() or after == "is" or after == "was" and word != "i" or _lacks_be(after)
    return word in ("me", "him", "us", "them") and before == "" and after != ""


def _lacks_be(word: str) -> bool:
    """Whether a word after a subject should have a form of "be" before it."""
    return word in _PREDICATES or (len(word) > 5 and word.endswith("ing") and word not in verbs())


def _after_auxiliary(before: str, word: str, after: str) -> bool:
    """To going, did went, have eat, is go."""
    if word in _BARE:
        return after in _pasts() or (word in _MODALS and after == "to") or after in _third_persons_of_pure_verbs() or (
            word != "to" and after in _changed_forms())
    base = after in verbs()
    if word in _HAVE:
        return base and after in pure_verbs() and verbs()[after][1] != after or after in _pasts()
    return word in _BE and base and after in pure_verbs() and verbs()[after][1] != after


def _overregular(before: str, word: str, after: str) -> bool:
    """Buyed, leaved, runned."""
    return word in _overregular_forms()


_RULES: tuple[Callable[[str, str, str], bool], ...] = (_after_pronoun, _after_auxiliary, _overregular)


def _is_wrong_article(article: str, word: str) -> bool:
    """A apple, an car, a cars."""
    if article not in ("a", "an"):
        return article in ("this", "every", "each", "much") and nouns.is_plural(word)
    if word.isdigit() or (len(word) <= _LONGEST_ABBREVIATION and not word.startswith(_VOWELS_BUT_U)):
        return False
    vowel = word.startswith(_SILENT) or (word[0] in "aeiou" and not word.startswith(_YOU_SOUND))
    return len(word) > 1 and ((article == "an") != vowel or nouns.is_plural(word))


def _quantities(words: list[str]) -> int:
    """These book, many house."""
    return sum(word in _MANY and index + 1 < len(words) and words[index + 1] not in AUXILIARIES
               and words[index + 1] not in ("of", "and", "who", "to", "in", "the") and word != "both"
               and not any(nouns.is_plural(later) or later in _EITHER_NUMBER for later in words[index + 1:index + 4])
               for index, word in enumerate(words))


def _subject(words: list[str]) -> int:
    """Cats eats, the doctor say: the noun at the beginning and the verb after it."""
    rest = words[1:] if words[:1] and words[0] in ("the", "a", "an", "my", "your", "our", "their", "his") else words
    if len(rest) < 2 or rest[0] in AUXILIARIES or rest[0] in _PLURAL or rest[0] in _SINGULAR or rest[0] in verbs():
        return 0
    noun, verb = rest[:2]
    if nouns.is_plural(noun):
        return int(verb in _third_persons() or verb in ("is", "was", "has", "does"))
    if noun.endswith("ly") or (len(rest) == len(words) and noun in STOP_WORDS):
        return 0
    return int((verb in pure_verbs() and verbs()[verb][0] != verb or verb in ("are", "were", "have"))
               and not nouns.is_plural(noun))


@cache
def _third_persons() -> frozenset[str]:
    return frozenset(third_person(base) for base in verbs())


@cache
def _third_persons_of_pure_verbs() -> frozenset[str]:
    return frozenset(third_person(base) for base in pure_verbs())


@cache
def _pasts() -> frozenset[str]:
    """Pasts that are no participle: "went"."""
    participles = {participle for _, participle in verbs().values()}
    return frozenset(past for base, (past, _) in verbs().items() if past not in participles and past not in verbs())


@cache
def _changed_forms() -> frozenset[str]:
    """Pasts, which don't follow "can" or "did"."""
    return frozenset({past for past, _ in verbs().values()} | _overregular_forms()) - verbs().keys()


@cache
def _overregular_forms() -> frozenset[str]:
    endings = (base + ("d" if base.endswith("e") else "ed") for base in irregular_verbs())
    doubled = (base + base[-1] + "ed" for base in irregular_verbs())
    real = {form for forms in verbs().values() for form in forms}
    return frozenset({*endings, *doubled} - real - {"lighted", "lied", "shined", "hanged", "costed", "binded", "seed"})
