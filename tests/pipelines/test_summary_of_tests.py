"""The summary of the test suite on the page of a pipeline's run."""

import sys

import pytest

from mlops.common.cli import exit_status
from mlops.pipelines import summarize_tests

JUNIT = """<testsuites><testsuite time="61.4">
<testcase classname="tests.a" name="good"/>
<testcase classname="tests.a" name="skips"><skipped/></testcase>
{more}</testsuite></testsuites>"""
FAILED = '<testcase classname="tests.a" name="bad[&lt;b&gt; | @all]"><failure message="no"/></testcase>'


@pytest.fixture
def summarize(tmp_path, monkeypatch):
    monkeypatch.setattr(summarize_tests, "OUTPUTS", tmp_path / "outputs")
    monkeypatch.delenv("TF_BUILD", raising=False)

    def run(junit, coverage='<coverage line-rate="0.987"/>'):
        (tmp_path / "junit.xml").write_text(junit, encoding="utf-8")
        if coverage:
            (tmp_path / "coverage.xml").write_text(coverage, encoding="utf-8")
        arguments = ["--junit", tmp_path / "junit.xml", "--coverage", tmp_path / "coverage.xml"]
        monkeypatch.setattr(sys, "argv", ["summarize_tests", *map(str, arguments)])
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "page.md"))
        status = exit_status(summarize_tests.main)
        page = tmp_path / "page.md"
        return status, page.read_text(encoding="utf-8") if page.exists() else ""

    return run


def test_counts_and_coverage_are_shown(summarize):
    status, page = summarize(JUNIT.format(more=""))
    assert status == 0
    assert "✅ Tests" in page
    assert "1 passed, 0 failed, 1 skipped in 61 s. Coverage 98.7 % of lines." in page


def test_failures_are_named_and_can_do_nothing(summarize):
    _, page = summarize(JUNIT.format(more=FAILED * 30), coverage=None)
    assert "❌ Tests" in page
    assert "30 failed" in page
    assert page.count("- <code>tests.a.bad") == 20
    assert "and 10 more" in page
    assert "<b>" not in page
    assert "@all" not in page


def test_no_test_at_all_is_no_success(summarize):
    assert "❌" in summarize("<testsuites/>")[1]


@pytest.mark.parametrize("junit", ["", "<testsuites>", "no XML"])
def test_a_damaged_file_is_reported(summarize, junit, capsys):
    assert summarize(junit)[0] == 2
    assert "is damaged" in capsys.readouterr().err
