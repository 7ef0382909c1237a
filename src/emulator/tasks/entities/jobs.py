"""Job titles: a head noun that names an occupation, the words before it that belong to it, and its field after it.

"The former senior vice president of engineering" has the head "vice president", the rank "senior" and the field
"of engineering"; "former" tells about the person.
"""

from __future__ import annotations

from src.emulator.tasks.entities.gazetteers import last_names, words
from src.emulator.tasks.entities.job_heads import (
    AMBIGUOUS, field_end, job_fields, is_single_head, multi_word_head, needs_word_before, singulars)
from src.emulator.tasks.entities.tokens import Token

_NOUNS_AFTER = frozenset(
    "shortage shortages strike strikes training union unions salaries salary pay wages recruitment association"
    " education certification services service project projects scheme programme program plant episode year"
    " years order orders board building licence license licences appointment appointments visit visits car"
    " cars safety error errors exchange jobs vacancies vacancy conference workshop workshops academy school"
    " schools guild".split())
_DETERMINERS = frozenset(
    "a an the his her its their our my your this that every each another any some no one two three four five"
    " six seven eight nine ten as and or by of with from former new current retired young".split())
_VERB_MARKERS = frozenset(
    "to will would can could must should may might not i you we they don't didn't won't let helped help".split())
_SUBJECT_HEADS = frozenset("teacher professor tutor lecturer translator interpreter scholar student".split())
_LANGUAGES = frozenset("English French German Spanish Italian Latin Greek Arabic Chinese Japanese Russian".split())
_RANKS_ALONE = frozenset(
    "first second third left right central full-time part-time new key star ice front back high middle interim"
    " acting temporary seasonal independent national international global local".split())
_NOT_TITLES = frozenset({
    ("market", "leader"), ("key", "player"), ("star", "player"), ("business", "partner"), ("trading", "partner"),
    ("price", "leader"), ("coalition", "partner"), ("data", "controller"), ("web", "server"), ("game", "controller"),
    ("mail", "server")})
_ADJECTIVE_ENDINGS = (
    "ed", "ly", "ing", "ous", "ful", "ive", "able", "ible", "ish", "less", "est", "ese", "ic", "al", "ian", "ean",
    "ant", "ary", "ent", "ier", "old", "some", "like", "based", "born", "en")
_MOST_MODIFIERS = 8
_LINKS = frozenset({"of", "for"})
_HEADS_WITH_FOR = frozenset(
    "secretary minister director president vice-president commissioner officer envoy spokesperson head state".split())


def job_spans(tokens: list[Token]) -> list[tuple[int, int]]:
    """Where job titles stand, as indices of their first and last token; capitalised ones may still be names."""
    spans: list[tuple[int, int]] = []
    index = 0
    while index < len(tokens):
        end = _head_end(tokens, index)
        if end < 0:
            index += 1
            continue
        left_border = spans[-1][1] + 1 if spans else 0
        start = _left(tokens, index, left_border)
        last = _right(tokens, end)
        if _counts(tokens, start, index, end, last):
            # Two heads in a row are one title: "lawyer" in "patent lawyer judge" never ends one.
            spans.append((start, last))
            index = last
        index += 1
    return spans


def _head_end(tokens: list[Token], index: int) -> int:
    token = tokens[index]
    if not token.text[0].isalpha():
        return -1
    end = multi_word_head(tokens, index)
    if end >= 0:
        return end
    if is_single_head(token) and not _continues(tokens, index):
        return index
    return index if needs_word_before(token) and not _continues(tokens, index) else -1


def _continues(tokens: list[Token], index: int) -> bool:
    """Whether this head only modifies the next one, as "nurse" in "nurse manager"."""
    if index + 1 >= len(tokens) or not tokens[index + 1].near or tokens[index].possessive:
        return False
    following = tokens[index + 1]
    if following.capital != tokens[index].capital or following.text.isupper() or not following.text[0].isalpha():
        return False
    if multi_word_head(tokens, index + 1) >= 0:
        return tokens[index].lower in words("job_modifiers")
    if tokens[index].capital and following.text in last_names():
        return False
    return (is_single_head(following) or needs_word_before(following)) and tokens[index].lower not in ("spokesman",)


def _left(tokens: list[Token], head: int, border: int) -> int:
    """The index of the title's first word: ranks, fields and trades before the head."""
    capital = tokens[head].capital
    start = head
    unknown = 0
    border = max(border, head - _MOST_MODIFIERS)
    while start > border:
        before = tokens[start - 1]
        if not tokens[start].near or before.possessive and before.lower not in ("men", "women", "children"):
            break
        if before.text in ("and", "&") and _joins(tokens, start, border):
            start -= 2
            continue
        if not _agrees(before, tokens, head, capital):
            break
        if _belongs(before, tokens[head]):
            start -= 1
        elif not capital and not unknown and _is_trade(tokens, start - 1):
            unknown += 1
            start -= 1
        else:
            break
    return _without_sentence_start(tokens, start, head)


def _belongs(before: Token, head: Token) -> bool:
    """Whether a word before a head is a rank, a field or a trade: "senior", "sales", "consultant"."""
    if before.text.isupper() and len(before.text) > 1:
        return before.text in words("job_modifiers")
    return before.lower in words("job_modifiers") or _is_subject(before, head) or (
        is_single_head(before) and before.lower not in words("job_not_modifiers"))


