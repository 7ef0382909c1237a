import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.evaluators import MatchEvaluator

match = MatchEvaluator()
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3))
NAMES = st.text(alphabet="abcÅßİ 3,.", min_size=1, max_size=6)
LISTS = st.lists(NAMES, max_size=6)
EMPTY = [None, "", " \n", [], [""], [None, "  "], "[]", {}]
NONE = {"exact_match": 0.0, "precision": 0.0, "recall": 0.0, "f1": 0.0}
FULL = dict.fromkeys(NONE, 1.0)


def swapped(scores):
    return {**scores, "precision": scores["recall"], "recall": scores["precision"]}


@pytest.mark.parametrize(
    ("response", "ground_truth"),
    [
        (["Paris", "Rome"], ["rome", " PARIS "]),
        (["New   York"], ["new\tyork"]),
        (["Café"], ["Cafe\u0301"]),
        (["STRASSE"], ["straße"]),
        (["Paris", "Paris"], ["Paris"]),
        ([30000, True, 2.5], ["30000", "true", "2.5"]),
        ('["Paris", "Rome"]', ["Rome", "Paris"]),
        ("Paris, Rome", ["Rome", "Paris"]),
        ("- Paris\n- Rome", ["Rome", "Paris"]),
        ("1. Paris\n2. Rome", ["Rome", "Paris"]),
        ("30,000; 3.5", ["3.5", "30,000"]),
        ("Washington, D.C.", ["Washington, D.C."]),
        ("The mat: the cat!", "the cat, the mat."),
        ("It is **30,000**.", "it is 30,000"),
        (30000, "30000"),
        ([{"b": 1, "a": [2]}], [{"a": [2], "b": 1}]),
        ("...", "..."),
    ],
)
def test_case_order_space_and_form_make_no_difference(response, ground_truth):
    assert match(response=response, ground_truth=ground_truth) == FULL


def test_scores_of_lists_are_those_of_sets():
    scores = match(response=["Paris", "Oslo", "paris"], ground_truth=["Rome", "Paris", "Bern", "Kyiv"])
    assert scores == {"exact_match": 0.0, "precision": 1 / 2, "recall": 1 / 4, "f1": 2 / 6}


def test_scores_of_texts_count_every_occurrence_of_a_word():
    scores = match(response="the cat the cat", ground_truth="the cat sat")
    assert scores == {"exact_match": 0.0, "precision": 2 / 4, "recall": 2 / 3, "f1": 4 / 7}


@pytest.mark.parametrize(
    ("response", "ground_truth"),
    [
        ("30,000", "30 000"),
        ("30,000", "30"),
        ("3.5", "3 5"),
        ("e-mail", "e mail"),
        ("abc", "cab"),
        ("C++", "C"),
        ("5%", "5"),
        ("-5", "5"),
        (["30,000"], ["30", "000"]),
        ("30,000", ["30", "000"]),
        ("ab", ["a", "b"]),
        (["New York"], ["New", "York"]),
    ],
)
def test_a_value_is_found_as_a_whole_or_not_at_all(response, ground_truth):
    assert match(response=response, ground_truth=ground_truth) == NONE


@pytest.mark.parametrize("empty", EMPTY)
@pytest.mark.parametrize("truth", [["Paris"], "Paris", "the", "!", "[1]", 0, False])
def test_an_empty_answer_to_a_truth_and_an_answer_to_an_empty_truth_score_nothing(empty, truth):
    assert match(response=empty, ground_truth=truth) == NONE
    assert match(response=truth, ground_truth=empty) == NONE


@pytest.mark.parametrize("response", EMPTY)
@pytest.mark.parametrize("truth", EMPTY)
def test_nothing_found_where_nothing_is_to_be_found_is_right(response, truth):
    assert match(response=response, ground_truth=truth) == FULL


def test_text_that_only_looks_like_a_json_list_is_text():
    assert match(response="[see below", ground_truth="see below") == FULL
    assert match(response="[" * 100_000, ground_truth="Paris") == NONE


def test_what_json_cannot_express_is_refused():
    with pytest.raises(TypeError, match="type object cannot be compared"):
        match(response=[object()], ground_truth=["a"])


@given(JSON | LISTS, JSON | LISTS)
def test_bounded_symmetric_and_never_nan(response, ground_truth):
    scores = match(response=response, ground_truth=ground_truth)
    assert all(0 <= score <= 1 and not math.isnan(score) for score in scores.values())
    assert scores["exact_match"] == 0 or scores["f1"] == 1
    assert min(scores["precision"], scores["recall"]) <= scores["f1"] <= max(scores["precision"], scores["recall"])
    assert match(response=ground_truth, ground_truth=response) == swapped(scores)


@given(LISTS | st.lists(NAMES).map(" ".join), LISTS | st.lists(NAMES).map(" ".join))
def test_full_marks_are_an_exact_match_where_words_have_blanks_between_them(response, ground_truth):
    scores = match(response=response, ground_truth=ground_truth)
    assert (scores["f1"] == 1) == (scores["exact_match"] == 1)


@pytest.mark.parametrize(
    ("response", "ground_truth"), [("国王", "王国"), ("東京、大阪", "大阪、東京"), ("กรุงเทพ", "เทพกรุง")]
)
def test_the_order_of_letters_counts_for_an_exact_match_where_words_have_no_blanks(response, ground_truth):
    scores = match(response=response, ground_truth=ground_truth)
    assert scores["exact_match"] == 0 < scores["f1"]


@pytest.mark.parametrize(
    ("response", "ground_truth"),
    [
        ("東京、大阪", ["大阪", "東京"]),
        ("باريس، روما", ["روما", "باريس"]),
        ("Paris；Rome", ["Rome", "Paris"]),
        ("– Paris\r\n– Rome", ["Rome", "Paris"]),
        ("“Paris”, ‘Rome’", ["Paris", "Rome"]),
        ("James', Ann", ["James'", "Ann"]),
    ],
)
def test_lists_in_text_are_read_in_other_languages_too(response, ground_truth):
    assert match(response=response, ground_truth=ground_truth) == FULL


@given(JSON)
def test_everything_matches_itself(value):
    assert match(response=value, ground_truth=value) == FULL


@given(LISTS, LISTS, st.randoms(use_true_random=False))
def test_order_of_entities_makes_no_difference(response, ground_truth, random):
    shuffled = random.sample(response, len(response))
    assert match(response=shuffled, ground_truth=ground_truth) == match(response=response, ground_truth=ground_truth)


@given(st.lists(st.sampled_from(["the", "cat", "30,000", "3.5", "e-mail"])), st.text(), st.randoms())
def test_order_of_words_makes_no_difference(words, ground_truth, random):
    shuffled = " ".join(random.sample(words, len(words)))
    assert match(response=shuffled, ground_truth=ground_truth) == match(
        response=" ".join(words), ground_truth=ground_truth
    )


@given(LISTS, LISTS)
def test_case_folded_answers_score_the_same(response, ground_truth):
    folded = [entity.casefold() for entity in response]
    assert match(response=folded, ground_truth=ground_truth) == match(response=response, ground_truth=ground_truth)


@given(st.text(alphabet=st.characters(codec="ascii")), st.text(alphabet=st.characters(codec="ascii")))
def test_upper_and_lower_case_texts_score_the_same(response, ground_truth):
    scores = match(response=response.lower(), ground_truth=ground_truth)
    assert match(response=response.upper(), ground_truth=ground_truth) == scores
