"""Chat about a PDF in the playground: documents, streamed answers, pages, follow-ups, and what goes wrong."""

import re

import pytest
from playground_page import Page, pdf
from running_service import answering, running, settings_for

from mlops.common.paths import DOCUMENTS

pytestmark = pytest.mark.browser

BAKERY = (
    "The Birch Lane Bakery opens at 6.30 in the morning.",
    "The oven of the bakery was built in 1962 by Ana Ruiz.",
)
OPENS, BUILT = "When does the Birch Lane Bakery open?", "When was the oven of the bakery built?"


@pytest.fixture
def page(browser, service):
    return Page(browser, service, "chat_with_pdf")


def drop(page, text, name):
    """Drop a file on the page."""
    page.browser.execute_script(
        """
        const data = new DataTransfer();
        data.items.add(new File([arguments[0]], arguments[1], {type: "application/pdf"}));
        for (const kind of ["dragenter", "dragover", "drop"]) {
          const event = new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true});
          document.querySelector(".document").dispatchEvent(event);
        }
    """,
        text,
        name,
    )


def test_a_pdf_of_ones_own_answers_with_links_to_its_pages(page, service, tmp_path):
    page.take(pdf(tmp_path / "my notes.pdf", *BAKERY))
    page.wait_for(".composer")
    turn = page.ask(BUILT)
    assert "1962" in turn.text and page.complaints() == []
    (link,) = page.all(".turn > .text a")
    assert re.search(r"/documents/[\w-]{43}#page=2$", link.get_attribute("href")) and link.text == "p. 2"
    assert link.get_attribute("rel") == "noopener noreferrer"
    assert service.get(link.get_attribute("href")).content.startswith(b"%PDF-")


def test_a_page_opens_in_the_browsers_viewer(page, tmp_path):
    page.take(pdf(tmp_path / "notes.pdf", *BAKERY))
    page.wait_for(".composer")
    page.ask(BUILT)
    with page.new_tab(page.one(".turn > .text a")):
        assert page.browser.current_url.endswith("#page=2")
        page.wait(lambda: page.script("return document.contentType") == "application/pdf")


def test_answers_arrive_in_pieces(page):
    page.script("""
        window.seen = new Set();
        new MutationObserver(() => window.seen.add(document.querySelector(".turn > .text")?.textContent))
          .observe(document.querySelector(".turns"), {subtree: true, childList: true, characterData: true});
    """)
    page.press("Try the sample, larkmoor_handbook.pdf")
    turn = page.ask("What does a public night cost for an adult?")
    assert "12" in turn.text
    seen = [text for text in page.script("return [...window.seen]") if text]
    assert len(seen) > 2 and all(seen[-1].startswith(text) for text in seen)


def test_follow_ups_know_what_was_said_until_a_new_conversation_begins(page):
    page.press("Try the sample, larkmoor_handbook.pdf")
    assert page.one("[name=question]").get_attribute("value") == "What does a public night cost for an adult?"
    page.ask("What does a public night cost for an adult?")
    turn = page.ask("And for a child of 6 to 15 years?")
    assert re.search(r"\b5\.50\b", turn.find_element("class name", "text").text)
    assert page.browser.switch_to.active_element.get_attribute("name") == "question"
    link = page.all(".turn > .text a")[0].get_attribute("href")
    assert re.search(r"/data/documents/larkmoor_handbook\.pdf#page=\d+$", link)
    page.press("New conversation")
    assert page.all(".turn") == []
    page.script("const ask = fetch; window.fetch = (path, all) => { window.sent = all.body; return ask(path, all); }")
    page.ask("Which nights are public?")
    assert '"chat_history":[]' in page.script("return window.sent")


def test_a_sample_can_be_opened_at_its_path_and_no_other_file_can(service):
    read = service.get("/data/documents/larkmoor_handbook.pdf")
    assert read.content == (DOCUMENTS / "larkmoor_handbook.pdf").read_bytes()
    for path in ("chat_with_pdf_data.jsonl", "documents/..%2fchat_with_pdf_data.jsonl", "documents/x.pdf"):
        assert service.get(f"/data/{path}").status_code == 404


def test_a_document_at_a_url_is_linked_there(page, world):
    page.fill("pdf_url", f"{world.endpoint}/documents/larkmoor_handbook.pdf\n")
    page.wait_for(".composer")
    page.ask("What does a public night cost for an adult?")
    href = page.one(".turn > .text a").get_attribute("href")
    assert href == f"{world.endpoint}/documents/larkmoor_handbook.pdf#page=3"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "handbook", " "])
def test_what_is_no_web_address_is_reported_at_once(page, address):
    page.fill("pdf_url", address + "\n")
    assert page.wait_for(".address .error").text == "Give a URL that begins with https://"
    assert page.all(".composer") == [] and page.browser.switch_to.active_element == page.one("[name=pdf_url]")


def test_an_address_that_cannot_be_fetched_is_reported_beside_its_field(page, world):
    page.fill("pdf_url", f"{world.endpoint}/documents/nope.pdf\n")
    page.wait_for(".composer")
    page.fill("question", "What is this?\n")
    assert "nope.pdf: " in page.wait_for(".document .problem").text
    assert page.one("[name=pdf_url]").get_attribute("value").endswith("nope.pdf")
    assert page.one("[name=question]").get_attribute("value") == "What is this?" and page.all(".turn") == []


