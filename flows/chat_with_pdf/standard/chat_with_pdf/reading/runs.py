"""The runs of a page: pieces of text that were drawn at one go, and where they are, by PDFium.

A text object of a PDF (ISO 32000-1, 9.4) has one font, one size, one direction and one baseline; so places are asked
for each object and not for each of a page's thousands of characters.
"""

import ctypes
import math
import re
from collections.abc import Iterator
from typing import NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

UPRIGHT = (1.0, 0.0)
LINE_HYPHENS = "\x02\ufffe"  # what PDFium has written for a hyphen at a line's end, over the years
SPACE_IN_RUN = re.compile(r"(?<=\S)[ \xa0]+(?=\S)")
FAR = 1e6  # points: no page is so large, whatever a document says
FIXED_PITCH = 1  # of a font's flags (ISO 32000-1, table 123)
SOFT_HYPHEN, WORD_JOINER = "\u00ad", "\u2060"
NUMBER = re.compile(r"(?<!\d)(?<!\d[.,])(?:\d{2,}|(?<![\s(])\d)")  # the last figure may be raised
RAISED = 0.2  # of the size, from the baseline to a figure's foot: others stand on the baseline or hang below it
TYPED = 0.5  # of the size: the characters of typewriters are wider than that, those of other fonts mostly not
TYPEWRITER = re.compile(rb"courier|mono|consol|typewriter|cmtt|menlo", re.IGNORECASE)
CONTROL = re.compile("[\x00-\x0a\x0d\x10-\x1a]")  # but not those where TeX has ligatures
FEW_CONTROLS = 0.1  # of a text's characters
UNKNOWN = "\ufffd"  # a character of a font without a mapping to letters

# An object's address is all that is asked of it; as a number it comes in half of the time.
_OBJECT_OF = ctypes.cast(
    pdfium.FPDFText_GetTextObject, ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
)


class Run(NamedTuple):
    """A piece of text on one baseline.

    Attributes:
        text: what it says.
        start, end: where its ink begins and ends along its direction, in points.
        base: how far its baseline is up from the page's origin, across its direction, in points.
        size: its font's size on the page, in points.
        direction: the unit vector along which it is read.
        before: what PDFium has put between it and the run before: nothing, a space, or the end of a line.
        gaps: spaces within the text that PDFium has put there, or had several of, as (place, where it begins,
            where it ends): it makes one of several, which align the columns of typewritten tables.
    """

    text: str
    start: float
    end: float
    base: float
    size: float
    direction: tuple[float, float] = UPRIGHT
    before: str = ""
    gaps: tuple[tuple[int, float, float], ...] = ()


