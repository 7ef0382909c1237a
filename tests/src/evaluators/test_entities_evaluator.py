"""Entities are looked for in the text that they were found in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.evaluators import EntitiesEvaluator

TEXT = "The  Nurse met a software\nengineer in Zu\u0308rich."


@pytest.mark.parametrize(
    "answer, in_text",
    [
        (["nurse", "software engineer"], 1.0),
        (["Z\u00fcrich"], 1.0),
        (["nurse", "doctor"], 0.5),
        (["doctor"], 0.0),
        ([], 1.0),
        ([3, "nurse"], 0.5),
    ],
)
def test_the_share_that_stands_in_the_text(answer, in_text):
    assert EntitiesEvaluator()(answer=answer, text=TEXT) == {"in_text": in_text, "number": len(answer)}


@pytest.mark.parametrize("empty", ["", " ", None, "\u200b", "\n\u00ad"])
def test_what_has_no_text_is_no_entity(empty):
    assert EntitiesEvaluator()(answer=[empty, "nurse", empty], text=TEXT) == {"in_text": 1, "number": 1}
    assert EntitiesEvaluator()(answer=[empty, "doctor"], text=TEXT) == {"in_text": 0, "number": 1}
    assert EntitiesEvaluator()(answer=[empty], text=TEXT) == {"in_text": 1, "number": 0}


def test_text_is_no_list_of_letters():
    assert EntitiesEvaluator()(answer="doctor", text=TEXT) == {"in_text": 0, "number": 1}
    assert EntitiesEvaluator()(answer='["nurse", "doctor"]', text=TEXT) == {"in_text": 0.5, "number": 2}


@given(st.lists(st.text() | st.none() | st.integers()), st.text())
def test_the_share_is_one_whatever_the_entities(answer, text):
    scores = EntitiesEvaluator()(answer=answer, text=text)
    assert 0 <= scores["in_text"] <= 1 and 0 <= scores["number"] <= len(answer)
