"""Who can use the playground: with a key, by keyboard alone, on a phone, in the dark, with a screen reader."""

from pathlib import Path

import pytest
from browser_fixtures import CONTRAST, set_media, set_width
from playground_page import Page, pdf
from running_service import running, settings_for
from selenium.webdriver import ActionChains, Keys

pytestmark = pytest.mark.browser

KEY, NEW_KEY = "0123456789abcdef" * 2, "fedcba9876543210" * 2
PHONE = 360
AXE = Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js"
FAULTS = """
const done = arguments[arguments.length - 1];
const told = (fault) => [fault.id, ...fault.nodes.map((node) => node.target.join(" "))];
axe.run(document, {resultTypes: ["violations"]}).then((found) => done(found.violations.map(told)));
"""


@pytest.fixture(scope="module")
def guarded(world, tmp_path_factory):
    """A service that takes two keys."""
    variables = {"FLOW_SERVICE_API_KEYS": f"{KEY},{NEW_KEY}"}
    settings = settings_for(world.endpoint, tmp_path_factory.mktemp("guarded"), variables=variables)
    with running(settings) as client:
        yield client


@pytest.fixture
def nobody(browser, guarded):
    """The page of a service that takes keys, without a key of tests before."""
    page = Page(browser, guarded, "chat_with_pdf")
    page.script("sessionStorage.clear()")
    yield Page(browser, guarded, "chat_with_pdf")
    page.script("sessionStorage.clear()")


def used(page, key):
    page.fill("credential", key)
    page.press("Use")


def tab(page, back=False):
    """Press the tabulator; return what has the focus then, which has to be seen."""
    keys = ActionChains(page.browser)
    (keys.key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT) if back else keys.send_keys(Keys.TAB)).perform()
    focused = page.browser.switch_to.active_element
    if focused.tag_name != "body":
        assert focused.value_of_css_property("outline-style") == "solid", focused.get_attribute("outerHTML")
    return focused


def tab_to(page, text):
    """Press the tabulator until something with a text, a label or a name has the focus."""
    for _ in range(40):
        focused = tab(page)
        if text in (focused.text.split("\n")[0], focused.get_attribute("name")):
            return focused
    raise AssertionError(f"the keyboard does not lead to {text}")


def press(page, key):
    ActionChains(page.browser).send_keys(key).perform()


def test_a_key_is_asked_for_and_a_wrong_one_is_reported(nobody):
    page = nobody
    assert page.one("dialog label").text == "API key" and page.all("dialog .error") == []
    assert page.browser.switch_to.active_element.get_attribute("name") == "credential"
    used(page, "wrong")
    page.wait(lambda: page.all("dialog .error") and "not valid" in page.text("dialog .error"))
    used(page, "schlüssel")
    assert "no key or token has" in page.text("dialog .error")
    used(page, KEY)
    page.wait_for("h1")
    assert page.all("dialog") == [] and page.complaints() == []
    assert KEY not in page.browser.current_url and KEY not in page.script("return document.documentElement.outerHTML")


def test_a_key_is_kept_for_the_tab_and_can_be_forgotten(nobody):
    page = nobody
    used(page, NEW_KEY)
    page.wait_for("h1")
    page.browser.refresh()
    page.wait_for("h1")
    page.press("Key")
    page.press("Forget it")
    page.browser.refresh()
    page.wait_for("dialog")
    assert page.script("return localStorage.length") == 0


def test_with_a_key_documents_are_uploaded_and_their_pages_open(nobody, tmp_path):
    page = nobody
    used(page, KEY)
    page.wait_for("h1")
    page.take(pdf(tmp_path / "notes.pdf", "The shop sells ropes.", "The shop opens at nine on Mondays."))
    page.wait_for(".composer")
    page.ask("When does the shop open on Mondays?")
    with page.new_tab(page.one(".turn > .text a")):
        page.wait(lambda: page.browser.current_url.startswith("blob:"))
        assert page.browser.current_url.endswith("#page=2")
        page.wait(lambda: page.script("return document.contentType") == "application/pdf")


def test_anyone_may_ask_which_credentials_the_service_takes_and_nothing_else(guarded):
    about = guarded.get("/playground/about").json()
    assert about["credentials"] == ["key"] and set(about) == {
        "emulator",
        "credentials",
        "document_megabytes",
        "document_minutes",
    }
    assert guarded.get("/flows").status_code == 401
    assert guarded.get("/data/documents/larkmoor_handbook.pdf").status_code == 401


def test_everything_can_be_done_by_keyboard_alone(browser, service):
    page = Page(browser, service)
    assert tab(page).text == "To the flow"
    tab_to(page, "Chat with PDF")
    press(page, Keys.ENTER)
    page.wait(lambda: page.text("h1") == "Chat with PDF")
    assert tab(page).text == "Choose a PDF"
    tab_to(page, "Try the sample, larkmoor_handbook.pdf")
    press(page, Keys.ENTER)
    page.wait_for(".composer")
    press(page, Keys.ENTER)  # the sample's question is there, and the focus too
    page.wait_for(".turn .costs")
    for _ in range(3):
        focused = tab(page, back=True)
        if focused.tag_name == "a":
            break
        assert focused.tag_name == "summary"
    assert focused.text == "p. 3"
    tab_to(page, "New conversation")
    press(page, Keys.SPACE)
    assert page.all(".turn") == []
    page.one("nav a[data-flow=class_basic_flow]").send_keys(Keys.ENTER)
    page.wait(lambda: page.text("h1") == "Class basic flow")
    tab_to(page, "text").send_keys(" A nurse sang.")
    tab_to(page, "Run")
    press(page, Keys.ENTER)
    page.wait_for(".entities")
    tab_to(page, "As JSON")
    press(page, Keys.SPACE)
    assert "prompt_tokens" in page.text(".folded pre")


