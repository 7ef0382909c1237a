"""Take the documentation's screenshots: the report of an evaluation, and the playground with a plan, on `local`.

Needs Debian's packages chromium and chromium-driver, or others of these names.
"""

from __future__ import annotations

import base64
import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

REPOSITORY = Path(__file__).resolve().parent.parent
DOCS = REPOSITORY / "docs"
REPORT, PLAYGROUND = "report.png", "playground.png"
EVALUATED = "flows.chat_with_pdf.evaluate.evaluate"
SHOWN_FLOW = "class_plan_and_execute"
WIDTH, REPORT_HEIGHT = 1120, 834
COLORS = 64  # pages have few, and a palette makes the file a third as large
PATIENCE_S = 120
# Whether there is a button with a text, which is then pressed; whether a text is on the page.
PRESS = """
const buttons = [...document.querySelectorAll("button")];
const button = buttons.find(each => each.checkVisibility() && each.textContent === arguments[0]);
button?.click();
return Boolean(button);
"""
TEXT = "return document.body.innerText.includes(arguments[0])"


@contextmanager
def browser() -> Iterator[webdriver.Chrome]:
    """A headless Chromium that keeps its files in a temporary folder."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        sys.exit("error: chromium and chromedriver are not on the PATH; install chromium and chromium-driver")
    with tempfile.TemporaryDirectory(prefix="screenshots-", ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"):
            options.add_argument(argument)
        chrome = webdriver.Chrome(options=options, service=Service(driver, env={**os.environ, "HOME": profile}))
        try:
            yield chrome
        finally:
            chrome.quit()


def take(chrome: webdriver.Chrome, path: Path, height: int | None = None) -> None:
    """Write the page as PNG, down to a height or to its end."""
    size = {"width": WIDTH, "height": height or 1000, "deviceScaleFactor": 1, "mobile": False}
    chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    page = chrome.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
    clip = {"x": 0, "y": 0, "width": WIDTH, "height": height or page["height"], "scale": 1}
    taken = chrome.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": True})
    image = Image.open(io.BytesIO(base64.b64decode(taken["data"]))).convert("RGB")
    image.quantize(COLORS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.relative_to(REPOSITORY) if path.is_relative_to(REPOSITORY) else path}  {path.stat().st_size} bytes")


def take_report(chrome: webdriver.Chrome, path: Path) -> None:
    """Evaluate a flow, and show its report."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", EVALUATED, "--environment_name", "local", "--output", folder]
        subprocess.run(command, cwd=REPOSITORY, check=True, stdout=sys.stderr)
        [report] = Path(folder).glob("**/report.html")
        chrome.get(report.as_uri())
        take(chrome, path, REPORT_HEIGHT)


def take_playground(chrome: webdriver.Chrome, path: Path) -> None:
    """Serve the flows, run the sample of one that plans, and show its plan and answer."""
    with serving() as address:
        chrome.get(f"{address}/#{SHOWN_FLOW}")
        wait = WebDriverWait(chrome, PATIENCE_S, 0.05)
        wait.until(lambda _: chrome.execute_script(PRESS, "Run"))
        wait.until(lambda _: chrome.execute_script(TEXT, "tokens read"))
        chrome.execute_script("document.activeElement.blur(); scrollTo(0, 0)")
        take(chrome, path)


@contextmanager
def serving() -> Iterator[str]:
    """The service on a free port, ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "src.flow_service", "--environment_name", "local", "--port", str(port)]
    service = subprocess.Popen(command, cwd=REPOSITORY, stdout=sys.stderr)
    try:
        while service.poll() is None and not _listens(port):
            time.sleep(0.1)
        if service.returncode is not None:
            sys.exit(f"error: the service ended with status {service.returncode}")
        yield f"http://127.0.0.1:{port}"
    finally:
        service.terminate()
        service.wait(PATIENCE_S)


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def main(folder: Path = DOCS) -> None:
    """Take both."""
    with browser() as chrome:
        take_report(chrome, folder / REPORT)
        take_playground(chrome, folder / PLAYGROUND)


if __name__ == "__main__":
    main()
