"""Takes detours out of the OpenAI client that cost half of a short call; docs/decisions/0005 has the figures.

Each gives way to what has the same result, which a test compares, so nothing but time depends on this module.
"""

from __future__ import annotations

import functools
import gc
from typing import Any

PLAIN = (str, int, float, bool, type(None))
URLS = 1_024  # parsed ones that are remembered; a service asks a handful


@functools.cache
def speed_up_model_calls() -> None:
    """Replace the detours, once for the process."""
    _leave_plain_requests_as_they_are()
    _parse_urls_once()
    _share_what_is_not_given()
    _read_completions_at_once()


def keep_what_is_loaded() -> None:
    """Take all that there is now out of garbage collection: modules, which stay as long as the process does.

    Otherwise they are gone through again and again while requests run, for a tenth of all processor time.
    """
    gc.collect()
    gc.freeze()


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
    """The same few URLs are parsed six times for each request; what comes out of it cannot be changed."""
    from httpx2 import _urlparse, _urls

    _urls.urlparse = _urlparse.urlparse = functools.lru_cache(URLS)(_urlparse.urlparse)


def _share_what_is_not_given() -> None:
    """Four times for each request, a mark that stands for no value, and holds none, is copied down to its depth."""
    from openai import NotGiven

    NotGiven.__deepcopy__ = lambda mark, _: mark


def _read_completions_at_once() -> None:
    """A completion is built in Python, field by field; one that is as documented is read by pydantic's own parser."""
    from openai._base_client import BaseClient
    from openai.types.chat import ChatCompletion
    from pydantic import ValidationError

    build = BaseClient._process_response_data

    def read(self: Any, *, data: Any, cast_to: Any, response: Any) -> Any:
        if cast_to is ChatCompletion:
            try:
                return ChatCompletion.model_validate_json(response.content, strict=True)
            except ValidationError:
                pass  # it differs somewhere from what is documented, and is built as ever
        return build(self, data=data, cast_to=cast_to, response=response)

    BaseClient._process_response_data = read
