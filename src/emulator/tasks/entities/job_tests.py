"""Whether a head noun with the words around it is a job title: "nurse" is none in "a nurse shortage"."""

from __future__ import annotations

from src.emulator.tasks.entities.job_heads import AMBIGUOUS
from src.emulator.tasks.entities.known_names import ORGANISATION
from src.emulator.tasks.entities.tokens import Token

DETERMINERS = frozenset(
    "a an the his her its their our my your this that every each another any some no one two three four five"
    " six seven eight nine ten as and or by of with from former new current retired young".split())
ADJECTIVE_ENDINGS = (
    "ed", "ly", "ing", "ous", "ful", "ive", "able", "ible", "ish", "less", "est", "ese", "ic", "al", "ian", "ean",
    "ant", "ary", "ent", "ier", "old", "some", "like", "based", "born", "en")
_NOUNS_AFTER = frozenset(
    "shortage shortages strike strikes training union unions salaries salary pay wages recruitment association"
    " education certification services service project projects scheme programme program plant episode year"
    " years order orders board building licence license licences appointment appointments visit visits car"
    " cars safety error errors exchange jobs vacancies vacancy conference workshop workshops academy school"
    " schools guild".split())
_VERB_MARKERS = frozenset(
    "to will would can could must should may might not i you we they don't didn't won't let helped help".split())
# What is a job title without a word before it where somebody's: "the singer's agent".
_POSSESSED_HEADS = frozenset("agent chair representative".split())
_RANKS_ALONE = frozenset(
    "first second third left right central full-time part-time new key star ice front back high middle interim"
    " acting temporary seasonal independent national international global local".split())
_NOT_TITLES = frozenset({
    ("market", "leader"), ("key", "player"), ("star", "player"), ("business", "partner"), ("trading", "partner"),
    ("price", "leader"), ("coalition", "partner"), ("data", "controller"), ("web", "server"), ("game", "controller"),
    ("mail", "server")})


def counts(tokens: list[Token], start: int, head: int, end: int, last: int) -> bool:
    """Whether a head with what is around it is a title at all."""
    if end > head or last > end:
        return True
    token = tokens[head]
    pair = (tokens[head - 1].lower, token.lower) if head else ("", token.lower)
    following = tokens[head + 1] if head + 1 < len(tokens) else None
    if token.capital and (token.word.known == ORGANISATION or _is_in_company_name(tokens, head)):
        return False
    if pair in _NOT_TITLES or _modifies_noun(token, following):
        return False
    if not token.word.head:
        if following and following.word.suffix:
            return False
        if start == head:
            return head > 0 and tokens[head - 1].possessive and token.lower in _POSSESSED_HEADS and not (
                following and following.near and (following.word.modifier or following.word.weak_head))
        return any(word.lower not in _RANKS_ALONE for word in tokens[start:head])
    if token.lower in AMBIGUOUS and start == head:
        return _is_noun_here(tokens, head, following)
    return not token.capital or _is_capital_title(tokens, start, head, following)


def _is_in_company_name(tokens: list[Token], head: int) -> bool:
    """Whether a capitalised head is a part of a name: "Ardent Capital Partners", "Metalworkers' Union"."""
    if head + 2 < len(tokens) and tokens[head + 1].text in "'’" and tokens[head + 2].word.organisation_word:
        return True
    before = tokens[head - 1] if head else None
    return bool(before and before.capital and tokens[head].near and tokens[head].word.organisation_word
                and tokens[head].lower.endswith("s") and (before.word.organisation_word or not before.word.modifier))


def _modifies_noun(token: Token, following: Token | None) -> bool:
    """Whether a head only says which kind of thing follows: "nurse shortage", "teacher training"."""
    return bool(following and following.near and not token.possessive and following.lower in _NOUNS_AFTER)


def _is_noun_here(tokens: list[Token], head: int, following: Token | None) -> bool:
    """Whether an ambiguous word is a person here: after a determiner or an adjective, or before a name."""
    if following and following.capital and following.near and not tokens[head].possessive:
        return True
    if following and following.near and following.word.alphabetic and following.lower.endswith(
            ("ship", "room", "station", "class", "rooms", "whales")):
        return False
    if head == 0:
        return False
    before = tokens[head - 1]
    if before.lower in _VERB_MARKERS:
        return False
    if tokens[head].capital:
        return before.lower in ("the", "a")
    if before.capital and not before.first and before.near:
        return True
    nouns = before.lower in DETERMINERS or before.word.no_modifier or before.text in ",;(-–—"
    return nouns or before.lower.endswith(ADJECTIVE_ENDINGS) or before.possessive


def _is_capital_title(tokens: list[Token], start: int, head: int, following: Token | None) -> bool:
    """Whether a capitalised head is a title and no surname: "Chef Ana Ruiz" but neither "Tim Cook" nor "Mr Baker"."""
    token = tokens[head]
    if following and following.near and (
            following.word.place_word or following.word.organisation_word or following.word.suffix):
        return False
    if head and tokens[head - 1].lower in ("the", "a", "as", "former", "then"):
        return True
    if not token.word.last_name or token.word.upper:
        return True
    leads = head == 0 or token.first or not tokens[head - 1].capital
    if leads and following and following.capital and following.near:
        return True
    return start < head and all(word.word.modifier for word in tokens[start:head])
