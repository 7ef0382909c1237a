"""Readiness: the model endpoint answers and accepts the service, and the service is not shutting down."""

from __future__ import annotations

import asyncio
import time

from model_endpoint import shared_client
from src.flow_service.failures import log_failure
from src.flow_service.settings import ServiceSettings

ANSWER_S = 5.0  # timeout of the endpoint
CACHED_S = 5.0  # for which a result is cached: several probes may ask at once


class Drain:
    """Whether the service is shutting down."""

    started = False


class Readiness:
    """Asks the model endpoint for its list of models, at most once in a few seconds.

    Args:
        settings: name the endpoint.
        drain: whether the service is shutting down.
    """

    def __init__(self, settings: ServiceSettings, drain: Drain):
        self.settings = settings  # an emulator's endpoint is known only once it runs
        self._drain = drain
        self._reason: str | None = "not asked yet"
        self._until = float("-inf")
        self._asking: asyncio.Future | None = None

    async def reason(self) -> str | None:
        """Return why the service is not ready; None if it is."""
        if self._drain.started:
            return "the service is shutting down"
        if time.monotonic() >= self._until:
            if self._asking is None or self._asking.done():
                self._asking = asyncio.ensure_future(self._ask())
            await asyncio.shield(self._asking)  # one request for all probes that arrive meanwhile
        return self._reason

    async def _ask(self) -> None:
        import openai

        try:
            client = await shared_client(self.settings.aoai.to_endpoint())
            await asyncio.wait_for(client.with_options(max_retries=0, timeout=ANSWER_S).models.list(), ANSWER_S)
            self._reason = None
        except (openai.AuthenticationError, openai.PermissionDeniedError):
            self._reason = "the model endpoint rejects the service's credentials"
        except openai.InternalServerError:
            self._reason = "the model endpoint returns errors"
        except openai.APIStatusError:
            self._reason = None  # it is reachable: a gateway without a list of models, or a busy one
        except (
            Exception
        ) as error:  # no network, no identity, no DNS name: whatever it is, the endpoint cannot be reached
            log_failure("asking the model endpoint", error)
            self._reason = "the model endpoint cannot be reached"
        self._until = time.monotonic() + CACHED_S
