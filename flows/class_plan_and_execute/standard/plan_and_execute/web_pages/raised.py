"""Numbers above and below the line: 10<sup>6</sup> is not 106, nor is 1988 with a note 1 the number 19881."""

from __future__ import annotations

import re

import lxml.html

SIGNS = "0123456789+-−–=()"
RAISED = str.maketrans(SIGNS, "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾")
LOWERED = str.maketrans(SIGNS, "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎")
NUMBER = re.compile(rf"[{re.escape(SIGNS)}]*[0-9][{re.escape(SIGNS)}]*")
LONGEST = 40  # characters; a longer text is raised for another reason, if at all
ORDINALS = "oaer"  # 1<sup>o</sup>, 2<sup>a</sup>, 2<sup>e</sup>, 1<sup>r</sup>


def spell_out_raised(root: lxml.html.HtmlElement) -> None:
    """Write raised and lowered texts so that they can be told apart from what they stand at.

    Numbers are written in characters of such a shape, other expressions after a "^". What can be told apart anyway
    stays: words and ordinals (21<sup>st</sup>), marks in brackets (1988<sup>[1]</sup>), lowered texts that touch no
    digit.
    """
    for element in root.iter("sup", "sub"):
        text = "".join(element.itertext())
        inner = text.strip()
        if not 0 < len(inner) <= LONGEST:
            continue
        before, after = _before(element)[-1:], (element.tail or "")[:1]
        if element.tag == "sup":
            spelled = inner.translate(RAISED) if NUMBER.fullmatch(inner) else _raised(inner, before)
        else:
            touches = before.isdigit() or before in ("/", "⁄") or after.isdigit()
            spelled = inner.translate(LOWERED) if touches and NUMBER.fullmatch(inner) else inner
        for child in list(element):
            element.remove(child)
        element.text = text.replace(inner, spelled)


def _raised(inner: str, before: str) -> str:
    if not any(character.isalnum() for character in inner) or inner[0] in "([{" or not before.strip():
        return inner
    if inner.isalpha():
        if len(inner) > 1 or not before.isalnum() and before != ")":
            return inner
        return inner if before.isdigit() and inner.lower() in ORDINALS else f"^{inner}"
    return f"^({inner})"


def _before(element: lxml.html.HtmlElement) -> str:
    """The text right before an element, as far as its parent holds it."""
    previous = element.getprevious()
    if previous is None:
        return element.getparent().text or "" if element.getparent() is not None else ""
    return previous.tail or previous.text_content()
