"""Markdown to ReportLab flowables, as much of it as the sample documents use.

Headings of three levels, paragraphs, lists of one level, pipe tables, **bold**, *italic*; `<!-- page -->` starts a new
page and `<!-- contents -->` stands for the list of chapters, which are the headings of the second level. A paragraph in
italics that comes before a table is its caption. `{page: A heading}` is the number of the page of that heading.
"""

import re
from dataclasses import dataclass
from xml.sax.saxutils import escape

from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import KeepTogether, ListFlowable, ListItem, PageBreak, Paragraph, Table

from documents.styles import CELL, STYLES, TABLE, TABLE_OF_CONTENTS, WIDTH, Heading

PADDING = 12  # points, left and right of a cell's text together
_CAPTION = re.compile(r"\*[^*]+\*", re.DOTALL)


@dataclass
class Renderer:
    """Renders Markdown; `pages` holds the pages of headings, as far as they are known."""

    pages: dict[str, int]

    def flowables(self, markdown: str) -> list:
        """Return the flowables of a whole document."""
        result, before = [], []  # before: headings and captions, which stay with the table that follows them
        for block in re.split(r"\n\s*\n", markdown.strip()):
            is_contents = block == "<!-- contents -->"
            flowable = self._contents(markdown) if is_contents else self._block(block.strip("\n"))
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
        if heading := re.fullmatch(r"(#{1,3}) (.+)", block):
            return Heading(heading[2], len(heading[1]))
        if block.startswith("|"):
            return self._table(block)
        if re.match(r"(- |\d+\. )", block):
            return self._list(block)
        style = "Caption" if _CAPTION.fullmatch(block) else "Body"
        return Paragraph(self._inline(block), STYLES[style])

    def _inline(self, text: str) -> str:
        text = re.sub(r"\{page: ([^}]+)\}", lambda match: self._page(match[1]), " ".join(text.split()))
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

    def _contents(self, markdown: str) -> Table:
        titles = [title for title in re.findall(r"^## (.+)$", markdown, re.MULTILINE) if title != "Contents"]
        right = ParagraphStyle("number", CELL, alignment=2)
        # The number comes first: readers of the text lose a number that stands far from its title.
        rows = [[Paragraph(self._page(title), right), Paragraph(escape(title), CELL)] for title in titles]
        return Table(rows, colWidths=[32, WIDTH - 32], style=TABLE_OF_CONTENTS, hAlign="LEFT")

    def _page(self, title: str) -> str:
        """Return the number of a heading's page, or as wide a number while none is known."""
        return str(self.pages[title] if self.pages else 100)


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
