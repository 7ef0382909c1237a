"""Spans that are collected, and the tree that is drawn of them."""

import os

import pytest
from opentelemetry import trace as opentelemetry
from promptflow.tracing import trace

from mlops.tracing.traces import collected_spans, set_up_traces, span_tree


@trace
def inner(x):
    return x


@trace
def outer(x):
    return inner(x) + inner(x)


@trace
def failing():
    raise ZeroDivisionError


def test_traced_calls_inside_the_block_are_collected_and_others_are_not():
    outer(0)
    with collected_spans() as spans:
        outer(1)
        assert spans == []
    outer(2)
    assert sorted(span.name for span in spans) == ["inner", "inner", "outer"]


def test_two_blocks_keep_their_spans_apart():
    with collected_spans() as first:
        inner(1)
    with collected_spans() as second:
        outer(1)
    assert (len(first), len(second)) == (1, 3)


@pytest.mark.parametrize("before", ["true", "false"])
def test_tracing_is_afterwards_as_it_was_also_after_an_error(monkeypatch, before):
    monkeypatch.setenv("PF_DISABLE_TRACING", before)
    with pytest.raises(ZeroDivisionError), collected_spans() as spans:
        failing()
    assert os.environ["PF_DISABLE_TRACING"] == before
    assert [span.name for span in spans] == ["failing"]


def test_the_tree_indents_calls_below_their_callers_in_their_order():
    with collected_spans() as spans:
        outer(1)
    lines = span_tree(spans).splitlines()
    assert [line.split("  ")[0 if not line.startswith(" ") else 1] for line in lines] == ["outer", "inner", "inner"]
    assert all(line.endswith(" ms") for line in lines)


def test_the_tree_of_nothing_is_empty():
    assert span_tree([]) == ""


def test_spans_whose_caller_is_missing_stand_at_the_root_and_tokens_are_shown():
    with collected_spans() as spans, opentelemetry.get_tracer("test").start_as_current_span("left out"):
        with opentelemetry.get_tracer("test").start_as_current_span("call") as span:
            span.set_attribute("llm.usage.total_tokens", 12)
    kept = [span for span in spans if span.name == "call"]
    assert span_tree(kept).startswith("call  0 ms  12 tokens")


def test_export_turns_the_trace_service_on_and_its_absence_changes_nothing(monkeypatch):
    monkeypatch.setenv("PF_DISABLE_TRACING", "true")
    monkeypatch.setenv("PF_TRACING_SKIP_LOCAL_SETUP", "true")
    set_up_traces(export=False)
    assert (os.environ["PF_DISABLE_TRACING"], os.environ["PF_TRACING_SKIP_LOCAL_SETUP"]) == ("true", "true")
    set_up_traces(export=True)
    assert (os.environ["PF_DISABLE_TRACING"], os.environ["PF_TRACING_SKIP_LOCAL_SETUP"]) == ("false", "false")
