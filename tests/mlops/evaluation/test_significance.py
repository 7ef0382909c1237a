import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops.evaluation.significance import confidence_interval, paired_p


def test_an_interval_of_nothing_is_nan():
    assert all(math.isnan(end) for end in confidence_interval([]))


def test_equal_scores_have_an_interval_of_one_point():
    assert confidence_interval([0.5] * 10) == (0.5, 0.5)


def test_intervals_of_normal_samples_hold_the_true_mean_about_as_often_as_they_say():
    draw = np.random.default_rng(1)
    hits = sum(low <= 0 <= high for low, high in (confidence_interval(draw.normal(size=40)) for _ in range(200)))
    assert 0.88 <= hits / 200 <= 0.99


def test_the_exact_p_of_four_rows_that_all_fell():
    # Of the 16 ways to swap four pairs, two are as extreme: none swapped and all swapped.
    assert paired_p([1, 1, 1, 1], [0, 0, 0, 0]) == pytest.approx(2 / 16)


def test_a_clear_drop_is_significant_and_noise_is_not():
    draw = np.random.default_rng(2)
    before = draw.uniform(size=40)
    assert paired_p(before, before - 0.3 + draw.normal(scale=0.05, size=40)) < 0.001
    assert paired_p(before, before + draw.choice([-0.1, 0.1], size=40)) > 0.05


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=8))
def test_p_is_a_probability_and_the_same_in_both_directions(pairs):
    before, after = zip(*pairs)
    p = paired_p(before, after)
    assert 0 < p <= 1
    assert p == pytest.approx(paired_p(after, before))
