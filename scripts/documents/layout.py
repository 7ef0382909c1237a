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
        super().__init__(
            target, pagesize=A4, title=title, author=AUTHOR, subject=subject, lang="en", invariant=1, pageCompression=0
        )
        frame = Frame(MARGIN, 2.2 * cm, WIDTH, A4[1] - 4.4 * cm, 0, 0, 0, 0)
        self.addPageTemplates(PageTemplate(frames=[frame], onPage=self._furniture))
        self.running_title = title
        self.headings: list[Heading] = []
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
        key = f"heading-{len(self.headings)}"
        self.canv.bookmarkPage(key)
        self.canv.addOutlineEntry(flowable.title, key, flowable.level - 1, closed=flowable.level == 1)
        self.headings.append(flowable)
        self.pages[flowable.title] = self.page


def make_pdf(markdown: str, subject: str) -> bytes:
    """Return the PDF of a document whose first line is its title.

    References to pages need the pages of headings, so the document is laid out until these no longer change.
    """
    title = markdown.splitlines()[0].removeprefix("# ")
    renderer = Renderer()
    for _ in range(4):
        target = BytesIO()
        template = _Template(target, title, subject)
        template.build(renderer.flowables(markdown))
        if template.pages == renderer.pages:
            return target.getvalue()
        contents = [heading.title for heading in template.headings if heading.level == 2 and heading.title != "Contents"]
        renderer = Renderer(template.pages, contents)
    raise RuntimeError(f"{title}: the pages of the headings change with every layout")
