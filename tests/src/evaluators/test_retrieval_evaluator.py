import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.evaluators import RetrievalEvaluator

evaluate = RetrievalEvaluator()


def passages(*pages):
    return [{"page": page, "text": "..."} for page in pages]


@pytest.mark.parametrize(
    ("found", "page", "hit", "rank"),
    [
        ((3, 1, 7), 3, 1, 1),
        ((1, 3, 7), 3, 1, 1 / 2),
        ((1, 1, 3, 3), 3, 1, 1 / 3),
        ((1, 2), 3, 0, 0),
        ((), 3, 0, 0),
        ((1, 2), [2, 9], 1, 1 / 2),
        ((1, 2), 2.0, 1, 1 / 2),
    ],
)
def test_the_first_passage_on_the_page_counts(found, page, hit, rank):
    assert evaluate(context=passages(*found), page=page) == {"hit_rate": hit, "reciprocal_rank": rank}


@pytest.mark.parametrize("page", [None, math.nan, [], [None]])
def test_a_question_that_no_page_answers_has_no_scores_and_says_so(page):
    assert evaluate(context=passages(1), page=page) == {"not_applicable": "the data names no page with the answer"}


@pytest.mark.parametrize("context", [["text"], [{"text": "no page"}], [{"page": "3"}], [{"page": True}]])
def test_a_passage_without_a_page_is_an_error(context):
    with pytest.raises(TypeError):
        evaluate(context=context, page=3)


@given(st.lists(st.integers(1, 50), max_size=20), st.integers(1, 50))
def test_rank_and_hit_agree(found, page):
    scores = evaluate(context=passages(*found), page=page)
    assert scores["hit_rate"] == (page in found)
    assert (scores["reciprocal_rank"] > 0) == (scores["hit_rate"] == 1)
