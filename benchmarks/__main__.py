"""All benchmarks, one after the other: `python -m benchmarks`. Exit status 1 means that a promise is broken."""

import subprocess
import sys

BENCHMARKS = tuple(f"benchmarks.{name}" for name in ("clients", "emulator", "batches", "documents", "plans", "serving"))


def main() -> int:
    """Run each benchmark in a process of its own, and return 1 if one of them ended badly."""
    statuses = []
    for name in BENCHMARKS:
        print(f"\n== python -m {name}", flush=True)
        statuses.append(subprocess.run([sys.executable, "-m", name], check=False).returncode)
    return int(any(statuses))


if __name__ == "__main__":
    sys.exit(main())
