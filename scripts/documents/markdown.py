"""Markdown to ReportLab flowables, as much of it as the sample documents use.

Headings of three levels, paragraphs, lists with one level, pipe tables, **bold**, *italic*; `<!-- page -->` starts a
new page and `<!-- contents -->` stands for the list of chapters. A paragraph all in italics that comes before a table is
its caption. `{page: A heading}` is the number of the page on which that heading stands.
"""

import re
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import KeepTogether, ListFlowable, ListItem, PageBreak, Paragraph, Table

from documents.styles import CELL, STYLES, TABLE, TABLE_OF_CONTENTS, WIDTH, Heading

PADDING = 12  # points, left and right of a cell's text together
_CAPTION = re.compile(r"\*[^*]+\*", re.DOTALL)


@dataclass
class Renderer:
    """Renders Markdown; `pages` holds what is known of headings and their pages, in the order of the document."""

    pages: dict[str, int] = field(default_factory=dict)
    contents: list[str] = field(default_factory=list)

    def flowables(self, markdown: str) -> list:
        """Return the flowables of a whole document."""
        result, before = [], []  # before: headings and captions, which stay with the table that follows them
        for block in re.split(r"\n\s*\n", markdown.strip()):
            flowable = self._block(block.strip("\n"))
            if block.startswith("|"):
                result.append(KeepTogether([*before, flowable]))
                before = []
            elif block.startswith("#") or _CAPTION.fullmatch(block):
                before.append(flowable)
            else:
                result += [*before, flowable]
                before = []
        return result + before

    def _block(self, block: str):
        if block == "<!-- page -->":
            return PageBreak()
        if block == "<!-- contents -->":
            return self._contents()
        if heading := re.fullmatch(r"(#{1,3}) (.+)", block):
            return Heading(heading[2], len(heading[1]))
        if block.startswith("|"):
            return self._table(block)
        if re.match(r"(- |\d+\. )", block):
            return self._list(block)
        style = "Caption" if _CAPTION.fullmatch(block) else "Body"
        return Paragraph(self._inline(block), STYLES[style])

    def _inline(self, text: str) -> str:
        text = re.sub(r"\{page: ([^}]+)\}", lambda match: str(self.pages.get(match[1], 100)), " ".join(text.split()))
        text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(text))
        return re.sub(r"\*(.+?)\*", r"<i>\1</i>", text)

    def _list(self, block: str) -> ListFlowable:
        numbered = block[0].isdigit()
        items = re.split(r"\n(?=- |\d+\. )", block)
        texts = [self._inline(re.sub(r"^(- |\d+\. )", "", item)) for item in items]
        kind = {"bulletType": "1", "bulletFormat": "%s."} if numbered else {"bulletType": "bullet", "start": "•"}
        return ListFlowable(
            [ListItem(Paragraph(text, STYLES["Item"])) for text in texts],
            leftIndent=16, bulletFontName="Times-Roman", bulletFontSize=10, spaceAfter=7, **kind,
        )  # fmt: skip

    def _table(self, block: str) -> Table:
        lines = [[cell.strip() for cell in line.strip()[1:-1].split("|")] for line in block.splitlines()]
        header, rule, *rows = lines
        right = [column.endswith(":") for column in rule]
        styles = [ParagraphStyle("cell", CELL, alignment=2 if side else 0) for side in right]
        cells = [[Paragraph(f"<b>{self._inline(cell)}</b>", style) for cell, style in zip(header, styles)]]
        cells += [[Paragraph(self._inline(cell), style) for cell, style in zip(row, styles)] for row in rows]
        return Table(cells, colWidths=_widths([header, *rows]), repeatRows=1, style=TABLE, hAlign="LEFT", spaceAfter=9)

    def _contents(self) -> Table:
        right = ParagraphStyle("number", CELL, alignment=2)
        rows = [[Paragraph(escape(title), CELL), Paragraph(str(self.pages[title]), right)] for title in self.contents]
        rows = rows or [["", ""]]
        return Table(rows, colWidths=[WIDTH - 40, 40], style=TABLE_OF_CONTENTS, hAlign="LEFT")


def _widths(rows: list[list[str]]) -> list[float]:
    """Return widths of columns that fill the page: what a column's text needs, and a share of what is left."""
    needs = [
        max(stringWidth(re.sub(r"\*|\{.*?\}", "", text), "Times-Bold", CELL.fontSize) for text in column) + PADDING
        for column in zip(*rows)
    ]
    if sum(needs) <= WIDTH:
        return [need + (WIDTH - sum(needs)) / len(needs) for need in needs]
    widths, left, wide = {}, WIDTH, dict(enumerate(needs))
    while narrow := {i: need for i, need in wide.items() if need <= left / len(wide)}:
        widths.update(narrow)
        left -= sum(narrow.values())
        wide = {i: need for i, need in wide.items() if i not in narrow}
    widths.update({i: left * need / sum(wide.values()) for i, need in wide.items()})
    return [widths[i] for i in range(len(needs))]
