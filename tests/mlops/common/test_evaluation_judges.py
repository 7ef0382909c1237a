"""What judges are given to read."""

import inspect

import pytest

from mlops.common.judges import as_text, reading_passages


@pytest.mark.parametrize(("value", "text"), [
    ("as it is", "as it is"), ("", ""), ("[1]", "[1]"),
    ([{"text": "one", "page": 1}, {"text": "two"}], "one\n\ntwo"),
    ([{"result": "one", "error": None}, {"result": None, "error": "no"}, {"result": "two"}], "one\n\ntwo"),
    ([{"result": None}], ""), ([{"text": 5}], "5"), ([{"text": "one", "result": "two"}], "one"),
    ([], ""), (["one", "two"], '["one", "two"]'), ([{"text": "one"}, {"other": 1}], '[{"text": "one"}, {"other": 1}]'),
    ({"text": "one"}, '{"text": "one"}'), (None, "null"), (1.5, "1.5"), (True, "true"), ({"ä": "日本"}, '{"ä": "日本"}'),
])
def test_passages_are_read_as_their_texts_steps_as_their_results_and_anything_else_as_json(value, text):
    assert as_text(value) == text


def test_a_judge_that_reads_passages_looks_like_the_judge():
    def judge(*, answer: str, context: str):
        return {"answer": answer, "context": context}

    reading = reading_passages(judge)
    assert inspect.signature(reading) == inspect.signature(judge)
    assert reading(answer="a", context=[{"text": "b"}]) == {"answer": "a", "context": "b"}
