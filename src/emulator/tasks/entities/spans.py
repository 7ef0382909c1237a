"""Capitalised spans: stretches of a text that may be names, cut where one name ends and the next begins."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from src.emulator.tasks.entities import gazetteers
from src.emulator.tasks.entities.gazetteers import words
from src.emulator.tasks.entities.tokens import Token

PERSON, ORGANISATION, LOCATION = "person", "organisation", "location"

_PARTICLES = frozenset(
    "de del della di da do dos das du la le les el al van von der den ter ten 't zu zur bin ibn bint ben abu"
    " af av y e i ap ó ní nic mac".split())
_CALENDAR = frozenset(
    "January February March April May June July August September October November December Monday Tuesday"
    " Wednesday Thursday Friday Saturday Sunday Jan Feb Mar Apr Jun Jul Aug Sept Sep Oct Nov Dec Mon Tue Wed"
    " Thu Fri Sat Sun Mondays Tuesdays Wednesdays Thursdays Fridays Saturdays Sundays I I'm I've I'd I'll".split())
_OF_LINKS = (("of",), ("for",), ("of", "the"), ("for", "the"), ("on",), ("de",), ("of", "the", "Blessed"), ("without",))
_PLACE_HEADS = frozenset(
    "Isle Gulf Bay Strait Straits Sea Kingdom Republic Province City Port Cape Valley County Duchy Borough"
    " District Village Town State Islands Lake Tower Palace Castle Region Cathedral".split())
_NOT_OF_HEADS = frozenset(
    "United International Brothers Group Games Party Sons Partners Health Food Watch Post Times Energy Power"
    " Police Team Government Unit Office Force Front News Project Campaign House".split())
_SCHOOL_HEADS = frozenset(
    "Hospital College School Church Academy University Infirmary Bakery Bookshop Cafe Café Hospice Institute"
    " Society Cathedral Restaurant Kitchen Shop Pharmacy Club Union Road Street Lane Square Park Cross Avenue"
    " Gate Island Hill Bridge Bay Wharf Garden Gardens Inn Pizzeria Diner".split())
_LONGEST_NAME = 7
_LONGEST_RUN = 16
_LONGEST_ACRONYM = 4


@dataclass(slots=True)
class Piece:
    """A stretch of tokens that is a candidate for a name, from `start` to `end` inclusive, and what is known of it.

    Attributes:
        start: index of its first token.
        end: index of its last token.
        label: "organisation", "location", or "other" where a list or a keyword already decides, else "".
        titled: whether a word of address or a job title stands right before it, in the same capitalised run or not.
        heads: whether a job title with a name follows, as in "Contoso chief executive Ana Ruiz".
    """

    start: int
    end: int
    label: str = ""
    titled: bool = False
    heads: bool = False


@cache
def _exact_names() -> dict[str, str]:
    """Names known as a whole, by what they name."""
    names = dict.fromkeys(words("not_organisations"), "other") | dict.fromkeys(gazetteers.places(), LOCATION)
    names |= {**dict.fromkeys(words("organisations"), ORGANISATION), **dict.fromkeys(words("countries"), LOCATION)}
    return names


def known(phrase: str) -> str:
    """What a phrase is known to name: "organisation", "location" or "other"; "" where it isn't known."""
    names = _exact_names()
    if phrase in names:
        return names[phrase]
    return names.get(phrase.title(), "") if phrase.isupper() and len(phrase) > _LONGEST_ACRONYM else ""


def is_particle(token: Token) -> bool:
    """Whether a word stands in lower case inside people's names: "de la", "van der", "bin"."""
    return token.lower in _PARTICLES


def runs(text: str, tokens: list[Token], taken: list[bool]) -> list[Piece]:
    """The capitalised runs, those that are known as a whole with their label.

    Args:
        text: the text that was tokenised, with every white space a blank.
        tokens: its tokens.
        taken: for each token whether it belongs to something that is no name, such as a date or an address.
    """
    found: list[Piece] = []
    index = 0
    while index < len(tokens):
        if not _may_start(tokens[index], taken[index]):
            index += 1
            continue
        piece = _known_from(text, tokens, index) or _run_from(tokens, taken, index)
        found.append(piece)
        index = piece.end + 1
    return found


def _may_start(token: Token, is_taken: bool) -> bool:
    return not is_taken and token.text not in _CALENDAR and (token.capital or bool(known(token.text)))


def _known_from(text: str, tokens: list[Token], start: int) -> Piece | None:
    """The longest known name of several words that starts here, or one with a mark that no run would contain."""
    last = min(start + _LONGEST_NAME, len(tokens)) - 1
    for end in range(last, start - 1, -1):
        if end == start and tokens[start].capital and not tokens[start].possessive and tokens[start].text[0].isalpha():
            break
        if not all(token.near for token in tokens[start + 1:end + 1]):
            continue
        phrase = text[tokens[start].start:tokens[end].end]
        with_ending = phrase + text[tokens[end].end:tokens[end].end + 2]
        label = known(phrase) or (tokens[end].possessive and known(with_ending.replace("’", "'")))
        if label and (end > start or not _next_joins(tokens, end)):
            if known(phrase) != label:
                # The "'s" of Sainsbury's is no possessive.
                tokens[end].end, tokens[end].possessive = tokens[end].end + 2, False
            end = _with_suffix(tokens, end) if label == ORGANISATION else end
            if end + 1 < len(tokens) and label == LOCATION and _next_joins(tokens, end) and (
                    tokens[end + 1].text in words("organisation_words") | words("place_words")):
                return None
            return Piece(start, end, label)
    return None


