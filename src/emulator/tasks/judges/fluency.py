"""Are the sentences of an answer well-formed English?"""

from __future__ import annotations

import re

from src.emulator.tasks.judges import agreement, grammar
from src.emulator.tasks.judges.claims import AUXILIARIES, tokens
from src.emulator.text import STOP_WORDS, sentences

_END = re.compile(r"[.!?…:]['\"”’)\]]*$")
_START = re.compile(r"^[\"'“‘(\[*•-]*\s*[A-Z0-9À-Þ]")
_ODD_MARKS = re.compile(r"\s[,;.!?](?:\s|$)|[,;]{2,}|[@#~^*_=|<>]{2,}|\w[@#~^|<>]+(?:\s|$)")
_VOWEL = re.compile(r"[aeiouyà-ÿ]", re.IGNORECASE)
_LATIN = re.compile(r"[a-z]+$")
_ONSET = re.compile(
    r"^(?:[bcfgpk]?[lr]|[bcdfghjklmnprstvwxz]|qu|dr|dw|tr|tw|th|thr|ch|chr|sh|shr|s[cklmnpqtw]|sc[hlr]|s[pt]r|spl"
    r"|squ|sph|wh|wr|ph|phr|gh|gn|kn|ps|rh|ts|cz|pn)?[aeiouyq]")
_CODA = re.compile(
    r"(?:[aeiouy]|[aeiouy][bcdfghjklmnpqrstvwxz]|ck|ch|sh|th|ph|gh|ght|([bdfglmnprstz])\1s?|[rln][a-z]|ct|ft|pt|xt|sk"
    r"|sm|sp|st|mb|mp|mpt|m[ns]|[bcdfgkptwxh]s|th[ms]|tch|[wh][nls]|wk|wd|'[a-z]+|[a-z]{1,2}s|[mn][cgpt][hst]+)$")
_INVERTING = AUXILIARIES - {"do", "have", "be", "may"}
_LOWEST_SHARE_OF_FUNCTION_WORDS = 0.2
_FEW_WORDS = 5
_LONGEST_ABBREVIATION = 3


def score(answer: str) -> float:
    """1 less a quarter for each mistake in a sentence, from 0 to 1; the mean over the answer's sentences.

    Mistakes are: no capital at the beginning, no mark at the end, misplaced marks, impossible orders of words, wrong
    forms, words that can't be English, and a sentence almost without function words. A fragment costs half a mistake.
    """
    texts = sentences(answer)
    return sum(max(0.0, 1 - 0.25 * mistakes(text)) for text in texts) / len(texts) if texts else 0.0


def mistakes(sentence: str) -> float:
    """How many mistakes a sentence has."""
    words = tokens(sentence)
    lower = [word.lower().replace("’", "'") for word in words]
    count = (not _START.match(sentence)) + (not _END.search(sentence)) + len(_ODD_MARKS.findall(sentence))
    count += grammar.violations(sentence) + agreement.errors(lower) + words.count("i")
    count += sum(_is_garbage(word) for word in words)
    count += _lacks_function_words(lower) + _is_inverted(lower, sentence)
    return count + (0.5 if len(words) < grammar.SMALLEST_SENTENCE and not grammar.has_verb(lower) else 0)


def _is_inverted(words: list[str], sentence: str) -> bool:
    """Whether a sentence begins with its verb like a question, and is none."""
    return bool(words) and words[0] in _INVERTING and not sentence.rstrip("\"'”’)").endswith("?")


def _lacks_function_words(words: list[str]) -> bool:
    """Whether a sentence has too few of the little words; English prose has about two in five."""
    share = sum(word in STOP_WORDS for word in words) / max(1, len(words))
    return len(words) >= _FEW_WORDS and share < _LOWEST_SHARE_OF_FUNCTION_WORDS


def _is_garbage(word: str) -> bool:
    """Whether a word in small letters begins or ends as no English word does, or has no vowel."""
    if len(word) < 3 or not _LATIN.match(word):
        return False
    if not _VOWEL.search(word):
        return len(word) > _LONGEST_ABBREVIATION
    return (word[0] not in "aeiou" and not _ONSET.match(word)) or not _CODA.search(word)
