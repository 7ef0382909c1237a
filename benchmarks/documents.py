"""A document of more than 100 pages, ready for questions: one request for all passages, or one for each in series.

Every request takes 200 ms, as a service of a cloud does. Promised: ready in under 3 seconds with at most 3 embedding
requests, and no embedding request for the document when it is asked about again.
"""

import argparse
import os
import sys
import tempfile
import time

from flows.chat_with_pdf.definition import FLOW, flow_config
from mlops.run_chat_with_pdf import load
from mlops.runs.session import open_session
from mlops.tracing.traces import collected_spans

DOCUMENT = "data/documents/varrow_gazetteer.pdf"
QUESTION = "How many volumes does the library of Ollanport own?"
LATENCY_MS = 200
PASSAGES = 160  # what a template that embeds passage by passage is reckoned with
MOST_SECONDS, MOST_REQUESTS = 3.0, 3


def measure(session) -> int:
    """Ask twice about a new document, compare with embedding one by one, and return the exit status."""
    chat, inputs = (
        load(FLOW.run_arguments(session)),
        {"pdf_url": DOCUMENT, "question": QUESTION, "config": flow_config(session)},
    )
    results = []
    for _ in range(2):
        with collected_spans() as spans:
            chat.invoke(inputs)
        results.append((seconds_of(spans, "build_index"), sum("embeddings" in span.name for span in spans)))
    (first, requests), (again, requests_again) = results
    series = seconds_in_series(session)
    print(f"new document   {first:6.2f} s to its index, {requests} embedding requests, one of them for the question")
    print(f"asked again    {again:6.2f} s, {requests_again} for the question")
    print(f"one by one     {series:6.2f} s for {PASSAGES} passages: {series / first:.0f} times as long")
    kept = first < MOST_SECONDS and requests <= MOST_REQUESTS and requests_again == 1
    print("kept" if kept else f"broken: under {MOST_SECONDS} s, at most {MOST_REQUESTS} requests, then 1")
    return 0 if kept else 1


def seconds_of(spans, name: str) -> float:
    """Return how long the span of a name took."""
    [span] = [span for span in spans if span.name == name]
    return (span.end_time - span.start_time) / 1e9


def seconds_in_series(session) -> float:
    """Return how long it takes to embed passages with one request for each, one after the other."""
    from openai import AzureOpenAI

    start = time.perf_counter()
    with AzureOpenAI(azure_endpoint=session.endpoint, api_key="any", api_version="2025-04-01-preview") as client:
        for number in range(PASSAGES):
            client.embeddings.create(model="text-embedding-3-small", input=f"Passage {number}. " + "A few words. " * 75)
    return time.perf_counter() - start


def main() -> int:
    """Measure with an empty cache."""
    arguments = argparse.Namespace(
        environment_name="local", variant={}, visualize=False, deploy_traces=False, data=None, resume_from=None
    )
    with tempfile.TemporaryDirectory() as cache:
        os.environ.update(CHAT_WITH_PDF_CACHE=cache, EMULATOR_LATENCY_MS=str(LATENCY_MS))
        with open_session(FLOW, arguments) as session:
            return measure(session)


if __name__ == "__main__":
    sys.exit(main())
