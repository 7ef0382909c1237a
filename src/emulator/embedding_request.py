"""A request for embeddings, validated strictly, and its response."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import numpy as np

from src.emulator.deployments import Deployment
from src.emulator.embeddings import embed
from src.emulator.errors import invalid_request, invalid_value, wrong_type
from src.emulator.parameters import integer, one_of, refuse_unknown, required, string
from src.emulator.tokens import Tokenizer

_KNOWN = frozenset(("input", "model", "dimensions", "encoding_format", "user"))
_MAX_INPUTS = 2_048
_MAX_TOKENS = 300_000


@dataclass(frozen=True)
class EmbeddingRequest:
    """A validated request for embeddings.

    Attributes:
        texts: the inputs; an input of token numbers is a text of these numbers.
        dimensions: how many coordinates; None for the model's own number.
        base64: whether the vectors come as base64 of little-endian float32.
        prompt_tokens: the tokens of all inputs.
    """

    texts: list[str]
    dimensions: int | None
    base64: bool
    prompt_tokens: int


def parse_embedding_request(body: dict, deployment: Deployment, tokenizer: Tokenizer) -> EmbeddingRequest:
    """Validate a request for embeddings.

    Raises:
        ServiceError: 400 with the parameter's name.
    """
    refuse_unknown(body, _KNOWN)
    inputs = _inputs(required(body, "input"))
    dimensions = integer(body, "dimensions", 1, deployment.dimensions)
    if dimensions is not None and not deployment.shortens:
        raise invalid_request(
            "This model does not support specifying dimensions.", "dimensions", "unsupported_parameter"
        )
    encoding = one_of(body, "encoding_format", ("float", "base64"))
    string(body, "user")
    lengths = [len(entry) if isinstance(entry, list) else tokenizer.count(entry) for entry in inputs]
    _check_lengths(lengths, deployment)
    texts = [" ".join(map(str, entry)) if isinstance(entry, list) else entry for entry in inputs]
    return EmbeddingRequest(texts, dimensions, encoding == "base64", sum(lengths))


def _inputs(value: object) -> list[str | list[int]]:
    """The inputs: strings, or lists of token numbers."""
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        raise wrong_type("input", "a string or an array", value)
    inputs: list[str | list[int]] = [value] if value and all(_is_token(entry) for entry in value) else value
    if not inputs:
        raise invalid_request("Invalid 'input': empty array. Expected at least one input.", "input", "empty_array")
    if len(inputs) > _MAX_INPUTS:
        raise invalid_request(
            f"Invalid 'input': array too long. Expected at most {_MAX_INPUTS} inputs, but got {len(inputs)} instead.",
            "input",
            "array_above_max_length",
        )
    for index, entry in enumerate(inputs):
        _check_input(entry, f"input[{index}]")
    return inputs


def _check_input(entry: object, where: str) -> None:
    if entry == "" or entry == []:
        raise invalid_value("input", f"{where} is empty.")
    if isinstance(entry, str) or isinstance(entry, list) and all(_is_token(token) for token in entry):
        return
    raise wrong_type(where, "a string or an array of token numbers", entry)


def _is_token(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def _check_lengths(lengths: list[int], deployment: Deployment) -> None:
    longest = max(lengths)
    if longest > deployment.context_window:
        raise invalid_request(
            f"This model's maximum context length is {deployment.context_window} tokens, however you "
            f"requested {longest} tokens in input[{lengths.index(longest)}]. Please reduce it.",
            "input",
            "context_length_exceeded",
        )
    if sum(lengths) > _MAX_TOKENS:
        raise invalid_request(
            f"Requested {sum(lengths)} tokens, and at most {_MAX_TOKENS} fit in one request.",
            "input",
            "max_tokens_per_request",
        )


def embedding_body(request: EmbeddingRequest, deployment: Deployment) -> dict:
    """The body of the response."""
    vectors = embed(request.texts, deployment.dimensions, request.dimensions)
    return {
        "object": "list",
        "model": deployment.model,
        "data": [
            {"object": "embedding", "index": index, "embedding": _encoded(vector, request.base64)}
            for index, vector in enumerate(vectors)
        ],
        "usage": {"prompt_tokens": request.prompt_tokens, "total_tokens": request.prompt_tokens},
    }


def _encoded(vector: np.ndarray, as_base64: bool) -> str | list[float]:
    return base64.b64encode(vector.astype("<f4").tobytes()).decode() if as_base64 else vector.tolist()
