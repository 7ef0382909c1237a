"""Mends what is broken in promptflow-evals 0.3.5, which takes no more releases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

CALLS_AT_A_TIME = 16  # of evaluators


@contextmanager
def threads_for(evaluators: int) -> Iterator[None]:
    """Let `evaluate`, called inside the block, have as many threads as so many evaluators need.

    Each evaluator takes up to two threads of a pool only to wait for its rows, which the same pool has to work off. The
    pool has four threads more than the machine has processors (at most 32), so with more evaluators than that nothing
    ever moves again.
    """
    from promptflow.evals.evaluate._batch_run_client.code_client import CodeClient
    from promptflow.tracing import ThreadPoolExecutorWithContext

    original = CodeClient.__init__

    def init(client: CodeClient) -> None:
        client._thread_pool = ThreadPoolExecutorWithContext(2 * evaluators + CALLS_AT_A_TIME)

    CodeClient.__init__ = init
    try:
        yield
    finally:
        CodeClient.__init__ = original


def without_version_check() -> None:
    """Keep Prompt flow from asking the package index for its newest version whenever a run is made; no setting does."""
    from promptflow._sdk import _version_hint_utils

    _version_hint_utils.check_latest_version = lambda: None


def trace_as_any_identity() -> None:
    """Let Prompt flow look for the project's store of traces as whoever is signed in, not only as the CLI's user."""
    from azure.identity import DefaultAzureCredential
    from promptflow.azure._utils import _tracing

    _tracing.AzureCliCredential = DefaultAzureCredential
