"""The browser of the report's tests: Debian's chromium, without a window, and with nothing to fetch."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from report_screens import set_media, set_width

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    """A chromium that selenium drives; the test is skipped where there is none."""
    if not BROWSER or not DRIVER:
        pytest.skip("needs Debian's packages chromium and chromium-driver")
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs the Python package selenium")
    from selenium.webdriver.chrome.service import Service

    with tempfile.TemporaryDirectory(prefix="llmops-chromium-", ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = BROWSER
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        for argument in (*ARGUMENTS, f"--user-data-dir={profile}"):
            options.add_argument(argument)
        # With the driver's path given, selenium does not look for one in the network.
        # It would leave crash reports and settings in the home directory.
        driver = webdriver.Chrome(options=options, service=Service(DRIVER, env={**os.environ, "HOME": profile}))
        yield driver
        driver.quit()


@pytest.fixture
def browser(chromium):
    """The browser as a desk has it: light, 1280 pixels wide, with empty logs."""
    chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    set_width(chromium, 1280)
    set_media(chromium, scheme="light")
    chromium.get("about:blank")
    for log in ("browser", "performance"):
        chromium.get_log(log)
    return chromium


@pytest.fixture
def opened(browser, tmp_path: Path):
    """Write the report of evaluations and open it in the browser."""
    from mlops.common.reports import write_reports

    def open_report(*evaluations):
        write_reports(evaluations, tmp_path)
        browser.get((tmp_path / "report.html").as_uri())
        return browser

    return open_report
