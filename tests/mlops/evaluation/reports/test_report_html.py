"""report.html as a file: what it promises about its own safety, and that data stays data."""

import base64
import hashlib
import re
from dataclasses import replace
from html import escape, unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from report_samples import ATTACKS, evaluations, realistic_evaluation, sample_row, small_evaluation

from mlops.evaluation.reports.page import render_comparison_page, render_page
from mlops.evaluation.reports.wording import legible
from mlops.evaluation.results import Change, Metric, Threshold

VOID = {"meta", "input", "link", "br", "hr", "img", "wbr"}


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
        evaluation = small_evaluation(
            row,
            flow=text,
            environment=text,
            run=text,
            metrics=(metric,),
            failures=(text,),
            baseline=text,
            about={text: text},
            created=text,
        )
        return Outline(legible(render_page(evaluation, text) + render_comparison_page([evaluation] * 2, text)))

    breaks = ("wbr", ())  # which names may have anywhere
    assert [tag for tag in page(attack).tags if tag != breaks] == page("x" * len(attack)).tags


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


def text_of(html: str) -> str:
    """Return the text of some HTML, with single blanks."""
    return " ".join(unescape(re.sub(r"<(?!wbr)[^>]*>", " ", html.replace("<wbr>", ""))).split())


def sections(page: str) -> list[str]:
    """Return the text of each section of the first row, its heading first."""
    return [text_of(section) for section in re.findall(r"<section[^>]*>(<h3>.*?)</section>", page, re.DOTALL)]


def test_a_row_shows_all_inputs_and_the_answer_beside_the_ground_truth():
    row = sample_row(
        1,
        inputs={"entity_type": "date", "ground_truth": ["4 May", "5 June"], "text": "On 4 May.", "page": 7},
        outputs={"answer": ["4 May"], "context": "p. 7"},
    )
    page = render_page(small_evaluation(row), "title")
    assert sections(page) == [
        "Input entity_type date text On 4 May. page 7",
        "Answer answer 4 May",
        "Ground truth ground_truth 4 May 5 June",
    ]
    assert '<details class="others"><summary>context</summary>' in page
    compared = render_comparison_page([small_evaluation(row)] * 2, "title")
    assert [each.split(" ")[0] for each in sections(compared)][-4:] == ["Input", "Ground", "A", "B"]


def test_all_outputs_are_the_answer_where_none_is_called_so():
    row = sample_row(1, outputs={"label": "spam", "sure": 0.5})
    assert sections(render_page(small_evaluation(row), "title"))[1] == "Answer label spam sure 0.5"


def test_an_empty_text_is_shown_apart_from_none():
    rows = (sample_row(1, outputs={"answer": []}), sample_row(2, outputs={"answer": ""}))
    assert [each for each in sections(render_page(small_evaluation(*rows), "title")) if each.startswith("Answer")] == [
        "Answer answer none",
        "Answer answer empty",
    ]


def test_long_values_are_folded_to_their_beginning_and_unfold_by_keyboard():
    rows = (sample_row(1, text="long " * 100), sample_row(2, text="\n".join("abcdefgh")), sample_row(3, text="short"))
    page = render_page(small_evaluation(*rows), "title")
    assert page.count('<details class="long"><summary>') == 3  # of the first row, also the answer that repeats its text
    beginnings = re.findall(r'class="beginning" dir="auto">(.*?)</span>', page, re.DOTALL)
    assert [len(unescape(beginning)) for beginning in beginnings[:2]] == [240, 241]
    assert beginnings[2] == "a\nb\nc\nd\ne…"


def test_names_break_after_dots_and_underscores_alone():
    evaluation = small_evaluation(flow="function_basic_flow")
    page = render_page(evaluation, evaluation.title)
    assert "<h1>function_<wbr>basic_<wbr>flow</h1>" in page and "match.<wbr>f1" in page


