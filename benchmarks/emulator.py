"""How fast the emulator plays recorded chat completions: `python -m benchmarks.emulator`.

The emulator runs in a process of its own on one core; this process asks it over raw sockets from another core, where
the machine has two. It plays a file of 1,000 recordings of each load. The promise is for short prompts: under 2 ms for
the median request with one connection, and over 500 requests a second with several. Of a long one's time most goes into
counting its tokens.

Exit status 1 means that a promise is broken.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from src.emulator.answers.recording import Recording, request_key, write_recordings
from src.emulator.api_versions import VERSIONS
from src.emulator.conversation import Conversation, Message, Reply, Usage

P50_MS = 2.0
REQUESTS_PER_SECOND = 500.0

_PATH = f"/openai/deployments/gpt-4.1-mini/chat/completions?api-version={max(VERSIONS)}"
_CONNECTIONS = 16
_RECORDED = 1_000
_SYSTEM = "You extract entities of a given type from a text. Answer with the entities alone, each in double quotes."
_PASSAGE = "The observatory stands on a moor, 412 metres above the sea, and is open to the public on Fridays. "
# How many characters of passages a load's user message quotes.
_LOADS = {"a short prompt": 0, "a prompt with 8 kB of passages": 8_000, "a request that is not recorded": 0}
_NOT_FOUND = "a request that is not recorded"


def messages(load: str, number: int) -> tuple[Message, ...]:
    """The messages of a load's request."""
    passages = _PASSAGE * (_LOADS[load] // len(_PASSAGE))
    return Message("system", _SYSTEM), Message("user", f"{passages}\nEntity type: job title\nText {number} of {load}:")


def recordings() -> list[Recording]:
    """Answers to the requests of all loads but the one without."""
    reply = Reply('"software engineer", "head teacher"', (), "stop", Usage(80, 9), "hand")
    return [
        Recording(request_key(Conversation(messages(load, number))), load, reply, "2026-07-31")
        for load in _LOADS
        if load != _NOT_FOUND
        for number in range(_RECORDED)
    ]


def requests(load: str, first: int) -> Iterator[bytes]:
    """Endless HTTP requests for a load, in turn over all that are recorded."""
    for number in itertools.count(first * 37):
        body = json.dumps(
            {
                "messages": [
                    {"role": message.role, "content": message.text} for message in messages(load, number % _RECORDED)
                ],
                "temperature": 0,
                "max_tokens": 100,
            }
        ).encode()
        yield (
            f"POST {_PATH} HTTP/1.1\r\nhost: emulator\r\napi-key: benchmark\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        ).encode() + body


async def _ask(port: int, work: Iterator[bytes], until: float, status: int) -> list[float]:
    """Send requests one after the other on one connection; their latencies in milliseconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    latencies = []
    while time.perf_counter() < until:
        start = time.perf_counter()
        writer.write(next(work))
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(re.search(rb"content-length: (\d+)", head).group(1))
        await reader.readexactly(length)
        latencies.append((time.perf_counter() - start) * 1000)
        if not head.startswith(f"HTTP/1.1 {status}".encode()):
            raise RuntimeError(f"The emulator answered {head.splitlines()[0].decode()}.")
    writer.close()
    await writer.wait_closed()
    return latencies


async def _measure(port: int, load: str, connections: int, seconds: float) -> tuple[list[float], float]:
    """The latencies and the requests a second of some connections at once."""
    start = time.perf_counter()
    status = 404 if load == _NOT_FOUND else 200
    done = await asyncio.gather(
        *(_ask(port, requests(load, first), start + seconds, status) for first in range(connections))
    )
    latencies = [latency for connection in done for latency in connection]
    return latencies, len(latencies) / (time.perf_counter() - start)


@contextmanager
def _emulator(folder: Path) -> Iterator[int]:
    """An emulator in a process of its own, on the last core; gives its port."""
    write_recordings(folder / "benchmark.jsonl", recordings())
    command = [sys.executable, "-m", "src.emulator", "--port", "0", "--recordings", str(folder)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        _share_cores(process.pid)
        yield int(process.stderr.readline().rsplit(":", 1)[1])
    finally:
        process.terminate()
        process.communicate()


def _share_cores(emulator: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(emulator, cores[-1:])
        os.sched_setaffinity(0, cores[:-1] or cores)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print a table, and compare with the promises."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.emulator", description="How fast the emulator answers.")
    parser.add_argument("--seconds", type=float, default=5.0, help="time for each measurement (default: %(default)s)")
    seconds = parser.parse_args(argv).seconds
    kept = True
    print(f"{'load':32}{'p50 ms':>9}{'p99 ms':>9}{'req/s, 1 connection':>21}{f'req/s, {_CONNECTIONS}':>12}")
    with tempfile.TemporaryDirectory() as folder, _emulator(Path(folder)) as port:
        for load in _LOADS:
            asyncio.run(_measure(port, load, 1, min(1.0, seconds)))
            alone, rate_alone = asyncio.run(_measure(port, load, 1, seconds))
            _, rate = asyncio.run(_measure(port, load, _CONNECTIONS, seconds))
            p50, p99 = statistics.median(alone), statistics.quantiles(alone, n=100)[98]
            print(f"{load:32}{p50:9.2f}{p99:9.2f}{rate_alone:21.0f}{rate:12.0f}")
            kept = kept and (_LOADS[load] > 0 or p50 < P50_MS and rate > REQUESTS_PER_SECOND)
    print(
        f"Promised for short prompts: under {P50_MS:g} ms, over {REQUESTS_PER_SECOND:g} requests a second on one "
        f"core: {'kept' if kept else 'broken'}."
    )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
