"""The context of tools: the small model, web search, Wikipedia, and the web."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from guarded_web.fetch import Fetched, FetchError, Limits, TransientFetchError, fetch
from guarded_web.retries import retried
from promptflow.connections import CustomConnection
from pydantic import BaseModel, SecretStr, ValidationError

from .agents import Access
from .errors import SettingsError, ToolError, TransientToolError
from .settings import Settings

# Clients of a public service identify themselves: https://foundation.wikimedia.org/wiki/Policy:User-Agent_policy
USER_AGENT = "plan-and-execute-sample/1.0 (a Prompt flow sample; see the repository it came from)"
ANSWER_LIMITS = Limits(megabytes=4, seconds=30)
Shape = TypeVar("Shape", bound=BaseModel)
Result = TypeVar("Result")


@dataclass(frozen=True)
class SearchSettings:
    """How the web is searched: what the operator of the flow has put into its connection, and no caller can change.

    Attributes:
        provider: the name of a module of `search`.
        endpoint: of the provider; empty where it has a fixed one.
        api_key: of the provider; empty where it needs none.
        wikipedia_endpoint: the address of a MediaWiki API.
        allow_loopback: whether pages may lie on this machine, as those of the emulator do.
    """

    provider: str
    endpoint: str
    api_key: SecretStr  # traces hold what functions are given
    wikipedia_endpoint: str
    allow_loopback: bool

    @classmethod
    def from_connection(cls, connection: CustomConnection) -> SearchSettings:
        """Read a Prompt flow connection with the configs and the secret that are named like the attributes.

        Raises:
            SettingsError: one is missing.
        """
        configs, secrets = connection.configs, connection.secrets
        try:
            return cls(
                provider=configs["provider"],
                endpoint=configs["endpoint"],
                api_key=SecretStr(secrets["api_key"]),
                wikipedia_endpoint=configs["wikipedia_endpoint"],
                allow_loopback=configs["allow_loopback"] == "true",
            )
        except KeyError as error:
            raise SettingsError(f"the search connection has no {error}") from None


@dataclass(frozen=True)
class ToolContext:
    """What a tool gets besides its arguments.

    Attributes:
        access: the way to the models.
        settings: of the flow.
        search: how the web is searched.
        until: when a step's time is over, by `time.monotonic`.
        faults: transient faults, noted by tools that continue without what they asked for.
    """

    access: Access
    settings: Settings
    search: SearchSettings
    until: float = math.inf
    faults: list[str] = field(default_factory=list)

    def for_step(self, seconds: float) -> ToolContext:
        """Return the context for one step that may take this many seconds."""
        return replace(self, until=time.monotonic() + seconds, faults=[])

    async def retried(self, attempt: Callable[[float], Awaitable[Result]], seconds: float) -> Result:
        """Return the result of a request, which is retried after a TransientToolError.

        Args:
            attempt: makes the request, given the number of seconds that are left.
            seconds: for all attempts; a step's end comes first.

        Raises:
            TransientToolError: all attempts failed, or the server asks for a pause that is too long.
        """
        seconds = min(seconds, self.until - time.monotonic())
        return await retried(attempt, TransientToolError, seconds, self.settings.limits.attempts)

    async def get(self, url: str, limits: Limits = ANSWER_LIMITS, headers: dict[str, str] | None = None) -> Fetched:
        """Return what is behind a URL.

        Raises:
            TransientToolError: it could not be fetched now.
            ToolError: it could not be fetched.
        """
        return await self.retried(lambda seconds: self._fetched(url, limits, headers, seconds), limits.seconds)

    async def get_json(
        self,
        url: str,
        shape: type[Shape],
        headers: dict[str, str] | None = None,
        fault: Callable[[Shape], str | None] = lambda answer: None,
    ) -> Shape:
        """Return the JSON behind a URL, as a model of what is used of it.

        Args:
            url: the URL.
            shape: the model.
            headers: of the request.
            fault: returns the transient fault that an answer reports, where servers report it in an answer like any
                other.

        Raises:
            TransientToolError: it could not be fetched now.
            ToolError: it could not be fetched, or is no JSON of that shape.
        """

        async def attempt(seconds: float) -> Shape:
            answer = await self._fetched(url, ANSWER_LIMITS, headers, seconds)
            found = _as(shape, answer)
            if reason := fault(found):
                raise TransientToolError(f"{answer.display_url}: {reason}", answer.retry_after)
            return found

        return await self.retried(attempt, ANSWER_LIMITS.seconds)

    async def _fetched(self, url: str, limits: Limits, headers: dict[str, str] | None, seconds: float) -> Fetched:
        """Return what is behind a URL, by one attempt."""
        try:
            return await fetch(
                url,
                allow_loopback=self.search.allow_loopback,
                limits=replace(limits, seconds=seconds),
                headers={"user-agent": USER_AGENT, **(headers or {})},
            )
        except TransientFetchError as error:
            raise TransientToolError(str(error), error.retry_after) from error
        except FetchError as error:
            raise ToolError(str(error)) from error


def _as(shape: type[Shape], answer: Fetched) -> Shape:
    try:
        return shape.model_validate_json(answer.body)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, problem["loc"])) or "the answer"
        raise ToolError(f"{answer.display_url}: not the expected answer: {place}: {problem['msg']}") from None
