"""What the flow service adds to a model that takes 50 ms: `python -m benchmarks.serving`.

The service, `python -m src.flow_service`, runs on one core. The emulator and this process, which asks over raw sockets,
share the others. Every request has another text. Two loads, for each basic flow:

- 100 connections that together ask as often as promised, whatever the answers take: how much longer than the model
  answers take;
- the same 100 connections, each asking again as soon as it is answered: how many requests a second that makes, and
  how long answers take when the core is the limit.

Promised are 300 requests a second, and less than 10 ms (median) and 30 ms (95th percentile) beyond the model's 50 ms
with 100 requests under way. `--memory N` makes N more requests and tells what memory they took.

Exit status 1 means that a promise is broken.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

LATENCY_MS = 50
CONNECTIONS = 100
RATE = 300.0
P50_MS, P95_MS = 10.0, 30.0
START_S = 90
FLOWS = ("class_basic_flow", "function_basic_flow", "yaml_basic_flow")


@dataclass
class Measured:
    """What a load found: added milliseconds, requests a second, and milliseconds of the core for each request."""

    p50: float
    p95: float
    rate: float
    processor: float


async def _ask(port: int, flow: str, name: int, until: float, pause: float | None) -> list[float]:
    """Send requests on one connection, at a fixed pace or one after the other; their latencies in milliseconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    latencies, due = [], time.perf_counter() + (pause or 0) * name / CONNECTIONS
    while due < until:
        if pause:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
        text = f"Nurse {name} met engineer {len(latencies)} of station {time.perf_counter_ns()}."
        body = json.dumps({"entity_type": "job title", "text": text}).encode()
        start = due if pause else time.perf_counter()  # a request that is late has waited, too
        writer.write(
            f"POST /flows/{flow} HTTP/1.1\r\nhost: service\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n\r\n".encode() + body
        )
        head = await reader.readuntil(b"\r\n\r\n")
        content = await reader.readexactly(int(re.search(rb"content-length: (\d+)", head).group(1)))
        latencies.append((time.perf_counter() - start) * 1000)
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"The service answered {head.splitlines()[0].decode()}: {content[:200].decode()}")
        due = due + pause if pause else time.perf_counter()
    writer.close()
    await writer.wait_closed()
    return latencies


async def _load(port: int, flow: str, seconds: float, rate: float | None) -> list[float]:
    until, pause = time.perf_counter() + seconds, CONNECTIONS / rate if rate else None
    done = await asyncio.gather(*(_ask(port, flow, name, until, pause) for name in range(CONNECTIONS)))
    return sorted(latency for connection in done for latency in connection)


def measure(port: int, pid: int, flow: str, seconds: float, rate: float | None) -> Measured:
    """Put a load on a flow, and return what was found."""
    processor, start = _processor_seconds(pid), time.perf_counter()
    latencies = asyncio.run(_load(port, flow, seconds, rate))
    took = time.perf_counter() - start
    cuts = statistics.quantiles(latencies, n=100)
    return Measured(
        p50=cuts[49] - LATENCY_MS,
        p95=cuts[94] - LATENCY_MS,
        rate=len(latencies) / took,
        processor=(_processor_seconds(pid) - processor) * 1000 / len(latencies),
    )


def _processor_seconds(pid: int) -> float:
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _megabytes(pid: int) -> float:
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) / 1024


@contextmanager
def _service() -> Iterator[tuple[int, int]]:
    """The service on the first core, and an emulator on the others; gives the service's port and process."""
    cores = sorted(os.sched_getaffinity(0))
    emulator = subprocess.Popen(
        [sys.executable, "-m", "src.emulator", "--port", "0", "--latency_ms", str(LATENCY_MS)],
        stderr=subprocess.PIPE, text=True,
    )
    service = None
    try:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        endpoint = re.search(r"http://\S+", emulator.stderr.readline()).group(0)
        variables = {
            "AOAI_BASE_ENDPOINT": endpoint,
            "AOAI_API_KEY": "benchmark",
            "FLOW_SERVICE_ALLOW_ANONYMOUS": "true",
            "FLOW_SERVICE_REQUESTS_PER_MINUTE": "0",
        }
        service = subprocess.Popen(
            [sys.executable, "-m", "src.flow_service", "--environment_name", "pr", "--port", str(port)],
            env={**os.environ, **variables}, stderr=subprocess.DEVNULL,
        )
        os.sched_setaffinity(service.pid, cores[:1])
        for pid in (emulator.pid, 0):
            os.sched_setaffinity(pid, cores[1:] or cores)
        _wait_for(port, service)
        yield port, service.pid
    finally:
        for process in filter(None, (service, emulator)):
            process.terminate()
            process.wait()


def _wait_for(port: int, service: subprocess.Popen) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and service.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the service did not start")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print a table, and compare with the promises."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving", description="What the flow service adds.")
    parser.add_argument("--seconds", type=float, default=5.0, help="time for each measurement (default: %(default)s)")
    parser.add_argument("--memory", type=int, default=0, metavar="N", help="requests after which memory is looked at")
    given = parser.parse_args(argv)
    kept = True
    print(f"{CONNECTIONS} connections, {LATENCY_MS} ms of model latency; milliseconds beyond it")
    print(f"{'flow':22}{'load':>12}{'p50':>9}{'p95':>9}{'req/s':>8}{'core ms/req':>13}")
    with _service() as (port, pid):
        for flow in FLOWS:
            asyncio.run(_load(port, flow, 2.0, RATE / 3))
            for name, rate in ((f"{RATE:.0f} req/s", RATE), ("no pause", None)):
                found = measure(port, pid, flow, given.seconds, rate)
                print(f"{flow:22}{name:>12}{found.p50:9.1f}{found.p95:9.1f}{found.rate:8.0f}{found.processor:13.2f}")
                kept = kept and found.p50 < P50_MS and found.p95 < P95_MS and (rate or found.rate >= RATE)
        if given.memory:
            _memory(port, pid, given.memory)
    print(f"Promised: {RATE:.0f} req/s, p50 under {P50_MS:g} and p95 under {P95_MS:g} ms: "
          f"{'kept' if kept else 'broken'}.")
    return 0 if kept else 1


def _memory(port: int, pid: int, requests: int) -> None:
    made, before = 0, _megabytes(pid)
    while made < requests:
        made += len(asyncio.run(_load(port, FLOWS[made % len(FLOWS)], 10.0, None)))
        print(f"after {made:7,} requests: {_megabytes(pid):6.1f} MB, at first {before:.1f} MB", flush=True)


if __name__ == "__main__":
    sys.exit(main())
