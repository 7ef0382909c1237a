"""What of a page goes first where there is no room for all of it."""

from __future__ import annotations

import re

import lxml.html

MOST_ELEMENTS = 8_000  # in which trafilatura looks for the main part, in about a second; one page in 100 has more
SHORT = 4  # words; so few can be in the main part by chance, unless they are a line of it


def fitting(lines: list[str], root: lxml.html.HtmlElement, room: int) -> list[str]:
    """Return the lines of a page for which there is room, in their order: the title, the main part, then others.

    Args:
        lines: those of the whole page, the title first.
        root: its tree.
        room: in characters; the line for which too little is left is cut.
    """
    is_main = _in_main_part(lines, root, 2 * room)
    kept, left = {}, room
    for place in sorted(range(len(lines)), key=lambda place: (place > 0, not is_main[place])):
        if left > 0:
            kept[place] = lines[place][:left]
            left -= len(lines[place]) + 1
    return [kept[place] for place in sorted(kept)]


def _in_main_part(lines: list[str], root: lxml.html.HtmlElement, most: int) -> list[bool]:
    import trafilatura  # takes a quarter of a second, and most pages fit

    if sum(1 for _ in root.iter()) > MOST_ELEMENTS:
        return [True] * len(lines)
    main = trafilatura.extract(root, fast=True, include_comments=False) or ""
    main = main[:most]  # in which all lines are searched for
    its_lines = {_words(line[: most // 2]) for line in main.split("\n")}
    its_words = f" {_words(main)} "

    def taken(words: str) -> bool:
        return words in its_lines or words.count(" ") >= SHORT and f" {words} " in its_words

    return [taken(_words(line[: most // 2])) for line in lines]


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text))
