"""What the word lists say of a word: looked up once, then remembered with the word."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from src.emulator.tasks.entities import job_heads, known_names
from src.emulator.tasks.entities.gazetteers import first_names, last_names, words

# Words that are remembered at most; a text of many thousands of different ones only gets slower.
_MOST_WORDS = 16_384

_CALENDAR = frozenset(
    "January February March April May June July August September October November December Monday Tuesday"
    " Wednesday Thursday Friday Saturday Sunday Jan Feb Mar Apr Jun Jul Aug Sept Sep Oct Nov Dec Mon Tue Wed"
    " Thu Fri Sat Sun Mondays Tuesdays Wednesdays Thursdays Fridays Saturdays Sundays I I'm I've I'd I'll".split())
_PARTICLES = frozenset(
    "de del della di da do dos das du la le les el al van von der den ter ten 't zu zur bin ibn bint ben abu"
    " af av y e i ap ó ní nic mac".split())


@dataclass(frozen=True, slots=True)
class Word:
    """A word without its place in a text.

    Attributes:
        text: as it is written, without a possessive ending.
        lower: the same in lower case.
        alphabetic: whether it begins with a letter.
        spoken: whether it begins with a letter or a digit, which punctuation doesn't.
        upper: whether it is written in capitals.
        numbered: whether there is a digit in it.
        namelike: whether it is like a first or last name.
        capital: whether it can be a part of a name: "Ana", "al-Assad", "d'Arc", "eBay".
        calendar: whether it is a month, a weekday or "I".
        particle: whether it stands in lower case inside people's names: "de la", "van der", "bin".
        plain: whether it is an ordinary word, which only happens to have a capital where it has one.
        known: what it names by itself, as `known_names.known` says.
        name_lengths: how many characters the known names have that begin like it, the longest first.
        first_name: whether it is a first name; `like_first` also counts capitals and the parts around a hyphen.
        last_name: whether it is a last name; `like_last` likewise.
        organisation_word: whether it makes an organisation of a name's other words: "Bank", "University".
        suffix: whether it is a legal form: "Ltd".
        place_word: whether it makes a place of a name's other words: "Street".
        nationality: whether it is the adjective or noun of a people.
        title: whether it is a word of address: "Dr.".
        singulars: itself and what it may be the plural of, in lower case.
        head: whether it is a job title by itself, in the singular or plural.
        weak_head: whether it is a job title with another word before it: "officer".
        head_parts: the job titles of several words that begin with it, as their words, the longest first.
        modifier: whether it belongs to a job title when it stands in front of one.
        no_modifier: whether it never does.
    """

    text: str
    lower: str
    alphabetic: bool
    spoken: bool
    upper: bool
    numbered: bool
    namelike: bool
    capital: bool
    calendar: bool
    particle: bool
    plain: bool
    known: str
    name_lengths: tuple[int, ...]
    first_name: bool
    like_first: bool
    last_name: bool
    like_last: bool
    organisation_word: bool
    suffix: bool
    place_word: bool
    nationality: bool
    title: bool
    singulars: tuple[str, ...]
    head: bool
    weak_head: bool
    head_parts: tuple[tuple[str, ...], ...]
    modifier: bool
    no_modifier: bool


@lru_cache(maxsize=_MOST_WORDS)
def look_up(text: str) -> Word:
    """What is known of a word as it is written, without a possessive ending."""
    lower = text.lower()
    capital = _is_capitalised(text)
    like_first, like_last = capital and _is_like(text, first_names()), capital and _is_like(text, last_names())
    singulars = job_heads.singulars(lower)
    return Word(
        text=text, lower=lower, alphabetic=text[0].isalpha(), spoken=text[0].isalnum(), upper=text.isupper(),
        numbered=any(character.isdigit() for character in text), namelike=like_first or like_last,
        capital=capital, calendar=text in _CALENDAR, particle=lower in _PARTICLES, plain=lower in plain_words(),
        known=known_names.known(text), name_lengths=known_names.lengths(text),
        first_name=capital and text in first_names(), like_first=like_first,
        last_name=capital and text in last_names(), like_last=like_last,
        organisation_word=text in words("organisation_words"), suffix=text in words("organisation_suffixes"),
        place_word=text in words("place_words"), nationality=text in words("nationalities"),
        title=text in words("titles"), singulars=singulars, head=job_heads.is_head(text),
        weak_head=not words("job_heads_modified").isdisjoint(singulars), head_parts=job_heads.parts_from(singulars),
        modifier=lower in words("job_modifiers") or text in words("job_modifiers"),
        no_modifier=lower in words("job_not_modifiers"))


def _is_capitalised(word: str) -> bool:
    """Whether a word begins with a capital, or has one after a short lower-case part."""
    if word[0].isupper():
        return True
    if not word[0].isalpha():
        return False
    for mark in "-'’":
        head, found, tail = word.partition(mark)
        if found and len(head) <= 3 and tail[:1].isupper():
            return True
    return len(word) > 2 and word[1].isupper()


def _is_like(text: str, names: frozenset[str]) -> bool:
    """Whether a word, or a part of a word with a hyphen, is on a list of names; names in capitals as well."""
    word = text.title() if text.isupper() and len(text) > 3 else text
    return word in names or any(part in names for part in word.split("-") if len(part) > 2)


@cache
def plain_words() -> frozenset[str]:
    """Lower-case words that are no names."""
    entries = words("common_words") | words("job_modifiers") | words("job_fields") | words("job_not_modifiers")
    places = {word.lower() for word in words("place_words") | words("organisation_words")}
    return frozenset(entry for entry in entries if entry.islower()) | frozenset(places)
