"""What the flow service adds to a model that takes 50 ms: `python -m benchmarks.serving`.

The service, `python -m src.flow_service`, has one core. The emulator and the load generator, wrk, share the others.
Every request has another text. For each basic flow there are two loads of 100 connections:

- paced: each connection pauses after an answer, so that all together ask for 300 requests a second;
- closed: each connection asks again as soon as it is answered, so that 100 requests are under way at any time. That
  asks for all that the core can do: were nothing added, it would be 2,000 requests a second. Whatever a request costs
  the core, a hundred of them wait for it; a service that can do N a second takes 100/N seconds for an answer.

Promised are 300 requests a second, and less than 10 ms (median) and 30 ms (95th percentile) beyond the model's 50 ms.
The emulator by itself comes first: what it adds is not the service's, and what it can do is the most that can be seen.
`--memory N` makes N more requests, and compares the memory after a fifth of them with that after all.

Exit status 1 means that a promise is broken, in either load.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

LATENCY_MS = 50
CONNECTIONS = 100
RATE = 300
P50_MS, P95_MS = 10.0, 30.0
STEADY = 1.05  # times the memory after a fifth of the requests
PAUSE_MS = round(1000 * CONNECTIONS / RATE) - LATENCY_MS
START_S, WARM_UP_S, TIMEOUT_S = 90, 3, 10
FLOWS = ("class_basic_flow", "function_basic_flow", "yaml_basic_flow")
MODEL = "openai/deployments/gpt-5.4-mini/chat/completions?api-version=2024-10-21"
SCRIPT = Path(__file__).with_suffix(".lua")


@dataclass(frozen=True)
class Server:
    """A server under load: its address and the process that serves."""

    address: str
    pid: int


@dataclass(frozen=True)
class Measured:
    """What a load found: milliseconds beyond the model's, requests a second, and milliseconds of the core for each."""

    p50: float
    p95: float
    rate: float
    core: float
    requests: int


def load(server: Server, path: str, seconds: float, pause_ms: int = 0) -> Measured:
    """Put a load on a path, and return what was found.

    Raises:
        RuntimeError: a request was not answered with success.
    """
    before, run = _processor_seconds(server.pid), str(time.time_ns())
    options = ["--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{seconds:.0f}s"]
    script = ["--timeout", f"{TIMEOUT_S}s", "--script", str(SCRIPT)]
    command = ["wrk", *options, *script, f"{server.address}/{path}", "--", run, str(pause_ms)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.rstrip().rsplit("\n", 1)[1])
    if found["failed"] or not found["requests"]:
        raise RuntimeError(f"{found['failed']} requests for {path} failed, {found['requests']} did not")
    return Measured(
        p50=found["p50"] - LATENCY_MS,
        p95=found["p95"] - LATENCY_MS,
        rate=found["requests"] / found["seconds"],
        core=(_processor_seconds(server.pid) - before) * 1000 / found["requests"],
        requests=found["requests"],
    )


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024


@contextmanager
def servers() -> Iterator[tuple[Server, Server]]:
    """The emulator and the service, which has the first core while all the rest has the others."""
    cores = sorted(os.sched_getaffinity(0))
    others = cores[1:] or cores
    os.sched_setaffinity(0, others)
    with ExitStack() as stack:
        port, service_port = _free_port(), _free_port()
        emulator = _start(stack, ["benchmarks.answering", "--port", str(port), "--latency_ms", str(LATENCY_MS)], {})
        models = Server(f"http://127.0.0.1:{port}", emulator.pid)
        variables = {
            "AOAI_BASE_ENDPOINT": models.address,
            "AOAI_API_KEY": "benchmark",
            "FLOW_SERVICE_ALLOW_ANONYMOUS": "true",
            "FLOW_SERVICE_REQUESTS_PER_MINUTE": "0",
        }
        arguments = ["--environment_name", "pr", "--port", str(service_port)]
        service = _start(stack, ["src.flow_service", *arguments], variables)
        os.sched_setaffinity(service.pid, cores[:1])
        _wait_for(port, emulator)
        _wait_for(service_port, service)
        yield models, Server(f"http://127.0.0.1:{service_port}", service.pid)


def _start(stack: ExitStack, module: Sequence[str], variables: dict[str, str]) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-m", *module], env={**os.environ, **variables}, stderr=subprocess.DEVNULL
    )
    stack.callback(process.wait)
    stack.callback(process.terminate)
    return process


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def _wait_for(port: int, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("a server did not start")


def report(name: str, kind: str, found: Measured, judged: bool = True) -> bool:
    """Print a row, and return whether it keeps what is promised."""
    # What is paced asks for no more than the promise, and the pauses leave it a little short of that.
    enough = RATE * (0.9 if kind == "paced" else 1)
    kept = found.p50 < P50_MS and found.p95 < P95_MS and found.rate >= enough
    verdict = ("kept" if kept else "broken") if judged else ""
    figures = f"{found.p50:9.1f}{found.p95:9.1f}{found.rate:8.0f}{found.core:10.2f}"
    print(f"{name:20}{kind:>8}{figures}  {verdict}", flush=True)
    return kept or not judged


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print a table, and compare with the promises."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving", description="What the flow service adds.")
    parser.add_argument("--seconds", type=float, default=6.0, help="time for each measurement (default: %(default)s)")
    parser.add_argument("--memory", type=int, default=0, metavar="N", help="requests after which memory is measured")
    given = parser.parse_args(argv)
    if not shutil.which("wrk"):
        parser.error("wrk, the load generator, is not installed: apt-get install wrk")
    print(f"{CONNECTIONS} connections; p50 and p95 are milliseconds beyond the model's {LATENCY_MS}")
    print(f"promised: p50 under {P50_MS:g}, p95 under {P95_MS:g}, {RATE} requests a second")
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}\n")
    print(f"{'':20}{'load':>8}{'p50':>9}{'p95':>9}{'req/s':>8}{'ms/req':>10}")
    with servers() as (models, service):
        for kind, pause in (("paced", PAUSE_MS), ("closed", 0)):
            report("the emulator alone", kind, load(models, MODEL, given.seconds, pause), judged=False)
        kept = True
        for flow in FLOWS:
            load(service, f"flows/{flow}", WARM_UP_S)
            for kind, pause in (("paced", PAUSE_MS), ("closed", 0)):
                kept &= report(flow, kind, load(service, f"flows/{flow}", given.seconds, pause))
        if given.memory:
            kept &= steady(service, given.memory)
    print(f"\nPromises: {'all kept' if kept else 'not all kept'}.")
    return 0 if kept else 1


def steady(service: Server, requests: int) -> bool:
    """Make requests, print the memory as it goes, and return whether it stays as it was after a fifth of them."""
    made, first = 0, None
    while made < requests:
        made += load(service, f"flows/{FLOWS[made % len(FLOWS)]}", 10).requests
        now = _megabytes(service.pid)
        print(f"after {made:7,} requests: {now:6.1f} MB", flush=True)
        if first is None and made >= requests / 5:
            first = now
    kept = now <= first * STEADY
    print(f"memory: {now / first - 1:+.1%} since a fifth of the requests: {'steady' if kept else 'not steady'}")
    return kept


if __name__ == "__main__":
    sys.exit(main())
