"""JSON on the wire and identifiers."""

from __future__ import annotations

import json
import random

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def dump_json(value: object) -> bytes:
    """A value as compact JSON in UTF-8; a lone surrogate, which a request may contain as an escape, stays an escape."""
    text = _ENCODER.encode(value)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def new_id(prefix: str = "") -> str:
    """A new identifier of 24 hexadecimal digits after a prefix such as "chatcmpl-"."""
    return f"{prefix}{random.getrandbits(96):024x}"
