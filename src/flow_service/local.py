"""The emulator, which plays recorded answers back, where the section `aoai_config` asks for it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from mlops.common.errors import UserError
from src.flow_service.settings import ServiceSettings

LOG = logging.getLogger("flow_service")


@contextmanager
def with_emulator_endpoint(settings: ServiceSettings) -> Iterator[ServiceSettings]:
    """Yield the settings; where they ask for the emulator, run it while the block lasts and set its endpoints.

    Raises:
        UserError: the emulator cannot start, or is not installed: containers and Functions do without it.
    """
    if settings.aoai.emulator is None or settings.aoai.endpoint:
        yield settings
        return
    try:
        from mlops.endpoint import emulator as local

        answerer = local.recordings()
    except ModuleNotFoundError as error:
        raise UserError(
            f"the environment {settings.environment} needs the emulator, which is not installed here "
            f"({error.name} is missing): choose another environment"
        ) from None
    with local.running_emulator(settings.aoai.emulator, answerer) as emulator:
        LOG.info("Recorded answers are played back at %s: no model is asked.", emulator.endpoint)
        models = local.models_of_emulator(settings.aoai, emulator.endpoint)
        yield settings.with_endpoints(models, local.search_of_emulator(settings.search, models))
        LOG.info("%s; no model was asked.", local.counted(answerer.counts))
