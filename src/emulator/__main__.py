"""The command `python -m src.emulator`: the emulator on its own, until it is interrupted."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from src.emulator.answers import Recordings, recording_files
from src.emulator.deployments import DEFAULT_DEPLOYMENTS, parse_deployment
from src.emulator.faults import KINDS, parse_fault
from src.emulator.server import Emulator, EmulatorError
from src.emulator.settings import EmulatorSettings

_DEFAULT_PORT = 8900
_SHIPPED_RECORDINGS = Path(__file__).parents[2] / "data" / "recordings"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the emulator until SIGINT or SIGTERM.

    Returns:
        0 after a signal, 2 if it could not start.

    Raises:
        SystemExit: with status 2, if an option is invalid.
    """
    stop = threading.Event()
    try:
        with Emulator(_settings(argv)) as emulator:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: stop.set())
            print(banner(emulator), file=sys.stderr, flush=True)
            stop.wait()
    except (EmulatorError, ValueError) as exc:
        print(f"src.emulator: {exc}", file=sys.stderr)
        return 2
    return 0


def banner(emulator: Emulator) -> str:
    """The address, deployments and faults of a running emulator, in a few lines."""
    settings = emulator.settings
    faults = ", ".join(f"{fault.kind} {fault.rate:.0%}" for fault in settings.faults) or "none"
    return "\n".join(
        (
            f"Azure OpenAI emulator on {emulator.endpoint}",
            "It is not a language model: it plays recorded answers back, and rejects requests without one.",
            f"Deployments: {', '.join(sorted({deployment.name for deployment in settings.deployments}))}",
            f"Faults: {faults} (seed {settings.seed}). API key: "
            f"{'that of EMULATOR_API_KEY' if settings.api_key else 'any'}. Ctrl+C stops it.",
        )
    )


def _settings(argv: Sequence[str] | None) -> EmulatorSettings:
    options = _parser().parse_args(argv)
    return EmulatorSettings(
        host=options.host,
        port=options.port,
        latency_ms=options.latency_ms,
        seed=options.seed,
        faults=tuple(options.fault),
        rpm=options.rpm,
        tpm=options.tpm,
        deployments=(*DEFAULT_DEPLOYMENTS, *options.deployment),
        documents=options.documents,
        articles=options.articles,
        answerer=_recordings(options.recordings),
    )


def _recordings(paths: list[Path] | None) -> Recordings:
    if paths is None:
        paths = [_SHIPPED_RECORDINGS] if _SHIPPED_RECORDINGS.is_dir() else []
    return Recordings([file for path in paths for file in recording_files(path)])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m src.emulator",
        allow_abbrev=False,
        description="Azure OpenAI's protocol on loopback, with recorded answers. It is no language model.",
        epilog="EMULATOR_API_KEY in the environment makes that key the only one that passes. See docs/emulator.md.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=_DEFAULT_PORT, help="0 for a free one (default: %(default)s)")
    parser.add_argument(
        "--latency_ms",
        type=_argument_type(_latency),
        default=0.0,
        metavar="N[:M]",
        help="milliseconds that every answer takes longer, or a range to draw from (default: 0)",
    )
    parser.add_argument("--seed", type=int, default=0, help="what faults and latencies are drawn from (default: 0)")
    parser.add_argument(
        "--fault",
        type=_argument_type(parse_fault),
        action="append",
        default=[],
        metavar="KIND[:RATE][:OPTION=VALUE]",
        help=f"what goes wrong and how often; repeatable; kinds: {', '.join(KINDS)}",
    )
    parser.add_argument(
        "--rpm", type=_argument_type(_positive), metavar="N", help="requests per minute of each deployment"
    )
    parser.add_argument(
        "--tpm", type=_argument_type(_positive), metavar="N", help="tokens per minute of each deployment"
    )
    parser.add_argument(
        "--deployment",
        type=_argument_type(parse_deployment),
        action="append",
        default=[],
        metavar="NAME=FAMILY",
        help="one more deployment: of chat, reasoning, embedding, or a model",
    )
    parser.add_argument("--documents", type=Path, metavar="FOLDER", help="a folder whose files /documents/NAME serves")
    parser.add_argument("--articles", type=Path, metavar="FOLDER", help="articles for searches (default: its own)")
    parser.add_argument(
        "--recordings",
        type=Path,
        nargs="+",
        metavar="PATH",
        help="files of recorded answers, or folders with them (default: data/recordings)",
    )
    return parser


def _argument_type(parse):
    """`parse` as the type of an argument: the user sees the text of its ValueError, not just "invalid value"."""

    def parse_argument(text: str):
        try:
            return parse(text)
        except ValueError as exc:
            raise argparse.ArgumentTypeError(str(exc)) from exc

    return parse_argument


def _latency(text: str) -> float | tuple[float, float]:
    lowest, separator, highest = text.partition(":")
    try:
        bounds = float(lowest), float(highest if separator else lowest)
    except ValueError:
        bounds = (-1.0, -1.0)
    if not 0 <= bounds[0] <= bounds[1] <= 600_000:
        raise ValueError(f"'{text}' is not a latency: write milliseconds, such as 50, or a range, such as 20:200.")
    return bounds if separator else bounds[0]


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise ValueError(f"'{text}' is not a whole number above 0.")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