@pytest.mark.parametrize("content, reason", [(b"", "the file is empty"), (b"PK\x03\x04", "this is not a PDF")])
def test_a_file_that_is_no_pdf_is_reported_before_anything_is_sent(page, tmp_path, content, reason):
    path = tmp_path / "report.pdf"
    path.write_bytes(content)
    page.take(path)
    assert page.wait_for(".problem").text.startswith(f"report.pdf: {reason}")
    assert page.all(".composer") == []
    page.take(pdf(tmp_path / "notes.pdf", *BAKERY))
    page.wait_for(".composer")
    assert page.all(".problem") == []


@pytest.mark.parametrize(
    "kind, reason",
    [
        ("encrypted", "the document is encrypted"),
        ("scanned", "the document holds no text"),
        ("cut", "the document is cut off"),
    ],
)
def test_a_document_that_cannot_be_read_gives_way_to_another(page, tmp_path, kind, reason):
    path = pdf(
        tmp_path / f"{kind}.pdf",
        *("", "") if kind == "scanned" else BAKERY * 5,
        password="secret" if kind == "encrypted" else None,
    )
    if kind == "cut":
        path.write_bytes(path.read_bytes()[:1500])
    page.take(path)
    page.wait_for(".composer")
    page.fill("question", OPENS + "\n")
    problem = page.wait_for(".document .problem")
    assert problem.text.startswith(f"{kind}.pdf: {reason}") and not re.search(r"[\w-]{43}", page.text())
    page.press("Ask")
    assert page.wait_for(".composer .error").text == "Choose a document first."
    page.take(pdf(tmp_path / "notes.pdf", *BAKERY))
    page.wait(lambda: page.all(".chosen"))
    page.press("Ask")  # the question has been kept
    page.wait(lambda: page.all(".turn .costs"))
    assert "6.30" in page.text(".turn")


def test_a_hundred_pages_are_found_their_way_in(page, tmp_path):
    texts = [f"The lighthouse number {n} stands {n * 3} metres above the sea." for n in range(1, 101)]
    page.take(pdf(tmp_path / "hundred.pdf", *texts))
    page.wait_for(".composer")
    turn = page.ask("How high above the sea does the lighthouse number 77 stand?")
    assert "231 metres" in turn.text and "p. 77" in turn.text


def test_names_and_questions_with_markup_are_shown_as_text(page, tmp_path):
    name, question = "<img src=x onerror=alert(1)>.pdf", "<script>alert(1)</script> <img src=x onerror=alert(1)> price?"
    page.take(pdf(tmp_path / name, "The price of <b>everything</b> is <img src=x onerror=alert(2)> 7 dollars."))
    page.wait_for(".composer")
    turn = page.ask(question)
    assert name in page.text(".chosen") and turn.text.startswith(question)
    assert page.script("return document.querySelectorAll('main img, main script, main b').length") == 0
    assert page.complaints() == []


def test_a_dropped_file_is_taken_and_one_beside_the_place_is_not_opened(page):
    drop(page, "no pdf", "letter.pdf")
    assert "letter.pdf: this is not a PDF" in page.wait_for(".document .problem").text
    assert page.one(".document").get_attribute("class") == "document"


def test_an_upload_shows_how_far_it_is_and_is_cancelled(page, tmp_path):
    path = tmp_path / "large.pdf"
    path.write_bytes(b"%PDF-1.7\n" + b"x" * 3_000_000)
    throttled = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 500_000}
    page.browser.execute_cdp_cmd("Network.enable", {})
    page.browser.execute_cdp_cmd("Network.emulateNetworkConditions", throttled)
    try:
        page.take(path)
        page.wait(lambda: 0 < page.script("return document.querySelector('progress')?.value ?? 0") < 1)
        assert re.fullmatch(r"\d+ %", page.text(".share"))
        page.press("Cancel")
        page.wait_for(".choices")
    finally:
        page.browser.execute_cdp_cmd("Network.emulateNetworkConditions", {**throttled, "uploadThroughput": -1})
    assert page.all(".sending, .problem, .composer") == []


def test_a_file_that_is_too_large_is_not_sent(browser, world, tmp_path):
    with running(settings_for(world.endpoint, tmp_path, limits={"document_megabytes": 1})) as client:
        page = Page(browser, client, "chat_with_pdf")
        path = tmp_path / "large.pdf"
        path.write_bytes(b"%PDF-1.7\n" + b"x" * 1_200_000)
        page.take(path)
        assert "large.pdf: 1.2 MB are more than the 1 MB" in page.wait_for(".document .problem").text


def test_a_document_that_the_service_has_let_go_is_uploaded_anew(browser, world, tmp_path):
    with running(settings_for(world.endpoint, tmp_path)) as client:
        page = Page(browser, client, "chat_with_pdf")
        page.take(pdf(tmp_path / "notes.pdf", *BAKERY))
        page.wait_for(".composer")
        page.ask(OPENS)
        for stored in (tmp_path / "documents").iterdir():
            stored.unlink()
        turn = page.ask(BUILT)
        assert "unknown_document" in turn.text and "Try again" in turn.text
        page.press("Try again")
        page.wait(lambda: "1962" in page.all(".turn")[-1].text)
        assert len(page.all(".turn")) == 2 and page.all(".problem") == []


def test_a_question_is_cancelled_and_a_service_that_has_stopped_is_reported(browser, tmp_path):
    with answering(documents=DOCUMENTS, latency_ms=1500) as emulator:
        with running(settings_for(emulator.endpoint, tmp_path)) as client:
            page = Page(browser, client, "chat_with_pdf")
            page.press("Try the sample, larkmoor_handbook.pdf")
            page.fill("question", OPENS + "\n")
            page.wait_for(".turn.writing")
            page.press("Cancel")
            page.wait(lambda: "Cancelled." in page.text(".turn"))
    page.ask(OPENS)
    assert "The service does not answer." in page.all(".turn")[-1].text