def _agrees(before: Token, tokens: list[Token], head: int, capital: bool) -> bool:
    """Whether the word before has a capital where the head has one; a sentence's first word always has."""
    if not before.text[0].isalpha():
        return False
    if before.text in words("job_modifiers") or before.first or tokens[head].text.isupper():
        return True
    return before.capital == capital or _is_subject(before, tokens[head])


def _is_subject(before: Token, head: Token) -> bool:
    return before.text in _LANGUAGES and any(word in _SUBJECT_HEADS for word in singulars(head.lower))


def _joins(tokens: list[Token], start: int, border: int) -> bool:
    """Whether "and" joins two fields before a head, as in "health and safety officer"."""
    if start - 2 < border or not tokens[start - 1].near:
        return False
    modifiers = words("job_modifiers")
    left, right = tokens[start - 2], tokens[start]
    both = left.lower in modifiers and right.lower in modifiers
    listed = job_fields()
    return both and (left.lower,) in listed and ((right.lower,) in listed or left.lower in ("health", "search"))


def _is_trade(tokens: list[Token], index: int) -> bool:
    """Whether an unknown word before a head is a noun that names the trade, as "toy" in "a toy designer"."""
    word = tokens[index].lower
    if word in words("job_not_modifiers") or word.endswith(_ADJECTIVE_ENDINGS) or not word.replace("-", "").isalpha():
        return False
    if (word.endswith("s") and not word.endswith("ss")) or len(word) < 3:
        return False
    if tokens[index].first:
        return True
    before = tokens[index - 1] if index else None
    return before is not None and (before.lower in _DETERMINERS or not before.text[0].isalnum())


def _without_sentence_start(tokens: list[Token], start: int, head: int) -> int:
    """Skips a first word of a sentence that is a rank by chance, as "Second" or "General" alone never is."""
    while start < head and tokens[start].first and tokens[start].lower in ("first", "second", "third", "then", "call"):
        start += 1
    return start


def _right(tokens: list[Token], end: int) -> int:
    """The index of the title's last word: its field after "of" or "for"."""
    if end + 2 >= len(tokens) or tokens[end].possessive or tokens[end + 1].text not in _LINKS:
        return end
    if tokens[end + 1].text == "for" and tokens[end].lower not in _HEADS_WITH_FOR:
        return end
    start = end + 2
    last = field_end(tokens, start)
    if last < 0:
        return end
    while last + 2 < len(tokens) and tokens[last + 1].text in ("and", "&") and not tokens[last].possessive:
        further = field_end(tokens, last + 2)
        if further < 0 or _head_end(tokens, last + 2) >= 0 or tokens[last + 2].capital != tokens[start].capital:
            break
        last = further
    return last


def _counts(tokens: list[Token], start: int, head: int, end: int, last: int) -> bool:
    """Whether a head with what is around it is a title at all."""
    if end > head or last > end:
        return True
    token = tokens[head]
    pair = (tokens[head - 1].lower, token.lower) if head else ("", token.lower)
    following = tokens[head + 1] if head + 1 < len(tokens) else None
    if pair in _NOT_TITLES or _modifies_noun(token, following):
        return False
    if not is_single_head(token):
        if following and following.text in words("organisation_suffixes"):
            return False
        return start < head and any(word.lower not in _RANKS_ALONE for word in tokens[start:head])
    if token.lower in AMBIGUOUS and start == head:
        return _is_noun_here(tokens, head, following)
    return not token.capital or _is_capital_title(tokens, start, head, following)


def _modifies_noun(token: Token, following: Token | None) -> bool:
    """Whether a head only says which kind of thing follows: "nurse shortage", "teacher training"."""
    return bool(following and following.near and not token.possessive and following.lower in _NOUNS_AFTER)


def _is_noun_here(tokens: list[Token], head: int, following: Token | None) -> bool:
    """Whether an ambiguous word is a person here: after a determiner or an adjective, or before a name."""
    if following and following.capital and following.near and not tokens[head].possessive:
        return True
    if following and following.near and following.text[0].isalpha() and following.lower.endswith(
            ("ship", "room", "station", "class", "rooms", "whales")):
        return False
    if head == 0:
        return False
    before = tokens[head - 1]
    if before.lower in _VERB_MARKERS:
        return False
    if tokens[head].capital:
        return before.lower in ("the", "a")
    nouns = before.lower in _DETERMINERS or before.lower in words("job_not_modifiers") or before.text in ",;(-–—"
    return nouns or before.lower.endswith(_ADJECTIVE_ENDINGS) or before.possessive


def _is_capital_title(tokens: list[Token], start: int, head: int, following: Token | None) -> bool:
    """Whether a capitalised head is a title and no surname: "Chef Ana Ruiz" but neither "Tim Cook" nor "Mr Baker"."""
    token = tokens[head]
    if following and following.near and following.text in (
            words("place_words") | words("organisation_words") | words("organisation_suffixes")):
        return False
    if head and tokens[head - 1].lower in ("the", "a", "as", "former", "then"):
        return True
    if token.text not in last_names() or token.text.isupper():
        return True
    leads = head == 0 or token.first or not tokens[head - 1].capital
    if leads and following and following.capital and following.near:
        return True
    return start < head and all(word.lower in words("job_modifiers") for word in tokens[start:head])
