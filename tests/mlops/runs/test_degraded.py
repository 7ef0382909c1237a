"""Lines that were answered without something that a transient fault kept from the flow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops.evaluation.results import Row
from mlops.runs.degraded import DegradedLine, degraded_line, is_degraded, too_many


@pytest.mark.parametrize(
    "output",
    [
        None,
        "text",
        [],
        ["degraded"],
        {},
        {"answer": "degraded"},
        {"degraded": []},
        {"degraded": None},
        {"degraded": ""},
        {"degraded": False},
        3,
    ],
)
def test_a_flow_that_says_nothing_of_faults_has_met_none(output):
    assert degraded_line(1, output) is None
    assert not is_degraded({"run_info": {"output": output}}) and not is_degraded({"run_info": None})


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        (["busy"], "busy"),
        (["busy", "slow\n  again"], "busy; slow again"),
        ("busy", "busy"),
        (True, "the flow gives no reason"),
        (({"a": 1},), "{'a': 1}"),
    ],
)
def test_the_faults_that_a_flow_tells_are_the_reason(faults, reason):
    assert degraded_line(7, {"degraded": faults}) == DegradedLine(7, reason)
    assert is_degraded({"run_info": {"output": {"degraded": faults}}})
    assert Row(7, {}, {"degraded": faults}, {}).degraded == DegradedLine(7, reason)


@given(st.integers(0, 1000), st.data())
def test_no_more_lines_may_be_degraded_than_the_share(lines, data):
    number = data.draw(st.integers(0, lines))
    degraded = [DegradedLine(place, "busy") for place in range(number)]
    assert too_many(degraded, lines, 1) is None
    assert (too_many(degraded, lines, 0) is None) == (number == 0)
    if lines:
        assert too_many(degraded, lines, number / lines) is None
        assert number == 0 or too_many(degraded, lines, (number - 1) / lines)
