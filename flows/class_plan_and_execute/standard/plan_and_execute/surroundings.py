"""What tools may use: the small model, web search, Wikipedia, and the web."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from guarded_web.fetch import Fetched, FetchError, Limits, TransientFetchError, fetch
from promptflow.connections import CustomConnection
from pydantic import BaseModel, SecretStr, ValidationError

from .agents import Access
from .errors import SettingsError, ToolError, TransientToolError
from .settings import Settings

# Whoever asks a public service tells who is asking: https://foundation.wikimedia.org/wiki/Policy:User-Agent_policy
USER_AGENT = "plan-and-execute-sample/1.0 (a Prompt flow sample; see the repository it came from)"
ANSWER_LIMITS = Limits(megabytes=4, seconds=30)
Shape = TypeVar("Shape", bound=BaseModel)


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
class Surroundings:
    """What a tool is given besides its arguments.

    Attributes:
        access: the way to the models.
        settings: of the flow.
        search: how the web is searched.
    """

    access: Access
    settings: Settings
    search: SearchSettings

    async def get(self, url: str, limits: Limits = ANSWER_LIMITS, headers: dict[str, str] | None = None) -> Fetched:
        """Return what is behind a URL.

        Raises:
            TransientToolError: it can't be had now.
            ToolError: it can't be had.
        """
        try:
            return await fetch(
                url,
                allow_loopback=self.search.allow_loopback,
                limits=limits,
                headers={"user-agent": USER_AGENT, **(headers or {})},
            )
        except TransientFetchError as error:
            raise TransientToolError(str(error)) from error
        except FetchError as error:
            raise ToolError(str(error)) from error

    async def get_json(self, url: str, shape: type[Shape], headers: dict[str, str] | None = None) -> Shape:
        """Return the JSON behind a URL, as a model of what is used of it.

        Raises:
            TransientToolError: it can't be had now.
            ToolError: it can't be had, or is no JSON of that shape.
        """
        answer = await self.get(url, headers=headers)
        try:
            return shape.model_validate_json(answer.body)
        except ValidationError as error:
            problem = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, problem["loc"])) or "the answer"
            raise ToolError(f"{answer.shown_url}: not the expected answer: {place}: {problem['msg']}") from None
