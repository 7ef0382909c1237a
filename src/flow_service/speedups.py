"""Patches slow paths in the OpenAI client that take half of a short call; docs/decisions/0005 has the figures.

Each patch gives the same result as the original, which tests compare, so only speed depends on this module.
"""

from __future__ import annotations

import functools
import gc
from typing import Any

PLAIN = (str, int, float, bool, type(None))
URLS = 1_024  # cached; a service requests a handful


@functools.cache
def speed_up_model_calls() -> None:
    """Apply the patches, once per process."""
    _skip_transform_of_plain_requests()
    _cache_parsed_urls()
    _share_not_given()
    _parse_completions_with_pydantic()


def freeze_gc() -> None:
    """Exclude all current objects from garbage collection: modules, which live as long as the process.

    Scanning them again and again would take a tenth of all processor time while requests run.
    """
    gc.collect()
    gc.freeze()


def _skip_transform_of_plain_requests() -> None:
    """The client walks every request along its type, down to each message, for files and dates to convert."""
    from openai._utils import is_given
    from openai.resources.chat.completions import completions

    transform = completions.async_maybe_transform

    async def transform_unless_plain(data: Any, expected_type: Any) -> Any:
        given = {name: value for name, value in data.items() if is_given(value)}
        return given if is_plain(given) else await transform(data, expected_type)

    completions.async_maybe_transform = transform_unless_plain


def is_plain(value: Any) -> bool:
    """Whether a value consists of JSON types only."""
    kind = type(value)
    if kind in PLAIN:
        return True
    if kind is dict:
        return all(map(is_plain, value.values()))
    return kind is list and all(map(is_plain, value))


def _cache_parsed_urls() -> None:
    """The same few URLs are parsed six times per request; the result is immutable."""
    from httpx2 import _urlparse, _urls

    _urls.urlparse = _urlparse.urlparse = functools.lru_cache(URLS)(_urlparse.urlparse)


def _share_not_given() -> None:
    """The stateless marker for omitted arguments is deep-copied four times per request."""
    from openai import NotGiven

    NotGiven.__deepcopy__ = lambda marker, _: marker  # type: ignore[attr-defined]  # copy looks for it


def _parse_completions_with_pydantic() -> None:
    """A completion is built in Python, field by field; pydantic parses one that matches the documented schema."""
    from openai._base_client import BaseClient
    from openai.types.chat import ChatCompletion
    from pydantic import ValidationError

    build = BaseClient._process_response_data

    def read(self: Any, *, data: Any, cast_to: Any, response: Any) -> Any:
        if cast_to is ChatCompletion:
            try:
                return ChatCompletion.model_validate_json(response.content, strict=True)
            except ValidationError:
                pass  # it differs from the documented schema: build it as before
        return build(self, data=data, cast_to=cast_to, response=response)

    BaseClient._process_response_data = read