def _next_joins(tokens: list[Token], end: int) -> bool:
    following = tokens[end + 1] if end + 1 < len(tokens) else None
    return bool(following and following.capital and following.near and not tokens[end].possessive
                and following.text not in _CALENDAR)


def _with_suffix(tokens: list[Token], end: int) -> int:
    """The end of an organisation's name with the keywords and legal form after it: "Toyota" + "Motor Corporation"."""
    while _next_joins(tokens, end) and tokens[end + 1].text in (
            words("organisation_suffixes") | words("organisation_words")):
        end += 1
    return end


def _run_from(tokens: list[Token], taken: list[bool], start: int) -> Piece:
    end = start
    while end - start < _LONGEST_RUN:
        further = _further(tokens, taken, start, end)
        if further == end:
            break
        end = further
    return Piece(start, end)


def _further(tokens: list[Token], taken: list[bool], start: int, end: int) -> int:
    """The end of the run that goes on after `end`; `end` itself where it doesn't."""
    nxt = end + 1
    if nxt >= len(tokens) or taken[nxt] or not tokens[nxt].near and tokens[nxt].text[0].isalnum():
        return end
    token, last = tokens[nxt], tokens[end]
    if last.possessive:
        return nxt if token.text in _SCHOOL_HEADS and _is_patron(tokens, start, end) else end
    if token.text in "'’" and last.text.endswith("s") and _is_name_token(tokens, taken, nxt + 1) and (
            tokens[nxt + 1].text in words("organisation_words")):
        return nxt + 1
    if token.text in ("&", "+") and _is_name_token(tokens, taken, nxt + 1):
        return nxt + 1
    if token.text == "," and nxt + 1 < len(tokens) and tokens[nxt + 1].text.startswith(("Inc", "Ltd", "LLC", "LLP")):
        return nxt + 1
    if token.capital and token.text not in _CALENDAR or token.text in words("organisation_suffixes"):
        return nxt
    return _over_lower_case(tokens, taken, start, end)


def _is_patron(tokens: list[Token], start: int, end: int) -> bool:
    """Whether a possessive is part of a name: St Mary's Hospital, King's College, Rosie's Kitchen, not London's."""
    if end > start:
        return tokens[start].text in ("St", "St.", "Saint", "Our", "Queen", "King") or tokens[end].lower.endswith("ren")
    patron = tokens[end].lower in ("women", "men", "king", "queen", "bishop", "people")
    return patron or known(tokens[end].text) != LOCATION and not tokens[end].first


def _is_name_token(tokens: list[Token], taken: list[bool], index: int) -> bool:
    return index < len(tokens) and tokens[index].capital and not taken[index] and tokens[index].text not in _CALENDAR


def _over_lower_case(tokens: list[Token], taken: list[bool], start: int, end: int) -> int:
    """The run's end after particles, "of" or "and", with the capitalised word behind them."""
    nxt = end + 1
    if is_particle(tokens[nxt]) and not (tokens[start].first and start == end and _is_plain_word(tokens[start])):
        after = nxt
        while after < len(tokens) and is_particle(tokens[after]) and after - nxt < 3:
            after += 1
        if _is_name_token(tokens, taken, after):
            return after
    head = tokens[end].text
    inside = any(token.text in ("of", "for") for token in tokens[start:end])
    if inside or head in _PLACE_HEADS or (head in words("organisation_words") and head not in _NOT_OF_HEADS):
        for link in _OF_LINKS:
            after = nxt + len(link)
            if tuple(token.text for token in tokens[nxt:after]) == link and _is_name_token(tokens, taken, after):
                return after
    return _over_and(tokens, taken, start, end)


def _over_and(tokens: list[Token], taken: list[bool], start: int, end: int) -> int:
    """The run's end after "and" inside an organisation's name: Food and Drug Administration, Finch and Sons."""
    if tokens[end + 1].text != "and" or not _is_name_token(tokens, taken, end + 2):
        return end
    following = tokens[end + 2]
    if following.text in ("Sons", "Son", "Partners", "Daughters", "Associates", "Co", "Co.", "Company", "Brothers"):
        return end + 2
    inside = any(token.text in ("of", "for") for token in tokens[start:end])
    if not (_is_plain_word(following) or following.lower.endswith(("tion", "ment", "ology", "ics", "ture", "ity"))):
        return end
    if inside and tokens[start].text not in _PLACE_HEADS:
        return end + 2
    if not (_is_plain_word(tokens[end]) or tokens[end].lower.endswith(("ture", "ties", "ology", "tion"))):
        return end
    after = end + 2
    while _is_name_token(tokens, taken, after + 1) and tokens[after + 1].near:
        after += 1
    return end + 2 if after > end + 2 and tokens[after].text in words("organisation_words") else end


@cache
def plain_words() -> frozenset[str]:
    """Lower-case words that are no names."""
    entries = words("common_words") | words("job_modifiers") | words("job_fields") | words("job_not_modifiers")
    places = {word.lower() for word in words("place_words") | words("organisation_words")}
    return frozenset(entry for entry in entries if entry.islower()) | frozenset(places)


def _is_plain_word(token: Token) -> bool:
    return token.lower in plain_words()


def is_plain(token: Token) -> bool:
    """Whether a capitalised word is an ordinary one that only happens to have a capital."""
    return _is_plain_word(token)
