"""Takes two detours out of the OpenAI client that cost half of a short call; docs/decisions/0005 has the figures.

Each gives way to what has the same result, which a test compares, so nothing but time depends on this module.
"""

from __future__ import annotations

import functools
from typing import Any

PLAIN = (str, int, float, bool, type(None))
URLS = 1_024  # parsed ones that are remembered; a service asks a handful


@functools.cache
def speed_up_model_calls() -> None:
    """Replace the detours, once for the process."""
    _leave_plain_requests_as_they_are()
    _parse_urls_once()


def _leave_plain_requests_as_they_are() -> None:
    """Every request is compared with its type, down to each message, for files and dates that would be converted."""
    from openai._utils import is_given
    from openai.resources.chat.completions import completions

    transform = completions.async_maybe_transform

    async def transform_what_is_not_plain(data: Any, expected_type: Any) -> Any:
        given = {name: value for name, value in data.items() if is_given(value)}
        return given if is_plain(given) else await transform(data, expected_type)

    completions.async_maybe_transform = transform_what_is_not_plain


def is_plain(value: Any) -> bool:
    """Whether a value is made of nothing but what JSON has."""
    kind = type(value)
    if kind in PLAIN:
        return True
    if kind is dict:
        return all(map(is_plain, value.values()))
    return kind is list and all(map(is_plain, value))


def _parse_urls_once() -> None:
    """The same few URLs are parsed four times for each request; what comes out of it cannot be changed."""
    from httpx2 import _urls

    _urls.urlparse = functools.lru_cache(URLS)(_urls.urlparse)
