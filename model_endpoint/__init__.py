"""The way to a model: the kinds of endpoint there are, one client for each, and complete answers.

Flows, commands and the service all make their clients here. The package imports nothing else of the repository; it
travels with a flow through `additional_includes` (docs/decisions/0004-code-that-flows-share.md).
"""

from .answers import IncompleteAnswer, check_complete, whole_answer
from .clients import async_client, shared_client, sync_client
from .endpoint import Endpoint, Kind, endpoint_of, find_endpoint, recognised_kind
from .prompts import literal_messages
from .prompty import model_configuration
from .proxies import bypass_proxies_for_loopback, proxy_of

__all__ = [
    "Endpoint",
    "IncompleteAnswer",
    "Kind",
    "async_client",
    "bypass_proxies_for_loopback",
    "check_complete",
    "endpoint_of",
    "find_endpoint",
    "literal_messages",
    "model_configuration",
    "proxy_of",
    "recognised_kind",
    "shared_client",
    "sync_client",
    "whole_answer",
]
