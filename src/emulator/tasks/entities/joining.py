"""Where a capitalised run goes on: over particles, "&", "of" and "and", and over an apostrophe inside a name."""

from __future__ import annotations

from src.emulator.tasks.entities.known_names import LOCATION
from src.emulator.tasks.entities.tokens import Token

_OF_LINKS = (("of",), ("for",), ("of", "the"), ("for", "the"), ("on",), ("de",), ("of", "the", "Blessed"), ("without",))
_JOINTS = frozenset({"and", *(link[0] for link in _OF_LINKS)})
_PLACE_HEADS = frozenset(
    "Isle Gulf Bay Strait Straits Sea Kingdom Republic Province City Port Cape Valley County Duchy Borough"
    " District Village Town State Islands Lake Tower Palace Castle Region Cathedral".split())
_NOT_OF_HEADS = frozenset(
    "United International Brothers Group Games Party Sons Partners Health Food Watch Post Times Energy Power"
    " Police Team Government Unit Force Front News Project Campaign House".split())
# "She left Bilkent University for the World Bank".
_NOT_FOR_HEADS = frozenset(
    "University College School Bank Club Company Hospital Church Times Post Herald Journal Systems Technologies"
    " Motors Airlines Airways Media Records Books Entertainment Studios".split())
_SCHOOL_HEADS = frozenset(
    "Hospital College School Church Academy University Infirmary Bakery Bookshop Cafe Café Hospice Institute"
    " Society Cathedral Restaurant Kitchen Shop Pharmacy Club Union Road Street Lane Square Park Cross Avenue"
    " Aid Trust Court Gate Island Hill Bridge Bay Wharf Garden Gardens Inn Pizzeria Diner".split())
_LONGEST_RUN = 16


def run_end(tokens: list[Token], taken: list[bool], start: int) -> int:
    """The index of the last token of the capitalised run that starts at an index."""
    end = start
    while end - start < _LONGEST_RUN:
        further = _further(tokens, taken, start, end)
        if further == end:
            break
        end = further
    return end


def _further(tokens: list[Token], taken: list[bool], start: int, end: int) -> int:
    """The end of the run that goes on after `end`; `end` itself where it doesn't."""
    nxt = end + 1
    if nxt >= len(tokens) or taken[nxt] or not tokens[nxt].near and tokens[nxt].word.spoken:
        return end
    token, last = tokens[nxt], tokens[end]
    if last.possessive:
        return nxt if token.text in _SCHOOL_HEADS and _is_patron(tokens, start, end) else end
    if token.text in "'’" and last.text.endswith("s") and _is_name_token(tokens, taken, nxt + 1) and (
            tokens[nxt + 1].word.organisation_word):
        return nxt + 1
    if token.text in ("&", "+") and _is_name_token(tokens, taken, nxt + 1):
        return nxt + 1
    if token.text == "," and nxt + 1 < len(tokens) and tokens[nxt + 1].text.startswith(("Inc", "Ltd", "LLC", "LLP")):
        return nxt + 1
    if token.capital and not token.word.calendar or token.word.suffix:
        return nxt
    return _over_lower_case(tokens, taken, start, end)


def _is_patron(tokens: list[Token], start: int, end: int) -> bool:
    """Whether a possessive is part of a name: St Mary's Hospital, King's College, Rosie's Kitchen, not London's."""
    if end > start and tokens[end].lower not in ("coroner", "sheriff"):
        return tokens[start].text in ("St", "St.", "Saint", "Our", "Queen", "King") or tokens[end].lower.endswith("ren")
    patron = tokens[end].lower in ("women", "men", "king", "queen", "bishop", "people", "coroner", "sheriff")
    return patron or tokens[end].word.known != LOCATION and not tokens[end].first


def _is_name_token(tokens: list[Token], taken: list[bool], index: int) -> bool:
    return index < len(tokens) and tokens[index].capital and not taken[index] and not tokens[index].word.calendar


def _over_lower_case(tokens: list[Token], taken: list[bool], start: int, end: int) -> int:
    """The run's end after particles, "of" or "and", with the capitalised word behind them."""
    nxt = end + 1
    if tokens[nxt].word.particle and not (tokens[start].first and start == end and tokens[start].word.plain):
        after = nxt
        while after < len(tokens) and tokens[after].word.particle and after - nxt < 3:
            after += 1
        if _is_name_token(tokens, taken, after):
            return after
    if tokens[nxt].text not in _JOINTS:
        return end
    head = tokens[end].text
    inside = any([token.text in ("of", "for") for token in tokens[start:end]])
    if inside or head in _PLACE_HEADS or (tokens[end].word.organisation_word and head not in _NOT_OF_HEADS):
        for link in _OF_LINKS:
            if link[0] == "for" and any(token.text in _NOT_FOR_HEADS for token in tokens[start:end + 1]):
                continue
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
    if not (following.word.plain or following.lower.endswith(("tion", "ment", "ology", "ics", "ture", "ity"))):
        return end
    if inside and tokens[start].text not in _PLACE_HEADS:
        return end + 2
    if not (tokens[end].word.plain or tokens[end].lower.endswith(("ture", "ties", "ology", "tion"))):
        return end
    after = end + 2
    while _is_name_token(tokens, taken, after + 1) and tokens[after + 1].near:
        after += 1
    return end + 2 if after > end + 2 and tokens[after].word.organisation_word else end
