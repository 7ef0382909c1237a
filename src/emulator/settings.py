"""How an emulator behaves."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from src.emulator.answers import Answerer
from src.emulator.deployments import DEFAULT_DEPLOYMENTS, Deployment
from src.emulator.faults import Fault


def _key_from_environment() -> str | None:
    return os.environ.get("EMULATOR_API_KEY") or None


@dataclass(frozen=True)
class EmulatorSettings:
    """The settings of one emulator.

    Attributes:
        host: the address to listen on; loopback by default.
        port: the port; 0 for a free one.
        latency_ms: milliseconds of added latency: one number, or the lowest and the highest.
        seed: the seed of faults and latencies.
        faults: the faults to inject; their rates add up to 1 at most.
        rpm: requests per minute of each deployment; None for no limit.
        tpm: tokens per minute of each deployment; None for no limit.
        deployments: the available deployments; of two with one name the later wins.
        api_key: the only key that passes, by default EMULATOR_API_KEY from the environment; None accepts any.
        max_body_bytes: the maximum size of a request.
        documents: a folder whose files are served under /documents/; None for none.
        articles: the folder of articles that searches find; None for those that come with the emulator.
        answerer: answers chat requests; None rejects them as not recorded.
    """

    host: str = "127.0.0.1"
    port: int = 0
    latency_ms: float | tuple[float, float] = 0.0
    seed: int = 0
    faults: tuple[Fault, ...] = ()
    rpm: int | None = None
    tpm: int | None = None
    deployments: tuple[Deployment, ...] = DEFAULT_DEPLOYMENTS
    api_key: str | None = field(default_factory=_key_from_environment, repr=False)
    max_body_bytes: int = 16 * 1024 * 1024
    documents: Path | None = None
    articles: Path | None = None
    answerer: Answerer | None = None
