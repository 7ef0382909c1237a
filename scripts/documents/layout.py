"""Lays out a document in pages and writes the PDF: the same source gives the same bytes."""

from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import cm
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

from documents.markdown import Renderer
from documents.styles import GREY, MARGIN, WIDTH, Heading

AUTHOR = "The maintainers of this repository"


class _Template(BaseDocTemplate):
    """Pages with a running title and a number; notes on which page every heading stands."""

    def __init__(self, target: BytesIO, title: str, subject: str):
        # Streams stay uncompressed: the libraries that compress differ in their bytes from system to system.
        about = {"title": title, "author": AUTHOR, "subject": subject, "lang": "en"}
        super().__init__(target, pagesize=A4, invariant=1, pageCompression=0, **about)
        frame = Frame(MARGIN, 2.2 * cm, WIDTH, A4[1] - 4.4 * cm, 0, 0, 0, 0)
        self.addPageTemplates(PageTemplate(frames=[frame], onPage=self._furniture))
        self.running_title = title
        self.pages: dict[str, int] = {}

    def _furniture(self, canvas, template) -> None:
        canvas.setFont("Helvetica", 8.5)
        canvas.setFillColor(GREY)
        if canvas.getPageNumber() > 1:
            canvas.drawString(MARGIN, A4[1] - 1.5 * cm, self.running_title)
        canvas.drawCentredString(A4[0] / 2, 1.3 * cm, str(canvas.getPageNumber()))

    def afterFlowable(self, flowable) -> None:  # noqa: N802 (ReportLab's name)
        """Note the page of a heading and enter it in the outline that readers of PDFs show beside the pages."""
        if not isinstance(flowable, Heading) or flowable.level > 2:
            return
        key = f"heading-{len(self.pages)}"
        self.canv.bookmarkPage(key)
        self.canv.addOutlineEntry(flowable.title, key, flowable.level - 1, closed=flowable.level == 1)
        self.pages[flowable.title] = self.page


def make_pdf(markdown: str, subject: str) -> bytes:
    """Return the PDF of a document whose first line is its title.

    References to pages need the pages of headings, so the document is laid out until these no longer change.
    """
    title = markdown.splitlines()[0].removeprefix("# ")
    pages: dict[str, int] = {}
    for _ in range(4):
        target = BytesIO()
        template = _Template(target, title, subject)
        template.build(Renderer(pages).flowables(markdown))
        if template.pages == pages:
            return target.getvalue()
        pages = template.pages
    raise RuntimeError(f"{title}: the pages of the headings change with every layout")
