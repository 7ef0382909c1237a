"""The emulator, for environments whose section `aoai_config` asks for one: it lives as long as the service does."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import SecretStr

from mlops.common.errors import UserError
from mlops.common.paths import DOCUMENTS
from src.flow_service.settings import Settings

LOG = logging.getLogger("flow_service")


@contextmanager
def endpoints(settings: Settings) -> Iterator[Settings]:
    """Yield settings whose endpoints answer: those given, or an emulator that runs while the block lasts.

    Raises:
        UserError: the emulator cannot start, or is not there: containers and Functions have none.
    """
    wanted = settings.aoai.emulator
    if wanted is None or settings.aoai.endpoint:
        yield settings
        return
    try:
        from src.emulator.faults import parse_fault
        from src.emulator.server import Emulator
        from src.emulator.settings import EmulatorSettings
    except ModuleNotFoundError as error:
        raise UserError(f"the environment {settings.environment} needs the emulator, which is not installed here "
                        f"({error.name} is missing): name another environment") from None

    try:
        emulator = Emulator(
            EmulatorSettings(
                latency_ms=wanted.latency_ms,
                seed=wanted.seed,
                faults=tuple(parse_fault(fault) for fault in wanted.faults.split()),
                api_key=None,
                documents=DOCUMENTS,
            )
        )
    except ValueError as error:
        raise UserError(f"the emulator cannot start; check EMULATOR_FAULTS: {error}") from None
    with emulator:
        LOG.info("The emulator answers at %s: a stand-in, no language model.", emulator.endpoint)
        yield led_to(settings, emulator.endpoint)


def led_to(settings: Settings, emulator: str) -> Settings:
    """Return settings that lead to an emulator, for models and for searches.

    Args:
        settings: those of an environment that may use one.
        emulator: its address.
    """
    key = SecretStr(secrets.token_hex(16))
    search = settings.search.model_copy(
        update={
            "provider": "bing",
            "endpoint": f"{emulator}/v7.0/search",
            "wikipedia_endpoint": f"{emulator}/w/api.php",
            "api_key": key,
            "allow_loopback": True,
        }
    )
    return settings.with_endpoints(settings.aoai.model_copy(update={"endpoint": emulator, "api_key": key}), search)
