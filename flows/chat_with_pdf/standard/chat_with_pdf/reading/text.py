"""From the lines of a page to its text: words whole, a paragraph on one line, headings and table rows on their own."""

import re
import statistics
from collections.abc import Iterable

from .lines import Line
from .runs import LINE_HYPHENS, UNKNOWN

CELL_BREAK = " | "
CONTINUES, APART = "\u2028", "\u2029"  # between lines of one paragraph for sure, and of two (line, paragraph separator)
SHORT_LINE = 30  # characters: a row of a table or list, and less than a column of running text
ENDS = (".", "!", "?", ":", ";", "…")
OPEN = "\u00ad"  # a soft hyphen, for one at a line's end that may belong to the word or not; `hyphens` settles it
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]")
SPACES = re.compile(r"[^\S\n ][^\S\n]*| [^\S\n]+")  # but not a single plain one
# Without width: spaces, word joiners, marks of direction and of byte order (Unicode 16, 23.2 and 23.4).
NO_WIDTH = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u180e]")
JOINERS = re.compile("(?<![\u0600-\u0dff\u200d\ufe0f\U0001f000-\U0001faff])[\u200c\u200d]")  # other scripts need them
HYPHENS = f"-\u2010{OPEN}{LINE_HYPHENS}"
WORD_PARTED = re.compile(f"\\w[{HYPHENS}]$")
RANGE_PARTED = re.compile(r"\w[–—/]$")
# Where TeX's fonts have ligatures (the Cork encoding and Knuth's): bitmap fonts have no other name for them.
LIGATURES = str.maketrans(
    {
        "\x0b": "ff",
        "\x0e": "ffi",
        "\x0f": "ffl",
        "\x1b": "ff",
        "\x1c": "fi",
        "\x1d": "fl",
        "\x1e": "ffi",
        "\x1f": "ffl",
        "\x0c": "fi",
    }
)
# Of the fonts Symbol and Wingdings, whose characters have no other place in Unicode: bullets, boxes and ticks.
SYMBOLS = str.maketrans("\uf0b7\uf0a7\uf0d8\uf0fc\uf0fb\uf06f\uf0a8\uf0fe\uf0e0", "•▪➢✓✗□□☒→")
PRIVATE = re.compile(f"[{UNKNOWN}\ue000-\uf8ff]")
ALL_UNKNOWN = re.compile(rf"(?<!\S)[^\w\s]*[{UNKNOWN}\ue000-\uf8ff][^\w\s]*(?!\S)")
BREAKS = re.compile(r"( \| |\n)")
EMPTY_CELLS = re.compile(r"(?: \| )+(?=\n|$)|(?<=\n)(?: \| )+|^(?: \| )+|(?: \| )+(?= \| )")
CODES = re.compile("[\x0b\x0c\x0e\x0f\x1b-\x1f]")
LIGATURE = re.compile(f"(?<=[^\\W\\d]){CODES.pattern}|{CODES.pattern}(?=[^\\W\\d])")


def written(lines: Iterable[Line]) -> str:
    """Return the text of lines, with CELL_BREAK between cells and a mark where a paragraph ends or goes on."""
    text = "\n".join(
        f"{APART * line.opens}{CELL_BREAK.join([cell.text for cell in line.cells])}{CONTINUES * line.continues}"
        f"{APART * line.closes}"
        for line in lines
    )
    if not PRIVATE.search(text):
        return text
    cells = (ALL_UNKNOWN.sub("", cell) for cell in BREAKS.split(text.translate(SYMBOLS)))
    return EMPTY_CELLS.sub("", "".join(cells))


def clean(raw: str) -> str:
    """Return the text of a page, with OPEN in each word that a line's end has parted."""
    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    if CODES.search(text):
        text = LIGATURE.sub(lambda found: found[0].translate(LIGATURES), text)
    if not text.isascii():
        text = JOINERS.sub("", NO_WIDTH.sub("", text))
    return "\n".join(filter(None, map(_paragraphs, text.split(APART))))


def _paragraphs(text: str) -> str:
    """Return a text with each of its paragraphs on one line."""
    lines = [(_shown(line.rstrip(CONTINUES)), line.endswith(CONTINUES)) for line in text.split("\n")]
    lines = [line for line in lines if line[0]]
    if not lines:
        return ""
    # A line that is nearly as long as the page's long ones goes on in the next.
    lengths = [*(len(line) for line, _ in lines), len(lines[0][0])]
    full = max(SHORT_LINE, 0.75 * statistics.quantiles(lengths, n=10, method="inclusive")[8])
    joined = [lines[0][0]]
    for (before, flows), (line, _) in zip(lines, lines[1:]):
        whole = _whole_word(joined[-1], line)
        continues = flows or len(before) >= full and (not before.endswith(ENDS) or line[0].islower())
        if whole:
            joined[-1] = whole
        elif continues and CELL_BREAK not in before + line:
            joined[-1] += ("" if RANGE_PARTED.search(before[-2:]) and line[0].isalnum() else " ") + line
        else:
            joined.append(line)
    return "\n".join(line.rstrip(OPEN) for line in joined)


def _shown(line: str) -> str:
    """Return a line with nothing in it that one does not see; a hyphen of PDFium's at its end is OPEN."""
    line = line.rstrip()
    if line[-1:] in LINE_HYPHENS and line:
        line = line[:-1] + OPEN
    body, end = (line[:-1], OPEN) if line.endswith(OPEN) else (line, "")
    return SPACES.sub(" ", CONTROLS.sub(" ", body.replace(OPEN, ""))).strip() + end


def _whole_word(before: str, line: str) -> str:
    """Return two lines as one, if a word, a number or a range goes on from the first to the second."""
    if RANGE_PARTED.search(before[-2:]) and line[0].isdigit():
        return before + line
    if before[-1:] not in HYPHENS or not WORD_PARTED.search(before[-2:]) or not line[0].isalnum():
        return ""
    start, left, right = before[:-1], before[-2], line[0]
    return start + (OPEN if left.isalpha() and right.isalpha() else "-") + line
