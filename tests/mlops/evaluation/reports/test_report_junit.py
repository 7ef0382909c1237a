"""junit.xml: the elements, attributes and counts that readers of JUnit's format rely on."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from report_samples import ATTACKS, evaluations, realistic_evaluation, sample_row, small_evaluation

from mlops.evaluation.reports.junit import render_junit
from mlops.evaluation.results import Metric, Threshold

# From Jenkins' schema junit-10.xsd: for each element its required and optional attributes, and its children.
SCHEMA = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors", "disabled"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests"},
        {"failures", "errors", "time", "disabled", "skipped", "timestamp", "hostname", "id", "package"},
        {"properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": ({"name"}, {"assertions", "time", "classname", "status"}, {"failure", "error", "skipped"}),
    "failure": (set(), {"type", "message"}, set()),
}


def check(element: ElementTree.Element) -> None:
    required, optional, children = SCHEMA[element.tag]
    assert required <= set(element.keys()) <= required | optional
    assert {child.tag for child in element} <= children
    for child in element:
        check(child)


def parsed(*evaluations) -> ElementTree.Element:
    root = ElementTree.fromstring(render_junit(evaluations, "title").encode("utf-8"))
    check(root)
    return root


def failed_cases(root: ElementTree.Element) -> dict[str, str]:
    return {case.get("name"): case.find("failure").get("message") for case in root.iter("testcase") if len(case)}


@settings(deadline=None, max_examples=50)
@given(evaluation=evaluations())
def test_every_evaluation_becomes_legal_xml_whose_counts_add_up(evaluation):
    root = parsed(evaluation, evaluation)
    for suite in root:
        assert int(suite.get("tests")) == len(suite.findall("testcase"))
        assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
    for count in ("tests", "failures", "errors"):
        assert int(root.get(count)) == sum(int(suite.get(count)) for suite in root)
    assert evaluation.passed or int(root.get("failures")) > 0


@pytest.mark.parametrize("attack", ATTACKS)
def test_any_text_is_text(attack):
    root = parsed(small_evaluation(sample_row(1, text=attack, error=attack), flow=attack))
    assert {element.tag for element in root.iter()} <= set(SCHEMA)


def test_each_row_is_a_case_of_its_flow_and_each_metric_with_a_threshold_is_one():
    [suite] = parsed(small_evaluation())
    assert [(case.get("classname"), case.get("name")) for case in suite.iter("testcase")] == [
        ("class_basic_flow", "line 1"),
        ("class_basic_flow", "line 2"),
        ("class_basic_flow.metrics", "match.f1 ≥ 0.5"),
    ]
    assert suite.get("timestamp") == "2026-11-30T12:00:00"


def test_rows_with_an_error_or_without_a_score_fail_with_the_reason():
    rows = [sample_row(1, error="too slow"), sample_row(2, None), sample_row(3, float("nan")), sample_row(4, 0.0)]
    assert failed_cases(parsed(small_evaluation(*rows))) == {
        "line 1": "too slow",
        "line 2": "match.f1 is missing",
        "line 3": "match.f1 is NaN",
    }


def test_a_metric_beyond_its_threshold_fails_with_the_reason():
    metric = Metric("match.f1", 0.4, 0.3, 0.5, 2, Threshold(min=0.5), failure="match.f1 is 0.400, under 0.5")
    evaluation = small_evaluation(metrics=(metric,), failures=(metric.failure,))
    assert failed_cases(parsed(evaluation)) == {"match.f1 ≥ 0.5": "match.f1 is 0.400, under 0.5"}


def test_a_gate_that_fails_for_another_reason_is_never_green():
    assert failed_cases(parsed(replace(small_evaluation(), rows=(), failures=("no rows",)))) == {
        "every condition holds": "no rows",
    }


def test_a_comparison_has_a_suite_per_evaluation():
    root = parsed(realistic_evaluation(), realistic_evaluation("yaml_basic_flow", broken=False, skill=1.0))
    assert [(suite.get("name"), suite.get("tests")) for suite in root] == [
        ("class_basic_flow", "51"),
        ("yaml_basic_flow", "51"),
    ]
    assert root[1].get("failures") == "0"
