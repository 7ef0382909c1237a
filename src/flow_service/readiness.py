"""Whether the service is ready: the model endpoint answers and lets it in, and the service is not about to end."""

from __future__ import annotations

import asyncio
import time

from src.flow_service.clients import shared_client
from src.flow_service.failures import log_failure
from src.flow_service.settings import Settings

ANSWER_S = 5.0  # within which the endpoint has to answer
KEPT_S = 5.0  # for which an answer counts: probes of many kinds come at once


class Drain:
    """Whether the service is about to end."""

    begun = False


class Readiness:
    """Asks the model endpoint for its list of models, at most once in a few seconds.

    Args:
        settings: where it is.
        drain: whether the service is about to end.
    """

    def __init__(self, settings: Settings, drain: Drain):
        self.settings = settings  # of which the endpoint may be known only once an emulator runs
        self._drain = drain
        self._reason: str | None = "not asked yet"
        self._until = float("-inf")
        self._asking: asyncio.Future | None = None

    async def reason(self) -> str | None:
        """Return why the service is not ready; None if it is."""
        if self._drain.begun:
            return "the service is about to end"
        if time.monotonic() >= self._until:
            if self._asking is None or self._asking.done():
                self._asking = asyncio.ensure_future(self._ask())
            await asyncio.shield(self._asking)  # one question for all probes that come meanwhile
        return self._reason

    async def _ask(self) -> None:
        import openai

        aoai = self.settings.aoai
        try:
            client = await shared_client(aoai.endpoint, aoai.api_version, aoai.api_key.get_secret_value())
            await asyncio.wait_for(client.with_options(max_retries=0, timeout=ANSWER_S).models.list(), ANSWER_S)
            self._reason = None
        except (openai.AuthenticationError, openai.PermissionDeniedError):
            self._reason = "the model endpoint refuses the service"
        except openai.InternalServerError:
            self._reason = "the model endpoint fails"
        except openai.APIStatusError:
            self._reason = None  # it is there: a gateway without a list of models, or one that is busy
        except Exception as error:  # no network, no identity, no name: whatever it is, the endpoint is out of reach
            log_failure("asking the model endpoint", error)
            self._reason = "the model endpoint cannot be reached"
        self._until = time.monotonic() + KEPT_S
