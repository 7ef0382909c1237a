"""What the words of a text are, and whether one text stands in another word for word.

Published scorers split at white space and drop punctuation, as SQuAD does (Rajpurkar et al., 2016,
https://arxiv.org/abs/1606.05250). Of Chinese, MLQA (Lewis et al., 2020, https://arxiv.org/abs/1910.07475), CMRC 2018
and DRCD take each ideograph for a word; XQuAD takes SQuAD's script as it is, and an answer without blanks is right or
wrong as a whole (https://github.com/google-research/xtreme/issues/28). Here each ideograph and each kana is a word. The
scripts of South East Asia (Thai, Lao, Khmer, Burmese) have so few letters that any two texts share most of them, so
there words are pairs of neighbouring letters, each with its marks. No dictionary is asked.

Unlike SQuAD's, words keep the punctuation inside of them and the signs of a value, and articles count.
"""

import re
import unicodedata

from src.evaluators.text import IDEOGRAPHIC, LONG_DASH, SOUTH_EAST_ASIAN, UNSPACED, canonical, folded, is_mark

_EDGES_OF_A_VALUE = frozenset("#%@&-/‰‱§")  # punctuation that counts at the edge of a word: #1, 5%, @home, AT&T, -5, C#
_INSIDE_WORDS = frozenset("·‧‰‱§" + LONG_DASH)  # of all punctuation beyond ASCII's; any other is a blank
# White space, dashes between words, dots in a row, and separators that don't stand between two digits: "30,000" is one.
_BETWEEN_WORDS = re.compile(rf"\s+|(?<!\d){LONG_DASH}|{LONG_DASH}(?!\d)|(?<!\d)[,;]|[,;](?!\d)|\.{{2,}}")
_RUNS = re.compile(rf"[{IDEOGRAPHIC}]|[{SOUTH_EAST_ASIAN}]+|[^{UNSPACED}]+")
_WORD = re.compile(rf"[^\W{UNSPACED}]")
_SIGNED = re.compile(r"[-+±]\d")
# What nothing ends or begins inside of: names such as C++ and C#, and numbers with their signs, fractions and powers.
_WHOLE = re.compile(
    rf"(?<!{_WORD.pattern}){_WORD.pattern}+[+#]+(?!\w)|(?:(?<![\w)\]%°])[-+±])?(?:(?<![\w.])\.)?\d+(?:[.,]\d+|\^-?\d+)*"
)


def words(text: str) -> list[str]:
    """Return the words of a text in their canonical form; of one without any, what stands between its white space."""
    plain = folded(text)
    if not plain.isascii():
        plain = "".join(" " if _is_punctuation(c) and not (c.isascii() or c in _INSIDE_WORDS) else c for c in plain)
    found = [
        word for chunk in _BETWEEN_WORDS.split(plain) for run in _RUNS.findall(chunk) for word in _words_of_run(run)
    ]
    return [word.replace(LONG_DASH, "-") for word in found] or canonical(text).split()


def unspaced(text: str) -> str:
    """Return those letters of a text that are written without blanks between words, in their order."""
    return "".join(re.findall(f"[{UNSPACED}]", folded(text)))


def stands_in(entity: str, text: str) -> bool:
    """Whether one text stands in another, both in canonical form, and does not begin or end inside of a word there.

    "ann" does not stand in "the annual fair", but in "ann's fair" and "ann-marie"; "5" not in "15", "3.5" or "-5", but
    in "€5" and "5%"; "-5" not in "10-5"; "c" not in "c++". Where words have no blanks between them, one may begin and
    end at any letter.
    """
    inside = {place for whole in _WHOLE.finditer(text) for place in range(whole.start() + 1, whole.end())}
    start = text.find(entity)
    while start >= 0:
        is_range = _SIGNED.match(entity) and text[start - 1 : start].isalnum()
        cut = any(place in inside or _is_inside_word(text, place) for place in (start, start + len(entity)))
        if not cut and not is_range:
            return True
        start = text.find(entity, start + 1)
    return False


def _words_of_run(run: str) -> list[str]:
    if re.match(f"[{SOUTH_EAST_ASIAN}]", run):
        letters = _letters(run)
        return ["".join(pair) for pair in zip(letters, letters[1:])] or letters
    word = _stripped(run)
    return [word] if any(character.isalnum() for character in word) else []


def _letters(run: str) -> list[str]:
    """Return letters, each with the marks that belong to it."""
    letters: list[str] = []
    for character in run:
        if letters and is_mark(character):
            letters[-1] += character
        else:
            letters.append(character)
    return letters


def _stripped(word: str) -> str:
    """Return a word without the punctuation around it."""
    start, end = 0, len(word)
    while start < end and _is_edge(word[start]) and not _begins_value(word, start):
        start += 1
    while end > start and _is_edge(word[end - 1]):
        end -= 1
    return word[start:end]


def _begins_value(word: str, place: int) -> bool:
    """Whether a dot begins the word, as in .5 and .NET: none that ends a sentence stands before a letter."""
    return word[place] == "." and word[place + 1 : place + 2].isalnum()


def _is_edge(character: str) -> bool:
    return _is_punctuation(character) and character not in _EDGES_OF_A_VALUE


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character).startswith("P")


def _is_inside_word(text: str, place: int) -> bool:
    if not 0 < place < len(text):
        return False
    return is_mark(text[place]) or all(_WORD.match(each) or is_mark(each) for each in text[place - 1 : place + 1])
