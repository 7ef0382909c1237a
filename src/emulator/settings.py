"""How an emulator behaves."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from src.emulator.deployments import DEFAULT_DEPLOYMENTS, Deployment
from src.emulator.faults import Fault


def _key_from_environment() -> str | None:
    return os.environ.get("EMULATOR_API_KEY") or None


@dataclass(frozen=True)
class EmulatorSettings:
    """The settings of one emulator.

    Attributes:
        host: the address to listen on; loopback, unless somebody wants otherwise.
        port: the port; 0 for one that is free.
        latency_ms: milliseconds that every answer takes longer: one number, or the lowest and the highest.
        seed: what faults and latencies are drawn from.
        faults: what goes wrong, and how often; the rates may add up to 1.
        rpm: requests per minute of each deployment; None for no limit.
        tpm: tokens per minute of each deployment; None for no limit.
        deployments: the deployments on offer; of two with one name the later counts.
        api_key: the only key that passes, by default EMULATOR_API_KEY from the environment; None lets any pass.
        max_body_bytes: the largest request.
        documents: a folder whose files are served under /documents/; None for none.
        articles: the folder of articles that searches find; None for those that come with the emulator.
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
