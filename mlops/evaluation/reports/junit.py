"""junit.xml: the gate as test cases, which pipelines of GitHub, Azure DevOps and others know how to show.

The elements and attributes are those that Jenkins' schema junit-10.xsd allows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from mlops.evaluation.gate import row_problem
from mlops.evaluation.reports.comparison import labels
from mlops.evaluation.reports.rows import latencies
from mlops.evaluation.reports.wording import clip, legible, score, threshold, value
from mlops.evaluation.results import Evaluation, Metric, Row, Threshold

LONGEST_TEXT = 4000  # characters of an input or output that a failure quotes


def render_junit(evaluations: Sequence[Evaluation], title: str) -> str:
    """Return a test suite per evaluation, with a case per row and a case per metric that has to reach something."""
    root = ElementTree.Element("testsuites", name=legible(title))
    for label, evaluation in zip(labels(evaluations), evaluations):
        root.append(_suite(evaluation, legible(label)))
    for attribute in ("tests", "failures", "errors"):
        root.set(attribute, str(sum(int(suite.get(attribute, 0)) for suite in root)))
    root.set("time", f"{sum(evaluation.seconds for evaluation in evaluations):.3f}")
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _suite(evaluation: Evaluation, label: str) -> ElementTree.Element:
    cases = [_row_case(row, evaluation.metrics, label) for row in evaluation.rows]
    cases += [_metric_case(m, label) for m in evaluation.metrics if m.failure or m.threshold != Threshold()]
    if not evaluation.passed and not any(case.find("failure") is not None for case in cases):
        cases.append(_case(f"{label}.gate", "every condition holds", None, "\n".join(evaluation.failures), "gate"))
    suite = ElementTree.Element(
        "testsuite",
        name=label,
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors="0",
        skipped="0",
        time=f"{sum(latencies(evaluation)):.3f}",
    )
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*", evaluation.created):
        suite.set("timestamp", evaluation.created[:19])  # readers expect UTC, without saying so
    suite.append(_properties(evaluation))
    suite.extend(cases)
    return suite


def _properties(evaluation: Evaluation) -> ElementTree.Element:
    properties = ElementTree.Element("properties")
    known = {"environment": evaluation.environment, "run": evaluation.run, **evaluation.variant, **evaluation.about}
    for name, text in known.items():
        ElementTree.SubElement(properties, "property", name=legible(name), value=legible(text))
    return properties


def _row_case(row: Row, metrics: Sequence[Metric], label: str) -> ElementTree.Element:
    reason = row_problem(row, [metric.name for metric in metrics])
    quoted = {**row.inputs, **{f"output {name}": output for name, output in row.outputs.items()}, **row.notes}
    details = "\n".join(f"{name}: {clip(value(data), LONGEST_TEXT)}" for name, data in quoted.items())
    kind = "error" if row.error is not None else "score"
    return _case(label, f"line {row.number}", row.seconds, reason, kind, details)


def _metric_case(metric: Metric, label: str) -> ElementTree.Element:
    name = f"{metric.name} {threshold(metric.threshold)}".strip()
    details = f"mean {score(metric.mean)} of {metric.scored} rows"
    return _case(f"{label}.metrics", name, None, metric.failure, "threshold", details)


def _case(
    classname: str, name: str, seconds: float | None, reason: str | None, kind: str, details: str = ""
) -> ElementTree.Element:
    """Return a test case, failed if there is a reason for it."""
    time = f"{seconds or 0:.3f}"
    case = ElementTree.Element("testcase", classname=classname, name=legible(name), time=time)
    if reason is not None:
        failure = ElementTree.SubElement(case, "failure", type=kind, message=legible(clip(reason, 500)))
        failure.text = legible(f"{reason}\n{details}".strip())
    return case
