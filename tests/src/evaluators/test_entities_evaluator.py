"""Entities are looked for in the text that they were found in."""

import pytest

from src.evaluators import EntitiesEvaluator

TEXT = "The  Nurse met a software\nengineer in Zu\u0308rich."


@pytest.mark.parametrize("answer, in_text", [
    (["nurse", "software engineer"], 1.0),
    (["Z\u00fcrich"], 1.0),
    (["nurse", "doctor"], 0.5),
    (["doctor"], 0.0),
    ([], 1.0),
    ([3, "nurse"], 0.5),
])
def test_the_share_that_stands_in_the_text(answer, in_text):
    assert EntitiesEvaluator()(answer=answer, text=TEXT) == {"in_text": in_text, "number": len(answer)}