class PageText:
    """What PDFium knows about the characters of a page.

    Attributes:
        text: one character for each of PDFium's, which has a line end for every line end that one sees.
    """

    def __init__(self, page: pypdfium2.PdfTextPage):
        self._handle = page.raw  # a page has thousands of characters, and the wrapper's calls take much longer
        self._address = ctypes.cast(page.raw, ctypes.c_void_p).value
        self._box = tuple(ctypes.c_double() for _ in range(4))
        self._point = ctypes.c_double(), ctypes.c_double()
        self._name, self._flags = ctypes.create_string_buffer(100), ctypes.c_int()
        self._matrix = pdfium.FS_MATRIX()
        count = page.count_chars()
        self.text = page.get_text_range() if count else ""
        if len(self.text) != count:  # characters beyond the basic plane, or without any Unicode
            self.text = "".join(map(self._character, range(count)))

    def runs(self) -> list[Run]:
        """Return the runs of the page in the order in which PDFium has them, which is mostly that of drawing."""
        runs: list[Run] = []
        place, between = 0, ""
        while place < len(self.text):
            drawn = None if self.text.startswith("\r\n", place) else self._object(place)
            if drawn is None:  # PDFium has put it there
                between += self.text[place]
                place += 1
                continue
            end = self._end(place, drawn)
            if self.text[place:end].strip():
                run = self._run(place, end, between)
                upright = run.direction is UPRIGHT
                runs += self._with_marks(place, end, run) if upright and NUMBER.search(run.text) else [run]
                between = ""
            else:
                between += self.text[place:end]
            place = end
        return runs

    def _character(self, place: int) -> str:
        code = pdfium.FPDFText_GetUnicode(self._handle, place)
        return chr(code) if 0 < code <= 0x10FFFF else UNKNOWN

    def _object(self, place: int) -> int | None:
        return _OBJECT_OF(self._address, place)

    def _end(self, place: int, drawn: int) -> int:
        """Return where an object ends that begins at a place: mostly with the line, else found in growing steps."""
        beyond = self.text.find("\r\n", place + 1)
        beyond = beyond if beyond >= 0 else len(self.text)
        if self._object(beyond - 1) == drawn:
            return beyond
        last, step = place, 1
        while last + step < beyond and self._object(last + step) == drawn:
            last += step
            step *= 2
        beyond = min(last + step, beyond)
        while beyond - last > 1:
            middle = (last + beyond) // 2
            if self._object(middle) == drawn:
                last = middle
            else:
                beyond = middle
        return beyond

    def _with_marks(self, place: int, end: int, run: Run) -> Iterator[Run]:
        """Yield a run in parts where it has raised figures of its own size, which some fonts have for notes."""
        for number in NUMBER.finditer(self.text, place, end):
            start = number.end()
            while start > number.start() and self._foot(start - 1) > run.base + RAISED * run.size:
                start -= 1
            if start < number.end():
                if self.text[place:start].strip():
                    yield self._run(place, start, run.before)
                    run = run._replace(before="")
                mark = self._run(start, number.end(), run.before)
                yield mark._replace(base=run.base + 2 * RAISED * run.size, size=run.size / 2)
                run, place = run._replace(before=""), number.end()
        if self.text[place:end].strip():
            yield run if run.text == self.text[place:end] else self._run(place, end, run.before)

    def _foot(self, place: int) -> float:
        pdfium.FPDFText_GetCharBox(self._handle, place, *self._box)
        return self._box[2].value

    def _run(self, place: int, end: int, between: str) -> Run:
        text = self.text[place:end]
        first = place + len(text) - len(text.lstrip())
        last = place + len(text.rstrip()) - 1
        if self._is_unknown(first) or self._is_unknown(last):
            text = self._known(text, place)
        if SOFT_HYPHEN in text:
            text = self._with_seen_hyphens(text, place)
        matrix, handle = self._matrix, self._handle
        pdfium.FPDFText_GetMatrix(handle, first, matrix)
        size = pdfium.FPDFText_GetFontSize(handle, first) * math.hypot(matrix.c, matrix.d) or 1.0
        direction = UPRIGHT
        if matrix.b or matrix.a <= 0:
            scale = math.hypot(matrix.a, matrix.b) or 1.0
            direction = round(matrix.a / scale, 2) + 0.0, round(matrix.b / scale, 2) + 0.0
        pdfium.FPDFText_GetCharOrigin(handle, first, *self._point)
        x, y = self._point[0].value, self._point[1].value
        start, ends = self._ink(first, direction)[0], self._ink(last, direction)[1]
        if not (math.isfinite(size) and abs(x) < FAR and abs(y) < FAR and abs(start) < FAR and abs(ends) < FAR):
            return Run(text, 0.0, 0.0, 0.0, 1.0, UPRIGHT, between or "\n")
        gaps = []
        is_generated = pdfium.FPDFText_IsGenerated
        is_fixed = ends - start > TYPED * size * len(text) and " " in text and self._is_typewriter(first)
        for space in SPACE_IN_RUN.finditer(text):
            if is_fixed or is_generated(handle, place + space.end() - 1) == 1:
                left = self._ink(place + space.start() - 1, direction)[1]
                gaps.append((space.end() - 1, left, self._ink(place + space.end(), direction)[0]))
        base = y * direction[0] - x * direction[1]
        return Run(text, start, ends, base, size, direction, between, tuple(gaps))

    def _font(self, place: int) -> tuple[bytes, int]:
        """Return the name and the flags of a character's font."""
        pdfium.FPDFText_GetFontInfo(self._handle, place, self._name, len(self._name), self._flags)
        return self._name.value, self._flags.value

    def _is_typewriter(self, place: int) -> bool:
        """Whether all characters of a font are of one width."""
        name, flags = self._font(place)
        return flags & FIXED_PITCH != 0 or TYPEWRITER.search(name) is not None

    def _is_unknown(self, place: int) -> bool:
        return pdfium.FPDFText_HasUnicodeMapError(self._handle, place) == 1

    def _known(self, text: str, place: int) -> str:
        """Return a text with UNKNOWN for what is unknown in it.

        A font without a name is drawn by the document itself (Type 3). TeX's are, and have their letters where ASCII
        has them, though they do not say so; other programs give them codes from 1 on.
        """
        if not self._font(place)[0] and len(CONTROL.findall(text)) < FEW_CONTROLS * len(text):
            return text
        unknown = [self._is_unknown(place + at) for at in range(len(text))]
        return "".join(UNKNOWN if is_unknown else each for is_unknown, each in zip(unknown, text))

    def _with_seen_hyphens(self, text: str, place: int) -> str:
        """Return a text with hyphens for soft ones that have ink: whoever drew those wanted them to be seen."""
        inks = ((each, self._ink(place + at, UPRIGHT)) for at, each in enumerate(text))
        return "".join(
            each if each != SOFT_HYPHEN else "-" if right > left else WORD_JOINER for each, (left, right) in inks
        )

    def _ink(self, place: int, direction: tuple[float, float]) -> tuple[float, float]:
        """Return where a character's ink begins and ends along a direction."""
        pdfium.FPDFText_GetCharBox(self._handle, place, *self._box)
        if direction is UPRIGHT:
            return self._box[0].value, self._box[1].value
        left, right, bottom, top = (value.value for value in self._box)
        corners = [x * direction[0] + y * direction[1] for x in (left, right) for y in (bottom, top)]
        return min(corners), max(corners)