def test_reasons_stand_in_sight_beside_their_scores_and_apart_from_the_answer():
    notes = {"match.reason": "It names <nobody>.", "two.reason": "So.", "trace": "ab", "none.reason": ""}
    row = sample_row(1, 0.5, notes=notes, scores={"match.f1": 0.5, "two.a": 1.0, "two.b": 1.0})
    page = render_page(small_evaluation(row), "title")
    assert sections(page)[2] == "Scores match 0.50 It names <nobody>. two So."
    assert "reason" not in sections(page)[1]
    assert re.search(r'<details class="others"><summary>trace</summary>.*?ab', page, re.DOTALL)
    compared = render_comparison_page([small_evaluation(row)] * 2, "title")
    assert compared.count("<h4>Scores</h4>") == 2
    assert "Scores</h3>" not in render_page(small_evaluation(), "title")


def test_of_a_line_that_was_asked_repeatedly_every_answer_and_its_reason_are_shown():
    answers = tuple(
        sample_row(1, score, outputs={"answer": text}, notes={"match.reason": f"It says {text}."}, repeat=n)
        for n, (score, text) in enumerate([(1.0, "yes"), (0.0, "no")], 1)
    )
    failed = replace(sample_row(1), scores={}, outputs={}, error="the endpoint was busy", repeat=3)
    row = replace(answers[0], scores={"match.f1": 0.5}, answers=(*answers, failed))
    metric = Metric("match.f1", 0.5, 0.4, 0.6, 1, Threshold(min=0.5, pass_rate=0.9), None, None, 2 / 3, 0.5, (1,))
    for page in (
        render_page(small_evaluation(row, metrics=(metric,)), "title"),
        render_comparison_page([small_evaluation(row, metrics=(metric,))] * 2, "title"),
    ):
        text = text_of(page)
        assert "1 of 3 yes 2 of 3 no 3 of 3 the endpoint was busy" in text
        assert "match 1.00 (1) It says yes. match 0.00 (2) It says no." in text
        assert "pass rate 0.667, spread 0.500, 1 flaky line" in text and "0.50 ±0.50" in text


ABOUT = {
    "answers": "gpt-5.4 (chat) at contoso.example (azure)",
    "judge": "gpt-5.6 (reasoning)",
    "data": "data/x.jsonl",
    "data_sha256": "0123456789abcdef" * 4,
    "commit": "abc",
}


def test_what_answered_and_judged_and_the_data_stand_at_the_top_and_with_each_side_of_a_comparison():
    head = text_of(render_page(small_evaluation(about=ABOUT), "title").partition("</header>")[0])
    assert head.endswith(
        "Answers gpt-5.4 (chat) at contoso.example (azure) Judge gpt-5.6 (reasoning) "
        "Data data/x.jsonl (sha256 0123456789ab)"
    )
    other = small_evaluation(about={**ABOUT, "answers": "llama (chat) at localhost (openai)", "data_sha256": "f" * 64})
    table = text_of(render_comparison_page([small_evaluation(about=ABOUT), other], "title").partition("</table>")[0])
    assert "Answers gpt-5.4 (chat) at contoso.example (azure) llama (chat) at localhost (openai)" in table
    assert "Data data/x.jsonl (sha256 0123456789ab) data/x.jsonl (sha256 ffffffffffff)" in table


def test_many_reasons_are_folded():
    page = render_page(small_evaluation(failures=tuple(f"reason {n}" for n in range(1, 101))), "title")
    assert "92 more" in page
    assert "reason 100" in page


def test_a_huge_value_is_shortened_with_the_place_of_the_rest():
    page = render_page(small_evaluation(sample_row(1, text="long " * 100_000)), "title")
    assert len(page) < 70_000
    assert "more characters are in results.jsonl" in text_of(page)


def test_a_metric_shows_its_change_against_the_baseline():
    metric = Metric("match.f1", 0.5, 0.4, 0.6, 2, Threshold(max_drop=0.1), Change(0.75, -0.25, 0.0004, 2), "dropped")
    page = render_page(small_evaluation(metrics=(metric,), failures=("dropped",), baseline="before"), "title")
    assert "−0.250 <small>p &lt; 0.001</small>" in page
    assert "drop ≤ 0.1" in page
