"""report.html as a file: what it promises about its own safety, and that data stays data."""

import base64
import hashlib
import re
from html import escape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from report_samples import ATTACKS, evaluations, realistic_evaluation, sample_row, small_evaluation

from mlops.common.evaluations import Change, Metric, Threshold
from mlops.common.reports.page import render_comparison_page, render_page
from mlops.common.reports.wording import legible

VOID = {"meta", "input", "link", "br", "hr", "img"}


class Outline(HTMLParser):
    """The tags of a page with their attributes' names, and what is inside elements that are not closed."""

    def __init__(self, page: str):
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, tuple(name for name, _ in attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_allows_itself_its_own_style_and_script_and_nothing_else():
    page = render_page(realistic_evaluation(), "title")
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    for tag, name in (("style", "style-src"), ("script", "script-src")):
        [text] = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
        assert f"{name} 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


@pytest.mark.parametrize("attack", ATTACKS)
def test_data_adds_no_tag_and_no_attribute(attack):
    def page(text: str) -> Outline:
        row = sample_row(1, text=text, outputs={text: [text]}, error=text, notes={text: text})
        metric = Metric(text, 0.5, 0.4, 0.6, 1, Threshold(min=0.7), Change(0.1, 0.4, 0.01, 1), text)
        evaluation = small_evaluation(row, flow=text, environment=text, run=text, metrics=(metric,), failures=(text,),
                                      baseline=text, about={text: text}, created=text)
        return Outline(legible(render_page(evaluation, text) + render_comparison_page([evaluation] * 2, text)))

    assert page(attack).tags == page("harmless").tags


@settings(deadline=None, max_examples=50)
@given(evaluation=evaluations())
def test_every_evaluation_becomes_a_page_whose_elements_are_all_closed(evaluation):
    for page in (render_page(evaluation, evaluation.title), render_comparison_page([evaluation] * 2, "")):
        outline = Outline(legible(page))
        assert outline.open == []
        attributes = {name for _, names in outline.tags for name in names}
        assert not [name for name in attributes if name in ("style", "src", "action") or name.startswith("on")]


def test_verdict_and_reasons_stand_at_the_top():
    evaluation = realistic_evaluation()
    page = render_page(evaluation, evaluation.title)
    verdict, _, rest = page.partition("</section>")
    assert ">Failed</h2>" in verdict
    assert all(escape(failure) in verdict for failure in evaluation.failures)
    assert 'id="rows"' in rest


def test_many_reasons_are_folded():
    page = render_page(small_evaluation(failures=tuple(f"reason {n}" for n in range(1, 101))), "title")
    assert "92 more" in page
    assert "reason 100" in page


def test_a_huge_value_is_shortened_with_the_place_of_the_rest():
    page = render_page(small_evaluation(sample_row(1, text="long " * 100_000)), "title")
    assert len(page) < 60_000
    assert "more characters are in results.jsonl" in page


def test_a_metric_shows_its_change_against_the_baseline():
    metric = Metric("match.f1", 0.5, 0.4, 0.6, 2, Threshold(max_drop=0.1), Change(0.75, -0.25, 0.0004, 2), "dropped")
    page = render_page(small_evaluation(metrics=(metric,), failures=("dropped",), baseline="before"), "title")
    assert "−0.250 <small>p &lt; 0.001</small>" in page
    assert "drop ≤ 0.1" in page
