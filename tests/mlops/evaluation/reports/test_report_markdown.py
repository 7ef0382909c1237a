"""report.md: the verdict and its reasons in few lines, and nothing that a reader of Markdown would act on."""

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_samples import ATTACKS, evaluations, realistic_evaluation, sample_row, small_evaluation

from mlops.evaluation.reports import write_reports
from mlops.evaluation.reports.markdown import code, render_comparison_markdown, render_markdown
from mlops.evaluation.reports.writing import show_on_summary_page
from mlops.evaluation.results import Metric

OWN_TAGS = re.compile(r"</?(?:code|sub|details|summary)>")


@given(text=st.text() | st.sampled_from(ATTACKS))
def test_text_from_outside_has_no_character_that_means_something(text):
    inner = code(text).removeprefix("<code>").removesuffix("</code>")
    assert not re.search(r"[\n\r|`*_<>\[\]\\@$~!:^]", inner)
    assert not re.search(r"#(?!\d+;)|&(?!#\d+;)", inner)


@given(text=st.text(max_size=100).map(lambda text: " ".join(text.split())).filter(str.isprintable))
def test_text_from_outside_reads_as_it_was(text):
    assert unescape(code(text).removeprefix("<code>").removesuffix("</code>")) == text


@settings(deadline=None, max_examples=50)
@given(evaluation=evaluations())
def test_every_line_of_a_table_has_the_same_columns_and_no_foreign_tag(evaluation):
    for markdown in (render_markdown(evaluation, evaluation.title), render_comparison_markdown([evaluation] * 2, "")):
        for table in re.findall(r"(?:^\|.*\n)+", markdown, re.MULTILINE):
            assert len({line.count("|") for line in table.splitlines()}) == 1
        assert "<" not in OWN_TAGS.sub("", markdown)


def test_a_failed_evaluation_says_so_first_and_why():
    evaluation = realistic_evaluation()
    lines = render_markdown(evaluation, evaluation.title).splitlines()
    assert lines[0].startswith("## ❌ Failed")
    assert "46 of 48 rows scored" in lines[2]
    assert [unescape(line) for line in lines if line.startswith("- ")] == [
        f"- <code>{failure}</code>" for failure in evaluation.failures
    ]


def test_a_passed_evaluation_says_so():
    assert render_markdown(small_evaluation(), "flow").startswith("## ✅ Passed: <code>flow</code>\n")


ABOUT = {
    "answers": "gpt-5.4 (chat) at contoso.example (azure)",
    "judge": "gpt-5.6 (reasoning)",
    "data": "data/x.jsonl",
    "data_sha256": "0123456789abcdef" * 4,
}


def test_what_answered_and_judged_and_the_data_are_reported_first_and_of_each_side_of_a_comparison():
    markdown = unescape(render_markdown(small_evaluation(about=ABOUT), "flow"))
    assert markdown.splitlines()[4] == (
        "Answers: <code>gpt-5.4 (chat) at contoso.example (azure)</code>. Judge: <code>gpt-5.6 (reasoning)</code>. "
        "Data: <code>data/x.jsonl (sha256 0123456789ab)</code>."
    )
    other = small_evaluation(about={**ABOUT, "answers": "recordings, no model"})
    table = unescape(render_comparison_markdown([small_evaluation(about=ABOUT), other, small_evaluation()], "flow"))
    cells = ("Answers", f"<code>{ABOUT['answers']}</code>", "<code>recordings, no model</code>", "–")
    assert f"| {' | '.join(cells)} |" in table


def test_the_worst_rows_tell_why_they_were_scored_so():
    row = sample_row(1, 0.2, notes={"match.reason": "It | names\nnobody.", "json_schema.reason": "", "trace": "ab"})
    assert "| <code>match 0.20: It | names nobody.</code> |" in unescape(render_markdown(small_evaluation(row), "flow"))
    failed = sample_row(1, None, error="match: no score", notes={"match.reason": "It names nobody."})
    assert "names nobody" not in render_markdown(small_evaluation(failed), "flow")


def test_a_metric_stands_with_interval_threshold_and_change():
    evaluation = realistic_evaluation()
    markdown = unescape(render_markdown(evaluation, "flow"))
    metric = evaluation.metrics[1]
    assert f"{metric.mean:.3f} | {metric.low:.3f} – {metric.high:.3f} | ≥ 0.85, drop ≤ 0.05 |" in markdown
    assert f"(p = {metric.change.p:.3f})" in markdown


def test_the_worst_rows_come_failed_ones_first_and_perfect_ones_not_at_all():
    rows = [sample_row(1), sample_row(2, 0.5), sample_row(3, None), sample_row(4, 0.25)]
    markdown = render_markdown(small_evaluation(*rows), "flow")
    assert re.findall(r"^\| (\d) ", markdown, re.MULTILINE) == ["3", "4", "2"]


@pytest.mark.parametrize("several", [False, True])
def test_the_longest_report_fits_into_a_comment(several):
    rows = [sample_row(n, n % 2, "|" * 5000, error="<>" * 900 if n % 2 else None) for n in range(1, 201)]
    metrics = tuple(Metric("`" * 300 + str(n), 0.5, 0.4, 0.6, 9) for n in range(150))
    evaluation = small_evaluation(
        *rows,
        failures=("&" * 3000,) * 2000,
        metrics=metrics,
        variant={"*" * 99: "*" * 999},
        about={f"{n} {'_' * 999}": "_" * 999 for n in range(99)},
    )
    markdown = render_comparison_markdown([evaluation] * 3, "#" * 999) if several else render_markdown(evaluation, "#")
    assert len(markdown) <= 60_000
    assert "more are in report.html" in markdown


def test_a_comparison_has_a_column_per_evaluation_and_the_rows_on_which_they_disagree():
    one = small_evaluation(sample_row(1), sample_row(2), sample_row(3))
    other = small_evaluation(sample_row(1), sample_row(2, 0.25), sample_row(3, None), flow="yaml_basic_flow")
    markdown = unescape(render_comparison_markdown([one, other], "Two flows"))
    assert "|  | <code>class_basic_flow</code> | <code>yaml_basic_flow</code> |" in markdown
    assert "| Latency p50 | 20 ms | 20 ms |" in markdown
    assert "### They disagree on 2 of 3 rows" in markdown
    assert re.findall(r"^\| (\d) .*\| (\S+) \| (\S+) \|$", markdown, re.MULTILINE) == [
        ("3", "1.00", "missing"),
        ("2", "1.00", "0.25"),
    ]


def test_the_summary_of_a_github_step_gets_the_markdown_appended(tmp_path, monkeypatch):
    summary = tmp_path / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    write_reports([small_evaluation()], tmp_path / "reports")
    written = (tmp_path / "reports" / "report.md").read_text(encoding="utf-8")
    assert summary.read_text(encoding="utf-8") == f"before\n{written}\n"


def test_the_report_is_shown_on_the_summary_page_of_azure_devops(tmp_path, monkeypatch, capsys):
    report = tmp_path / "report.md"
    report.write_text("# Report", encoding="utf-8")
    monkeypatch.delenv("TF_BUILD", raising=False)
    show_on_summary_page(report)
    assert capsys.readouterr().out == ""
    monkeypatch.setenv("TF_BUILD", "True")
    show_on_summary_page(report)
    assert capsys.readouterr().out == f"##vso[task.uploadsummary]{report}\n"
