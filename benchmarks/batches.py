"""What a batch of 1,000 lines costs, against Prompt flow as it comes: `python -m benchmarks.batches`.

Every measurement is a process of its own, as a user would start it, against an emulator in another process. Promised:
under 6 s beyond start-up and under 500 MB for 1,000 lines of 50 ms, 64 at a time.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.latency import slow_emulator

LINES, AT_A_TIME, LATENCY_MS = 1000, 64, 50
FLOWS = ("class_basic_flow", "function_basic_flow", "yaml_basic_flow")
PROMISED_SECONDS, PROMISED_MEGABYTES = 6.0, 500.0
VARIANTS = {
    "ours": "as the runners do it",
    "traced": "with every line traced",
    "plain": "traced, and without mlops/promptflow_patches/speedups.py",
    "pool": "Prompt flow's default: a pool of processes",
}


def main() -> int:
    """Measure every flow in every variant, and return 1 where a flow of ours takes longer or more than promised."""
    broken = []
    print(f"{LINES} lines, {AT_A_TIME} at a time, {LATENCY_MS} ms of model latency")
    print(f"{'flow':22}{'variant':10}{'seconds':>9}{'failed':>8}{'MB':>7}  ")
    with slow_emulator(LATENCY_MS) as endpoint, tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "lines.jsonl"
        data.write_text("".join(_line(number) for number in range(LINES)), encoding="utf-8")
        for flow in FLOWS:
            for variant, meaning in VARIANTS.items():
                seconds, failed, megabytes = measure(flow, variant, endpoint, data, Path(folder))
                print(f"{flow:22}{variant:10}{seconds:>9.1f}{failed:>8}{megabytes:>7.0f}  {meaning}", flush=True)
                if variant == "ours" and (failed or seconds > PROMISED_SECONDS or megabytes > PROMISED_MEGABYTES):
                    broken.append(flow)
    if broken:
        print(f"over {PROMISED_SECONDS:.0f} s or {PROMISED_MEGABYTES:.0f} MB: {', '.join(broken)}")
    return int(bool(broken))


def measure(flow: str, variant: str, endpoint: str, data: Path, folder: Path) -> tuple[float, int, float]:
    """Run one batch in a process of its own.

    Returns:
        Seconds of the batch without the process's start, failed lines, and the largest resident memory in megabytes.
    """
    environment = {
        **os.environ,
        "AOAI_BASE_ENDPOINT": endpoint,
        "AOAI_API_KEY": "any",
        "BATCH_CONCURRENCY": str(AT_A_TIME),
        "OUTPUTS_DIRECTORY": str(folder / "outputs"),
        "PF_HOME_DIRECTORY": str(folder / "promptflow"),
    }
    command = [sys.executable, "-m", __spec__.name, "--worker", flow, variant, str(data)]
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT, text=True)
        megabytes = largest_memory(process)
        output.seek(0)
        text = output.read()
    if process.returncode:
        raise RuntimeError(f"{flow}, {variant}: {text.strip()[-2000:]}")
    report = json.loads(text.splitlines()[-1])
    return report["seconds"], report["failed"], megabytes


def largest_memory(process: subprocess.Popen) -> float:
    """Wait for a process and return the most megabytes that it and its children had in memory together."""
    largest = 0
    while process.poll() is None:
        resident = 0
        for each in (parent := psutil.Process(process.pid), *parent.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                resident += each.memory_info().rss
        largest = max(largest, resident)
        time.sleep(0.5)
    return largest / 2**20


def work(flow: str, variant: str, data: str) -> None:
    """Run one batch in this process, in the way of a variant, and print its figures as JSON."""
    import importlib

    from mlops.common.cli import runner_arguments
    from mlops.flow_folders.variants import variants
    from mlops.runs import batch as batches
    from mlops.tracing import traces

    if variant in ("traced", "plain"):
        traces.set_up_traces = lambda export, set_up=traces.set_up_traces: (set_up(export), _trace_all())
        importlib.import_module("mlops.runs.session").set_up_traces = traces.set_up_traces
    if variant in ("plain", "pool"):
        batches.speed_up_promptflow = lambda: None
    if variant == "pool":
        options_of = batches.Batch.options
        batches.Batch.options = lambda self: {**options_of(self), "batch_use_async": False}
    runner = importlib.import_module(f"mlops.run_{flow}")
    [arguments] = variants(runner_arguments("", ["--environment_name", "pr", "--data", data]))
    report = runner.run(arguments)
    print(json.dumps({"seconds": report.seconds, "failed": len(report.failed)}))


def _trace_all() -> None:
    os.environ["PF_DISABLE_TRACING"] = "false"


def _line(number: int) -> str:
    text = f"Engineer number {number} and the chief financial officer of Contoso Ltd explained the plan to the mayor."
    return json.dumps({"entity_type": "job title", "text": text}) + "\n"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        work(*sys.argv[2:])
    else:
        sys.exit(main())
