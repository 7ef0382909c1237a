"""How sure a mean is, and whether a difference of means is more than chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

RESAMPLES = 9_999
SEED = 20_240_607  # any number: the same rows always give the same interval and the same p


def confidence_interval(scores: Sequence[float], level: float = 0.95) -> tuple[float, float]:
    """Return the percentile bootstrap interval of a mean (Efron 1979), or NaN twice without scores."""
    if not len(scores):
        return float("nan"), float("nan")
    values = np.asarray(scores, dtype=float)
    draws = np.random.default_rng(SEED).choice(values, size=(RESAMPLES // 5, len(values)))
    low, high = np.quantile(draws.mean(axis=1), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def unpaired_p(before: Sequence[float], after: Sequence[float]) -> float:
    """Return the two-sided p of a permutation test on the difference of two means, of rows that do not belong together.

    Args:
        before: the baseline's scores.
        after: the other scores.
    """
    if set(before) == set(after) and len(set(after)) == 1:
        return 1.0
    return _permutation_p(before, after, "independent", lambda x, y, axis: np.mean(x, axis) - np.mean(y, axis))


def paired_p(before: Sequence[float], after: Sequence[float]) -> float:
    """Return the two-sided p of a paired permutation test on the mean difference.

    Under the null hypothesis a row's two scores could as well be swapped. All swaps are tried where there are few
    enough rows, else 9,999 random ones (scipy.stats.permutation_test, permutation_type="samples").

    Args:
        before: the baseline's score of each row.
        after: the other score of each row, in the same order.
    """
    if len(before) < 2 or list(before) == list(after):
        return 1.0  # swapping nothing, or the only row, changes nothing about the size of the difference
    return _permutation_p(before, after, "samples", lambda x, y, axis: np.mean(x - y, axis=axis))


def _permutation_p(
    before: Sequence[float], after: Sequence[float], kind: str, statistic: Callable[..., np.ndarray]
) -> float:
    from scipy.stats import permutation_test

    result = permutation_test(
        (np.asarray(after, dtype=float), np.asarray(before, dtype=float)),
        statistic,
        permutation_type=kind,
        vectorized=True,
        n_resamples=RESAMPLES,
        rng=np.random.default_rng(SEED),
    )
    return float(result.pvalue)
