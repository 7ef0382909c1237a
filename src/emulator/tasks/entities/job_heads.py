"""Which words are job titles by themselves, and which fields of work follow them."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from src.emulator.tasks.entities.gazetteers import words

if TYPE_CHECKING:
    from src.emulator.tasks.entities.tokens import Token

_SUFFIXES = (
    "ologist", "ographer", "ician", "onomist", "iatrist", "therapist", "smith", "wright", "monger", "keeper", "fighter",
    "herder", "dresser", "woman", "person", "nomer", "trician", "metrist", "pathist", "archist")
_NOT_JOBS = frozenset(
    "woman person layperson apologist songsmith wordsmith timekeeper scorekeeper kinswoman gentlewoman"
    " horsewoman frenchwoman englishwoman irishwoman welshwoman scotswoman dutchwoman noblewoman laywoman"
    " superwoman countrywoman birthright outright upright bushfighter freedom-fighter first-person"
    " third-person one-person two-person hierarchist anarchist monarchist".split())
# Singular heads that are verbs, adjectives or things as often; they count after a determiner, an adjective or "as".
AMBIGUOUS = frozenset(
    "coach cook nurse judge guard pilot model host anchor tailor doctor groom usher author intern tutor mentor"
    " referee umpire captain butcher engineer skipper principal executive academic specialist cardinal premier"
    " maid server driver minor conductor controller page commander dealer diver promoter buyer runner major"
    " hunter deputy".split())
_FIELD_ENDINGS = ("ology", "ography", "onomy", "ics", "istry", "ing", "ment", "tion", "ture", "studies", "sciences")
_LONGEST_FIELD = 4


@cache
def _heads() -> tuple[frozenset[str], dict[str, tuple[tuple[str, ...], ...]]]:
    """Head nouns of one word, and those of several by their first word, the longest first."""
    single, several = set(), {}
    for head in words("job_heads"):
        parts = tuple(head.split())
        if len(parts) == 1:
            single.add(head)
        else:
            several.setdefault(parts[0].lower(), []).append(tuple(part.lower() for part in parts))
    return frozenset(single), {first: tuple(sorted(found, key=len, reverse=True)) for first, found in several.items()}


@cache
def job_fields() -> frozenset[tuple[str, ...]]:
    """Fields of work in lower case, each as its words."""
    return frozenset(tuple(field.lower().split()) for field in words("job_fields"))


@lru_cache(maxsize=8192)
def singulars(word: str) -> tuple[str, ...]:
    """What a word may be the plural of, itself first."""
    if word.endswith("wives"):
        return word, word[:-3] + "fe"
    if word.endswith("men"):
        return word, word[:-3] + "man"
    if word.endswith("ies"):
        return word, word[:-3] + "y", word[:-1]
    if word.endswith(("ses", "xes", "ches", "shes", "sses")):
        return word, word[:-2], word[:-1]
    if word.endswith("s") and not word.endswith("ss"):
        return word, word[:-1]
    return (word,)


@lru_cache(maxsize=8192)
def is_head(text: str) -> bool:
    """Whether a word is a job title by itself, in the singular or plural."""
    single, _ = _heads()
    if text in single or (text.endswith("s") and text[:-1] in single and text[:-1].isupper()):
        return True
    if text.isupper() and len(text) < 5:
        return False
    for word in singulars(text.lower()):
        last = word.rsplit("-", 1)[-1]
        if word in single or (last != word and last in single and last not in AMBIGUOUS):
            return True
        if word.endswith(_SUFFIXES) and word not in _NOT_JOBS and len(word) > 6 and not text[0].isupper():
            return True
    return False


def parts_from(words_: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The job titles of several words that begin with one of the words, each as its words in lower case."""
    _, several = _heads()
    return tuple(parts for first in words_ for parts in several.get(first, ()))


def multi_word_head(tokens: list[Token], index: int) -> int:
    """The index of the last token of a head of several words that starts here; -1 where none does."""
    for parts in tokens[index].word.head_parts:
        end = index + len(parts) - 1
        if end < len(tokens) and all(part in token.word.singulars
                                     for part, token in zip(parts[1:], tokens[index + 1:end + 1], strict=True)):
            return end
    return -1


def field_end(tokens: list[Token], start: int) -> int:
    """The index of the last word of the field that starts here; -1 where none does."""
    listed = job_fields()
    best = -1
    for length in range(1, _LONGEST_FIELD + 1):
        end = start + length - 1
        if end >= len(tokens) or not tokens[end].word.alphabetic:
            break
        if tuple(token.lower for token in tokens[start:end + 1]) in listed:
            best = end
    if best < 0:
        best = _field_by_form(tokens, start)
    return best


def _field_by_form(tokens: list[Token], start: int) -> int:
    """As `field_end`, for unlisted words that name a science or an activity: "ornithology", "rural management"."""
    end = start
    while end < len(tokens) and end < start + _LONGEST_FIELD and tokens[end].near and tokens[end].word.alphabetic:
        word = tokens[end].lower
        if word.endswith(_FIELD_ENDINGS):
            return end if not tokens[end].possessive else -1
        if not tokens[end].word.modifier and not word.endswith(("al", "ic", "ern", "ary")):
            return -1
        end += 1
    return -1
