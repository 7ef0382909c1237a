"""Job titles: a head noun that names an occupation, the words before it that belong to it, and its field after it.

"The former senior vice president of engineering" has the head "vice president", the rank "senior" and the field
"of engineering"; "former" tells about the person.
"""

from __future__ import annotations

from src.emulator.tasks.entities.gazetteers import words
from src.emulator.tasks.entities.job_heads import field_end, job_fields, multi_word_head
from src.emulator.tasks.entities.job_tests import ADJECTIVE_ENDINGS, DETERMINERS, counts
from src.emulator.tasks.entities.tokens import Token

_SUBJECT_HEADS = frozenset("teacher professor tutor lecturer translator interpreter scholar student".split())
_LANGUAGES = frozenset("English French German Spanish Italian Latin Greek Arabic Chinese Japanese Russian".split())
_MOST_MODIFIERS = 8
_LINKS = frozenset({"of", "for", "in"})
_HEADS_WITH = {
    "for": frozenset("secretary minister director president vice-president commissioner officer envoy spokesperson head"
                     " state".split()),
    "in": frozenset("lecturer professor fellow".split()),
}


def job_spans(tokens: list[Token]) -> list[tuple[int, int]]:
    """Where job titles stand, as indices of their first and last token; capitalised ones may still be names."""
    spans: list[tuple[int, int]] = []
    passed = 0
    for index, token in enumerate(tokens):
        word = token.word
        if index < passed or not (word.head or word.weak_head or word.head_parts):
            continue
        end = _head_end(tokens, index)
        if end < 0:
            continue
        start = _left(tokens, index, passed)
        last = _right(tokens, end)
        if counts(tokens, start, index, end, last):
            # Two heads in a row are one title: "lawyer" in "patent lawyer judge" never ends one.
            spans.append((start, last))
            passed = last + 1
    return spans


def _head_end(tokens: list[Token], index: int) -> int:
    token = tokens[index]
    end = multi_word_head(tokens, index)
    if end >= 0:
        return end
    return index if (token.word.head or token.word.weak_head) and not _continues(tokens, index) else -1


def _continues(tokens: list[Token], index: int) -> bool:
    """Whether this head only modifies the next one, as "nurse" in "nurse manager"."""
    if index + 1 >= len(tokens) or not tokens[index + 1].near or tokens[index].possessive:
        return False
    following = tokens[index + 1]
    if following.capital != tokens[index].capital or following.word.upper or not following.word.alphabetic:
        return False
    if multi_word_head(tokens, index + 1) >= 0:
        return tokens[index].word.modifier
    if tokens[index].word.modifier and following.word.modifier and not following.word.head:
        return _head_follows(tokens, index + 2)
    if tokens[index].capital and following.word.last_name:
        return False
    return (following.word.head or following.word.weak_head) and tokens[index].lower not in ("spokesman",)


def _head_follows(tokens: list[Token], index: int) -> bool:
    """Whether modifiers and then a head stand here, as behind "principal" in "principal machine learning engineer"."""
    for token in tokens[index:index + 3]:
        if not token.near:
            return False
        if token.word.head or token.word.weak_head:
            return True
        if not token.word.modifier:
            return False
    return False


def _left(tokens: list[Token], head: int, border: int) -> int:
    """The index of the title's first word: ranks, fields and trades before the head."""
    capital = tokens[head].capital
    start = head
    unknown = 0
    border = max(border, head - _MOST_MODIFIERS)
    while start > border:
        before = tokens[start - 1]
        if not tokens[start].near or before.possessive and f"{before.lower}'s" not in words("job_modifiers"):
            break
        if before.text in ("and", "&") and _joins(tokens, start, border):
            start -= 2
            continue
        if not _agrees(before, tokens, head, capital):
            break
        if _belongs(before, tokens[head]) or before.possessive:
            start -= 1
        elif not capital and not unknown and _is_trade(tokens, start - 1):
            unknown += 1
            start -= 1
        else:
            break
    return _without_sentence_start(tokens, start, head)


def _belongs(before: Token, head: Token) -> bool:
    """Whether a word before a head is a rank, a field or a trade: "senior", "sales", "consultant"."""
    if before.word.upper and len(before.text) > 1:
        return before.text in words("job_modifiers")
    if before.capital and before.word.known and not before.word.modifier:
        return False
    return before.word.modifier or _is_subject(before, head) or before.word.head and not before.word.no_modifier


def _agrees(before: Token, tokens: list[Token], head: int, capital: bool) -> bool:
    """Whether the word before has a capital where the head has one; a sentence's first word always has."""
    if not before.word.alphabetic:
        return False
    if before.text in words("job_modifiers") or before.first or tokens[head].text.isupper():
        return True
    return before.capital == capital or _is_subject(before, tokens[head])


def _is_subject(before: Token, head: Token) -> bool:
    return before.text in _LANGUAGES and any(word in _SUBJECT_HEADS for word in head.word.singulars)


def _joins(tokens: list[Token], start: int, border: int) -> bool:
    """Whether "and" joins two fields before a head, as in "health and safety officer"."""
    if start - 2 < border or not tokens[start - 1].near:
        return False
    left, right = tokens[start - 2], tokens[start]
    both = left.word.modifier and right.word.modifier
    listed = job_fields()
    return both and (left.lower,) in listed and ((right.lower,) in listed or left.lower in ("health", "search"))


def _is_trade(tokens: list[Token], index: int) -> bool:
    """Whether an unknown word before a head is a noun that names the trade, as "toy" in "a toy designer"."""
    word = tokens[index].lower
    if tokens[index].word.no_modifier or word.endswith(ADJECTIVE_ENDINGS) or not word.replace("-", "").isalpha():
        return False
    if (word.endswith("s") and not word.endswith("ss")) or len(word) < 3:
        return False
    if tokens[index].first:
        # An unknown word with a capital is more likely the employer: "Zentrix engineers".
        return tokens[index].word.plain and not tokens[index].word.known
    before = tokens[index - 1] if index else None
    return before is not None and (before.lower in DETERMINERS or before.capital or not before.word.spoken)


def _without_sentence_start(tokens: list[Token], start: int, head: int) -> int:
    """Skips what is a rank or a field only elsewhere: a first word such as "Second", and "needs" without "special"."""
    while start < head and tokens[start].first and tokens[start].lower in ("first", "second", "third", "then", "call"):
        start += 1
    if start < head and tokens[start].lower == "needs":
        start += 1
    return start


def _right(tokens: list[Token], end: int) -> int:
    """The index of the title's last word: its field after "of" or "for"."""
    if end + 2 >= len(tokens) or tokens[end].possessive or tokens[end + 1].text not in _LINKS:
        return end
    if tokens[end].lower not in _HEADS_WITH.get(tokens[end + 1].text, (tokens[end].lower,)):
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
