"""From a model's answer to a list of entities: what the three flows that extract entities share.

It travels with a flow through `additional_includes` (docs/decisions/0004-code-that-flows-share.md).
"""

from .answers import RESPONSE_FORMAT, read_json, read_list

__all__ = ["RESPONSE_FORMAT", "read_json", "read_list"]
