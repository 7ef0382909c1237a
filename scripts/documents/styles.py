"""How the sample documents look: A4, Times, one accent colour. The fonts are among those every reader of PDFs has."""

from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.platypus import Paragraph

MARGIN = 2.3 * cm
WIDTH = A4[0] - 2 * MARGIN
ACCENT, GREY, PALE = HexColor("#1f4e5f"), HexColor("#667077"), HexColor("#eef3f5")

_TEXT = ParagraphStyle("Text", fontName="Times-Roman", fontSize=11.5, leading=15.5, allowWidows=0, allowOrphans=0)
_TITLE = ParagraphStyle("Title", fontName="Helvetica-Bold", textColor=ACCENT, keepWithNext=1)
STYLES = {
    "Body": ParagraphStyle("Body", _TEXT, alignment=4, spaceAfter=7),
    "Item": ParagraphStyle("Item", _TEXT, spaceAfter=2),
    "Caption": ParagraphStyle("Caption", _TEXT, fontName="Times-Italic", spaceAfter=4, keepWithNext=1),
    "Heading1": ParagraphStyle("Heading1", _TITLE, fontSize=24, leading=30, spaceBefore=36, spaceAfter=12),
    "Heading2": ParagraphStyle("Heading2", _TITLE, fontSize=15, leading=19, spaceBefore=12, spaceAfter=7),
    "Heading3": ParagraphStyle("Heading3", _TITLE, fontSize=11.5, leading=15, spaceBefore=7, spaceAfter=4),
}
CELL = ParagraphStyle("Cell", _TEXT, fontSize=10.5, leading=13)
TABLE = [
    ("BACKGROUND", (0, 0), (-1, 0), PALE),
    ("LINEABOVE", (0, 0), (-1, 0), 0.8, ACCENT),
    ("LINEBELOW", (0, 0), (-1, 0), 0.8, ACCENT),
    ("LINEBELOW", (0, 1), (-1, -1), 0.25, GREY),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("TOPPADDING", (0, 0), (-1, -1), 2.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
]
TABLE_OF_CONTENTS = [("TOPPADDING", (0, 0), (-1, -1), 0.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 1)]


class Heading(Paragraph):
    """A heading that knows what it says, so that whoever lays out the pages can note where it came to stand."""

    def __init__(self, title: str, level: int):
        super().__init__(escape(title), STYLES[f"Heading{level}"])
        self.title = title
        self.level = level
