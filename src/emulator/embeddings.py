"""Embeddings: a function of the text under which texts that share words are closer than texts that don't.

Feature hashing (Weinberger et al., 2009, "Feature Hashing for Large Scale Multitask Learning"): a text's features are
its words, their stems, the stems' character trigrams and the pairs of neighbouring words. A feature's hash chooses a
coordinate and a sign. Stop words count little, a repeated word counts by its logarithm. An orthogonal transform then
spreads every feature over all coordinates, which keeps all angles and makes a shortened vector keep most of them.

There is no knowledge of the language in it: "car" is no closer to "automobile" than to "banana".
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np

from src.emulator.text import STOP_WORDS, stem, words

_WORD_WEIGHT = 0.5
_STEM_WEIGHT = 1.0
_TRIGRAMS_WEIGHT = 0.6
_PAIR_WEIGHT = 0.25
_STOP_WORD_FACTOR = 0.08
_ROWS_PER_BATCH = 256
_CACHED_WORDS = 32_768

# An odd constant near 2^32 over the golden ratio spreads CRC-32's bits (Knuth, TAOCP 3, 6.4).
_SPREAD = np.uint64(0x9E3779B1)


def embed(texts: Sequence[str], dimensions: int, shortened_to: int | None = None) -> np.ndarray:
    """The embeddings of some texts.

    Args:
        texts: the texts.
        dimensions: the model's dimensions: three times a power of two, such as 1,536 and 3,072.
        shortened_to: how many coordinates to keep; None for all.

    Returns:
        An array of float32, one row of unit length for each text.
    """
    parts = [
        _embed_rows(texts[start : start + _ROWS_PER_BATCH], dimensions, shortened_to or dimensions)
        for start in range(0, len(texts), _ROWS_PER_BATCH)
    ]
    return np.concatenate(parts)


def _embed_rows(texts: Sequence[str], dimensions: int, kept: int) -> np.ndarray:
    rows = [_features(text) for text in texts]
    lengths = [len(hashes) for hashes, _ in rows]
    hashes = np.fromiter((value for row, _ in rows for value in row), np.uint64, sum(lengths))
    weights = np.fromiter((value for _, row in rows for value in row), np.float64, sum(lengths))
    spread = (hashes * _SPREAD) & np.uint64(0xFFFFFFFF)
    signs = np.where(spread & np.uint64(1), 1.0, -1.0)
    places = ((spread >> np.uint64(1)) % np.uint64(dimensions)).astype(np.int64)
    places += np.repeat(np.arange(len(texts)), lengths) * dimensions
    sums = np.bincount(places, weights * signs, minlength=len(texts) * dimensions).reshape(len(texts), dimensions)
    vectors = _spread_out(sums, dimensions)[:, :kept]
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    # Features can cancel out; such a text gets the first axis, so that every answer has unit length.
    vectors = np.where(norms > 1e-9, vectors / np.maximum(norms, 1e-9), np.eye(1, kept))
    return vectors.astype(np.float32)


def _features(text: str) -> tuple[list[int], list[float]]:
    """The hashes of a text's features and their weights."""
    found = words(text)
    if not found:
        return [_hash("text", text), _hash("length", str(len(text)))], [1.0, 0.01]
    hashes: list[int] = []
    weights: list[float] = []
    for word, times in Counter(found).items():
        factor = 1.0 + math.log(times)
        word_hashes, word_weights = _word_features(word)
        hashes.extend(word_hashes)
        weights.extend(factor * weight for weight in word_weights)
    for left, right in zip(found, found[1:]):
        if left not in STOP_WORDS and right not in STOP_WORDS:
            hashes.append(_hash("pair", f"{left} {right}"))
            weights.append(_PAIR_WEIGHT)
    return hashes, weights


@lru_cache(maxsize=_CACHED_WORDS)
def _word_features(word: str) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """The hashes and weights of a word, its stem and the stem's trigrams, which together weigh as much as one."""
    root = stem(word)
    padded = f"<{root}>"
    trigrams = [padded[start : start + 3] for start in range(max(1, len(padded) - 2))]
    factor = _STOP_WORD_FACTOR if word in STOP_WORDS else 1.0
    hashes = [_hash("word", word), _hash("stem", root), *(_hash("trigram", trigram) for trigram in trigrams)]
    weights = [_WORD_WEIGHT, _STEM_WEIGHT, *[_TRIGRAMS_WEIGHT / math.sqrt(len(trigrams))] * len(trigrams)]
    return tuple(hashes), tuple(factor * weight for weight in weights)


def _hash(kind: str, feature: str) -> int:
    return zlib.crc32(f"{kind} {feature}".encode(errors="surrogatepass"))


@cache
def _hadamard(size: int) -> np.ndarray:
    """Sylvester's orthogonal matrix of a power of two, its rows and columns of unit length."""
    matrix = np.ones((1, 1))
    while len(matrix) < size:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix / math.sqrt(size)


# An orthogonal 3 by 3 matrix without a zero: a reflection at the plane orthogonal to (1, 1, 1).
_THREE = np.eye(3) - 2.0 / 3.0


def _spread_out(rows: np.ndarray, dimensions: int) -> np.ndarray:
    """The rows under an orthogonal transform: three by Hadamard by Hadamard, as a Kronecker product."""
    power = (dimensions // 3).bit_length() - 1
    left, right = _hadamard(2 ** (power // 2)), _hadamard(2 ** (power - power // 2))
    cubes = left @ rows.reshape(len(rows) * 3, len(left), len(right)) @ right
    return np.matmul(_THREE, cubes.reshape(len(rows), 3, -1)).reshape(len(rows), dimensions)
