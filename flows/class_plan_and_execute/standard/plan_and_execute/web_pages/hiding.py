"""Takes out what a page holds but does not show: the way in which a page talks to models behind its readers' backs.

Hidden is what one of these hides, be it in a `style` attribute, in a style sheet inside the page, or in an attribute:

- `display: none`, the attribute `hidden`, a `<dialog>` that is not open;
- `visibility: hidden`, an opacity below a twentieth, a font below 2 pixels;
- a place off the screen, a clipped box of (nearly) no size, a scale of 0;
- the colour of the background, where the page says both, or white where no background and no other style sheet is.

A closed `<details>` opens at a click, and `aria-hidden` hides from screen readers alone, so both are read.

Without rendering a page it cannot be known what style sheets elsewhere and scripts hide or show, what lies under
something else, which colour a picture has, and what rules do that depend on a window's size, on states such as `:hover`
or on siblings. What is hidden in such a way is read; what is only shown by a script is not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import cssselect2
import lxml.html
from tinycss2.color4 import parse_color

from .parsing import PageTree
from .styles import Style, Styles

PROPERTIES = frozenset(
    (
        "display",
        "visibility",
        "content-visibility",
        "opacity",
        "font-size",
        "font",
        "vertical-align",
        "color",
        "background",
        "background-color",
        "background-clip",
        "-webkit-background-clip",
        "position",
        "left",
        "right",
        "top",
        "bottom",
        "text-indent",
        "margin-left",
        "margin-top",
        "transform",
        "clip",
        "clip-path",
        "overflow",
        "overflow-x",
        "overflow-y",
        "width",
        "height",
        "max-width",
        "max-height",
    )
)
RAISED = {"super": "sup", "sub": "sub"}
SIZE = re.compile(r"([+-]?\d*\.?\d+(?:e[+-]?\d+)?)(px|pt|r?em|ex|ch|%|vw|vh|in|cm|mm|)")
# Pixels in a unit, for a font and a window of a usual size: https://www.w3.org/TR/css-values-4/#absolute-lengths
PIXELS = {
    "": 1,
    "px": 1,
    "pt": 4 / 3,
    "em": 16,
    "rem": 16,
    "ex": 8,
    "ch": 8,
    "in": 96,
    "cm": 37.8,
    "mm": 3.78,
    "vw": 12,
    "vh": 8,
    "%": 8,
}
OFF_SCREEN = -500  # pixels
FAR_OFF = -5000  # pixels, of a margin: columns are moved by smaller ones
SMALLEST_FONT = 2  # pixels
FAINTEST = 0.05  # opacity; also the distance of two colours, as a share of each channel
NO_SIZE = 1  # pixels, of both sides of a box that is clipped; one side of 0 is enough
WHOLE = ("html", "body")  # hidden until a script has run: then a page is read as if it had
WHITE = (1.0, 1.0, 1.0)
NOTHING = re.compile(r"inset\(\s*(?:50|100)%|circle\(\s*0|rect\((?:[\s,]*[01](?:px)?(?=[\s,)])){4}\s*\)")
AWAY = re.compile(r"scale[xy]?\(\s*0*\.?0*\s*[,)]|translate(?:x|y|3d)?\(\s*(?:[^,)]+,\s*)?-\d{4}")


@dataclass(frozen=True)
class Inherited:
    """What elements take over from those that hold them.

    Attributes:
        unseen: visibility is hidden.
        clear: the text has no colour.
        tiny: the font has no size that can be read.
        colour: that of the text, or None where it isn't known.
        background: that which the text is on, or None where it isn't known.
    """

    unseen: bool = False
    clear: bool = False
    tiny: bool = False
    colour: tuple | None = None
    background: tuple | None = WHITE

    @property
    def hides(self) -> bool:
        """Whether text cannot be seen."""
        return (
            self.unseen
            or self.clear
            or self.tiny
            or bool(
                self.colour
                and self.background
                and (max(abs(one - other) for one, other in zip(self.colour, self.background)) < FAINTEST)
            )
        )


def visible_tree(page: PageTree) -> lxml.html.HtmlElement:
    """Return a page's tree as a browser shows it, without hidden elements and texts; what a style raises is a `sup`.

    Raises:
        ToolError: its style sheets are such that this would take too long.
    """
    styles = Styles(page.styles, PROPERTIES)
    seen = {None: Inherited(background=None if page.linked else WHITE)}
    gone = []
    for wrapper in cssselect2.ElementWrapper.from_html_root(page.root).iter_subtree():
        element = wrapper.etree_element
        parent = element.getparent()
        if parent is not None and parent not in seen:  # inside an element that is gone
            continue
        style = styles.of(wrapper)
        if _is_gone(element, style):
            gone.append(element)
            continue
        element.tag = RAISED.get(style.get("vertical-align") or "", element.tag)
        seen[element] = inherited = _inherited(seen[parent], element, style)
        if inherited.hides:
            element.text = None
        if parent is not None and seen[parent].hides:
            element.tail = None
    for element in gone:
        if element.getparent() is None:
            element.clear()
        else:
            if seen[element.getparent()].hides:
                element.tail = None
            element.drop_tree()
    return page.root


def _is_gone(element: lxml.html.HtmlElement, style: Style) -> bool:
    """Whether an element hides all that it holds, whatever that says of itself."""
    if element.tag in WHOLE:
        return False
    display = style.get("display", "")
    if display == "none" or style.get("content-visibility") == "hidden":
        return True
    if "hidden" in element.attrib and not display or element.tag == "dialog" and "open" not in element.attrib:
        return True
    if _number(style.get("opacity")) < FAINTEST or AWAY.search(style.get("transform", "")):
        return True
    placed = style.get("position") in ("absolute", "fixed", "relative")
    if any(_pixels(style.get(side)) <= FAR_OFF for side in ("margin-left", "margin-top")):
        return True
    if _pixels(style.get("text-indent")) <= OFF_SCREEN:
        return True
    if placed and any(_pixels(style.get(side)) <= OFF_SCREEN for side in ("left", "right", "top", "bottom")):
        return True
    if NOTHING.search(style.get("clip-path", "")) or placed and NOTHING.search(style.get("clip", "")):
        return True
    clipped = any(style.get(name, "") in ("hidden", "clip") for name in ("overflow", "overflow-x", "overflow-y"))
    width, height = (min(_pixels(style.get(side)), _pixels(style.get(f"max-{side}"))) for side in ("width", "height"))
    return clipped and (min(width, height) <= 0 or max(width, height) <= NO_SIZE)


def _inherited(before: Inherited, element: lxml.html.HtmlElement, style: Style) -> Inherited:
    after = before
    if "visibility" in style and element.tag not in WHOLE:
        after = replace(after, unseen=style["visibility"] in ("hidden", "collapse"))
    if size := SIZE.search(style.get("font-size") or style.get("font", "")):
        # A font of 0 em is none; one of 1 em is as large as that of what holds it.
        tiny = _pixels(size[0]) < SMALLEST_FONT or size[2] in ("em", "ex", "ch", "%") and before.tiny
        after = replace(after, tiny=tiny)
    if colour := style.get("color") or element.get("color"):
        # Cut out of a background, as headings with gradients are, a text without a colour can be seen.
        cut_out = "text" in style.get("background-clip", "") + style.get("-webkit-background-clip", "")
        clear = _is_clear(colour) and not cut_out
        after = replace(after, clear=clear, colour=_colour(colour)) if colour != "inherit" else after
    if background := style.get("background-color") or style.get("background") or element.get("bgcolor"):
        behind = _colour(background)
        transparent = background in ("none", "transparent", "inherit", "initial", "unset")
        after = replace(after, background=before.background if transparent else behind)
    return after


def _colour(text: str) -> tuple | None:
    """The channels of a colour, of a text or, the first in it, of a background; None where it has none or a picture."""
    words = [text, *text.split()] if "(" not in text else [text]
    colour = next((found for word in words if (found := parse_color(word)) and not isinstance(found, str)), None)
    return None if colour is None or _is_clear(text) else tuple(colour.to("srgb").coordinates)


def _is_clear(text: str) -> bool:
    colour = parse_color(text)
    return colour is not None and not isinstance(colour, str) and colour.alpha < FAINTEST


def _number(text: str | None) -> float:
    found = SIZE.fullmatch(text or "")
    return float(found[1]) / (100 if found[2] == "%" else 1) if found else 1.0


def _pixels(text: str | None) -> float:
    """The pixels of a length; infinitely many where it is none, or depends on what is around it."""
    found = SIZE.fullmatch(text or "")
    return float(found[1]) * PIXELS[found[2]] if found and found[2] in PIXELS else float("inf")
