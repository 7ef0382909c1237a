"""The playground in a browser, as a person uses it."""

from contextlib import contextmanager
from io import BytesIO

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE_S = 30
BUTTONS = "return [...document.querySelectorAll('button')].filter(e => e.checkVisibility())"


class Page:
    """A flow of the playground.

    Args:
        browser: what shows it.
        service: the client of a running service.
        flow: the flow's name.
    """

    def __init__(self, browser, service, flow=""):
        self.browser = browser
        browser.get("about:blank")  # so that nothing of another flow is left
        browser.get(f"http://127.0.0.1:{service.port}/#{flow}")
        self.wait(lambda: self.all("h1, main > .problem, dialog[open]"))

    def all(self, selector):
        """The elements of a selector that are in sight."""
        return [element for element in self.browser.find_elements(By.CSS_SELECTOR, selector) if element.is_displayed()]

    def one(self, selector):
        """The only element of a selector that is in sight."""
        (element,) = self.all(selector)
        return element

    def text(self, selector="main"):
        """The text that is in sight."""
        return self.one(selector).text

    def wait(self, condition):
        """Wait until a condition holds; return what it returns.

        While the page renders another flow, an element may be gone before it is looked at, or not be there yet.
        """
        rendering = (StaleElementReferenceException, ValueError)
        return WebDriverWait(self.browser, PATIENCE_S, 0.02, rendering).until(lambda _: condition())

    def wait_for(self, selector):
        """Wait until something is in sight; return the first."""
        return self.wait(lambda: self.all(selector))[0]

    def button(self, text):
        """The button with a text."""
        (found,) = [button for button in self.browser.execute_script(BUTTONS) if button.text == text]
        return found

    def press(self, text):
        """Press the button with a text."""
        self.button(text).click()

    def fill(self, name, text):
        """Write into a field."""
        field = self.one(f"[name={name}]")
        field.clear()
        field.send_keys(text)

    def take(self, path):
        """Choose a file, as a click on the button and the system's dialogue would."""
        self.browser.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(path))

    def ask(self, question):
        """Ask, and return the turn once it has ended."""
        before = len(self.all(".turn"))
        self.fill("question", question + "\n")
        self.wait(lambda: len(self.all(".turn:not(.writing)")) > before)
        return self.all(".turn")[-1]

    @contextmanager
    def new_tab(self, element):
        """What a click on an element opens is looked at while the block lasts."""
        here = self.browser.current_window_handle
        element.click()
        self.wait(lambda: len(self.browser.window_handles) == 2)
        self.browser.switch_to.window(next(each for each in self.browser.window_handles if each != here))
        try:
            yield
        finally:
            self.browser.close()
            self.browser.switch_to.window(here)

    def script(self, text):
        """What a script returns."""
        return self.browser.execute_script(text)

    def complaints(self):
        """What the browser's console has, except for answers that are errors."""
        return [line for line in self.browser.get_log("browser") if line["source"] != "network"]


def pdf(path, *pages, password=None):
    """Write a PDF with a text on each page; return its path."""
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    content = BytesIO()
    canvas = Canvas(content, encrypt=StandardEncryption(password) if password else None)
    for text in pages:
        if text:
            canvas.drawString(72, 720, text)
        canvas.showPage()
    canvas.save()
    path.write_bytes(content.getvalue())
    return path
