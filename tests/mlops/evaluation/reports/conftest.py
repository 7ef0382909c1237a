"""The reports' pages, in the browser of `browser_fixtures`."""

from pathlib import Path

import pytest


@pytest.fixture
def opened(browser, tmp_path: Path):
    """Write the report of evaluations and open it in the browser."""
    from mlops.evaluation.reports import write_reports

    def open_report(*evaluations):
        write_reports(evaluations, tmp_path)
        browser.get((tmp_path / "report.html").as_uri())
        return browser

    return open_report
