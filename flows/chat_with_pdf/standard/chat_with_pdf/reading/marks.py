"""What is raised above a line or lowered below it, written so that it is read rightly without its place.

A power is 10^6, the mark of a note is 12 [note 3], an ordinal is 1st, and H2O is H2O. Which is which depends on what
stands before it, as it does for a reader, and on whether the page has a note of that name.
"""

import re
from collections.abc import Iterable

NUMBERS = re.compile(r"\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*[,;]?")
ENDINGS = re.compile(r"(?:st|nd|rd|th|er|re|ère|ere|e|ème|eme|o|a|os|as|ᵉ|º|ª)\.?", re.IGNORECASE)
ENGLISH = ("st", "nd", "rd", "th")
NUMERAL = re.compile(r"(?:(?<![\d.,])\d{1,2}|\b[IVXLC]+)$")
CENTS = re.compile(r"[€$£]\s?\d+$")
SIGNED = re.compile(r"[-−–+±]\s?[\w.,]+|\w+\s?[-−–+]\s?\w*|[-−+]")
UNIT = re.compile(r"(?:^|[\s\d(/·.*])(?:[mcdkµμn]?m|ft|in|yd|mi|mile|km|s|sec|h|ha|Hz|K)$")
LETTER = re.compile(r"(?:^|[^\w’'.-])[A-Za-zα-ωΑ-Ω]$")
FORMULA = re.compile(r"(?:^|[^\w\s])\s*[A-Za-zα-ω]{1,3}$|[=+*/×·^(-]\s*[A-Za-zα-ω]{1,3}$")
SUM_IN_BRACKETS = re.compile(r"\([^()]*[-+*/=×·−][^()]*\)$")
NUMBER = re.compile(r"[\d.,  ]*\d$")
TIMES = re.compile(r"[x×*·⋅]\s?10$")
POWERS_OF = ("2", "10")  # others are seldom raised to a power outside of sums
OPERATOR_BEFORE = re.compile(r"[-+*/=×·⋅(^−]\s*$")
OPERATOR_AFTER = re.compile(r"\s*[-+*/=×·⋅^−]\s*[\d(]")
ELEMENT = re.compile(r"(?:^|[^a-z])[a-z]$|[A-Z][a-z]?$")  # also a variable
NOTE_AT_FOOT = re.compile(r"\s*(\d{1,3}|[a-z])[.)]?(?:\s+(?=\S)|\s*$)")
FOOT_SIZE = 0.95  # of the page's usual size: notes at its foot are smaller
SIGNS = {"TM": "™", "SM": "℠", "(R)": "®"}
NEAR = 60  # characters before a mark, which tell what it is
DEGREE = "oO0°º"


def note_labels(lines: Iterable[tuple[str, float, float]]) -> frozenset[str]:
    """Return the names of the notes that a page has: what a line begins with that is raised, or small at all.

    Args:
        lines: of each line the text, how far its first run is raised, and its size as a share of the usual size.
    """
    names = set()
    for text, shift, size in lines:
        found = NOTE_AT_FOOT.match(text) if size < FOOT_SIZE else None
        if found:
            names.add(found[1])
        elif shift > 0:
            names.update(re.findall(r"^\s*(\d{1,3}|[a-z](?![a-z]))", text))
    return frozenset(names)


def as_note(text: str, size: float, marks: frozenset[str]) -> str:
    """Return a line's beginning with the name of the note that it is, if there is a mark of that name on the page.

    Args:
        text: the beginning.
        size: as a share of the page's usual size.
        marks: what is raised on the page.
    """
    found = NOTE_AT_FOOT.match(text) if size < FOOT_SIZE else None
    return f"[note {found[1]}] {text[found.end() :]}" if found and found[1] in marks else text


def raised(text: str, mark: str, after: str, notes: frozenset[str]) -> str:
    """Return a text with a raised mark at its end.

    Args:
        text: the line up to the mark.
        mark: what is raised.
        after: the line after it.
        notes: the names of the page's notes.
    """
    before = text.rstrip()
    near = before[-NEAR:]
    if mark in SIGNS:
        return before + SIGNS[mark]
    if mark and all(not character.isalnum() for character in mark) and not SIGNED.fullmatch(mark):
        return text + mark  # asterisks and daggers are what they are wherever they stand
    if mark not in notes and (end := _end_of_number(text, near, mark, after)):
        return text + end
    if not text.strip():
        return f"[note {mark}] " if NUMBERS.fullmatch(mark) or mark in notes else mark + " "
    if text.endswith(" ") and after[:1].isalpha() and mark.isdigit():  # isotopes
        return f"{text}^{mark}"
    if notes.issuperset(re.split(r"\s*[,;]\s*", mark)) and not NUMBERS.fullmatch(mark):
        return f"{before} [note {mark}]"
    if _is_note(near, mark, after, notes):
        return f"{before} [note {mark.rstrip(',;')}]"
    return f"{before}^{_bracketed(mark)}"


def _end_of_number(text: str, near: str, mark: str, after: str) -> str:
    """Return what a raised mark adds to the number before it, if it is an ending, a degree, cents or a fraction."""
    if mark.isdigit() and after.lstrip()[:1] in tuple("/⁄"):  # the upper part of a fraction
        return (" " if text[-1:].isdigit() else "") + mark
    if mark in DEGREE and near[-1:].isdigit() and re.match(r"\s*[CFKNSEW](?!\w)", after):
        return "°"
    if CENTS.search(near) and re.fullmatch(r"\d\d", mark):
        return f".{mark}"
    is_numeral = NUMERAL.search(near) or mark in ENGLISH and near[-1:].isdigit() or near.endswith(("N", "n"))
    return mark if is_numeral and ENDINGS.fullmatch(mark) else ""


def _is_note(before: str, mark: str, after: str, notes: frozenset[str]) -> bool:
    """Whether a raised number belongs to a note, and is no power."""
    if not NUMBERS.fullmatch(mark):
        base = NUMBER.search(before)
        return base is not None and base[0].strip() not in POWERS_OF and re.fullmatch("[a-h]", mark) is not None
    if SUM_IN_BRACKETS.search(before) or TIMES.search(before):
        return False
    if UNIT.search(before):
        return mark not in ("2", "3", "4") and mark in notes
    if FORMULA.search(before) or LETTER.search(before):
        return False
    if number := NUMBER.search(before):
        if mark in notes:
            return True
        reckoned = OPERATOR_BEFORE.search(before[: number.start()]) or OPERATOR_AFTER.match(after)
        return re.sub(r"\D", "", number[0]) not in POWERS_OF and (mark == "1" or not reckoned)
    return True


def lowered(text: str, mark: str, after: str, notes: frozenset[str]) -> str:
    """Return a text with a lowered mark at its end; digits after a letter are read without a sign, as in H2O."""
    before = text.rstrip()
    plain = mark.isdigit() and (ELEMENT.search(before[-NEAR:]) or before[-1:] in tuple(")]/⁄"))
    return before + mark if plain or not before else f"{before}_{_bracketed(mark)}"


def _bracketed(mark: str) -> str:
    """Return a mark in brackets if it is a sum or a product, so that it has an end."""
    return f"({mark})" if re.search(r"\w\s*[-−–+*/=·×]", mark) else mark