def test_the_skip_link_leads_past_the_flows(browser, service):
    page = Page(browser, service, "plan_and_execute")
    tab(page)
    press(page, Keys.ENTER)
    assert page.text("h1") == "Plan and execute"
    assert tab_to(page, "question").tag_name == "textarea"


def test_a_screen_reader_hears_of_an_answer_once(browser, service):
    page = Page(browser, service, "chat_with_pdf")
    page.script("""
        window.said = [];
        new MutationObserver(() => window.said.push(document.getElementById("announcer").textContent))
          .observe(document.getElementById("announcer"), {childList: true, characterData: true, subtree: true});
    """)
    page.press("Try the sample, larkmoor_handbook.pdf")
    turn = page.ask("What does a public night cost for an adult?")
    answer = turn.find_element("class name", "text").text
    assert page.script("return window.said") == ["The document is larkmoor_handbook.pdf.", f"The answer: {answer}"]
    assert page.script("return document.querySelectorAll('[aria-live], [role=status], [role=alert]').length") == 1


def test_all_that_is_entered_has_a_label_and_the_page_its_landmarks(browser, service):
    page = Page(browser, service)
    for name in page.script("return [...document.querySelectorAll('nav a')].map(a => a.dataset.flow)"):
        Page(browser, service, name)
        fields = "document.querySelectorAll('input:not([aria-hidden]), textarea, select')"
        assert page.script(f"return [...{fields}].filter(field => !field.labels.length).length") == 0
        for tag in ("header", "nav", "main", "h1"):
            assert len(page.all(tag)) == 1
        assert page.script("return document.documentElement.lang") == "en"
        ids = page.script("return [...document.querySelectorAll('[id]')].map(e => e.id)")
        assert len(ids) == len(set(ids))


def walk(browser, service, tmp_path):
    """Every state that the page has; yields after each."""
    page = Page(browser, service, "class_basic_flow")
    page.press("Run")
    page.wait_for(".entities")
    page.one("summary").click()
    yield page
    page.fill("text", "x " * 400)
    page.fill("entity_type", "y" * 199)
    page.press("Run")
    page.wait_for(".costs, .problem")
    page.fill("entity_type", " ")
    page.press("Run")
    page.wait_for(".problem")
    yield page
    page = Page(browser, service, "class_plan_and_execute")
    page.press("Run")
    page.wait_for(".costs")
    page.all(".step summary")[0].click()
    yield page
    page = Page(browser, service, "chat_with_pdf")
    yield page
    page.take(pdf(tmp_path / f"{'long-name' * 20}.pdf", "The shop opens at nine on Mondays. " + "w" * 300))
    page.wait_for(".composer")
    page.ask("When does the shop open? " + "q" * 300)
    page.all("summary")[-1].click()
    page.press("Another")
    yield page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_the_contrast_of_wcag_aa(browser, service, tmp_path, scheme):
    set_media(browser, scheme)
    for page in walk(browser, service, tmp_path):
        assert page.script(CONTRAST) == []
        ground = page.script("return getComputedStyle(document.documentElement).backgroundColor")
        assert (ground == "rgb(255, 255, 255)") is (scheme == "light")


@pytest.mark.skipif(not AXE.exists(), reason="needs axe-core: npm ci")
@pytest.mark.parametrize("width", [PHONE, 1280])
def test_axe_finds_no_fault_in_any_state(browser, service, tmp_path, width):
    set_width(browser, width)
    for page in walk(browser, service, tmp_path):
        page.script(AXE.read_text(encoding="utf-8"))
        assert browser.execute_async_script(FAULTS) == []


def test_on_a_phone_nothing_scrolls_sideways_and_buttons_can_be_hit(browser, service, tmp_path):
    set_width(browser, PHONE)
    small = (
        "return [...document.querySelectorAll('button, nav a')].filter(e => e.checkVisibility())"
        ".filter(e => e.getBoundingClientRect().height < 24).length"
    )  # WCAG 2.2, target size (minimum)
    for page in walk(browser, service, tmp_path):
        wide, window = page.script("const e = document.documentElement; return [e.scrollWidth, e.clientWidth]")
        assert wide == window <= PHONE
        assert page.script(small) == 0


def test_nothing_moves_for_those_who_want_it_so(browser, service):
    features = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "screen", "features": features})
    page = Page(browser, service, "class_plan_and_execute")
    page.script("""
        window.moved = 0;
        for (const kind of ["animationstart", "transitionrun"]) document.addEventListener(kind, () => window.moved++);
    """)
    page.press("Run")
    page.wait_for(".costs")
    assert page.script("return window.moved") == 0
