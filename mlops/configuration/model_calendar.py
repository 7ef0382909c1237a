"""The calendar of models: what each takes, and when whoever serves it retires it (config/models.yaml)."""

from __future__ import annotations

import functools
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Union
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from mlops.common.errors import UserError
from mlops.common.paths import MODELS_FILE, display_path
from mlops.configuration.base_section import Section
from mlops.configuration.config import read_yaml
from mlops.configuration.retirement import MONTH, Day, Retirement, Stage, today_utc

AZURE, OPENAI = "azure", "openai"  # the services whose schedules the calendar has
VERSION = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{4})$")  # gpt-5.4-mini-2026-03-17, gpt-35-turbo-0125
# What endpoints answer once a model is gone. Azure: 410 (learn.microsoft.com/azure/foundry/openai/concepts/
# model-retirements) and, for a new deployment, ServiceModelDeprecated. OpenAI: "The model `x` has been deprecated".
GONE = re.compile(
    r"\bmodel\b.{0,160}?(deprecat|retired|end of life|no longer available|decommission)|ModelDeprecat|model_deprecated",
    re.IGNORECASE | re.DOTALL,
)
ABSENT = re.compile(r"DeploymentNotFound|model_not_found|OperationNotSupported|does not work with the specified model")
WORD = re.compile(r"[A-Za-z][\w./-]*\w")
TAKES = {
    "chat": ("max_tokens", "temperature"),
    "reasoning": ("max_completion_tokens",),
    "embedding": (),
}


class Schedule(Section):
    """Where the dates of a service are published, and the month in which the calendar last followed them."""

    publisher: str = Field(min_length=1)
    url: str = Field(pattern=r"^https://\S+$")
    as_of: str = Field(pattern=f"^{MONTH.pattern}$")


class KnownModel(Section):
    """A model: what it takes, and when each service retires it.

    Attributes:
        family: what it takes; see `takes`.
        structured_outputs: whether it keeps to a JSON schema.
        tools: whether it calls functions in chat completions; "without reasoning": only with reasoning_effort none.
        aliases: other names for it.
        retirement: by service; None where no date is known.
        replacement: the model of this calendar to use instead.
    """

    family: Literal["chat", "reasoning", "embedding"]
    structured_outputs: bool = False
    tools: Literal["always", "without reasoning", "never"] = "never"
    aliases: tuple[str, ...] = ()
    retirement: dict[Literal["azure", "openai"], Annotated[Union[Day, None], BeforeValidator(Day.parse)]]
    replacement: str | None = None

    @property
    def takes(self) -> tuple[str, ...]:
        """What a request may hold besides messages or input."""
        abilities = {"response_format": self.structured_outputs, "tools": self.tools != "never"}
        return TAKES[self.family] + tuple(name for name, able in abilities.items() if able)


class ModelCalendar(Section):
    """config/models.yaml as a whole."""

    schedules: dict[Literal["azure", "openai"], Schedule]
    models: dict[str, KnownModel]

    @model_validator(mode="after")
    def _consistent(self) -> ModelCalendar:
        names = [name for key, model in self.models.items() for name in (key, *model.aliases)]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"duplicate name {', '.join(twice)}")
        for name, model in self.models.items():
            if missing := set(model.retirement) - set(self.schedules):
                raise ValueError(f"{name} has a date of {', '.join(missing)}, which is not a schedule")
            if model.replacement is None:
                continue
            replacement = self.models.get(model.replacement)
            if replacement is None:
                raise ValueError(f"{name} is replaced by {model.replacement}, which is not in the calendar")
            if (replacement.family == "embedding") != (model.family == "embedding"):
                raise ValueError(f"{name} is replaced by {model.replacement}, which does something else")
        return self

    def find(self, *names: str | None) -> tuple[str, KnownModel] | None:
        """Return the first model that one of these names stands for, with its name here; None if there is none.

        Args:
            *names: what an answer calls its model, with or without its version, or the name of a deployment.
        """
        known = {alias: name for name, model in self.models.items() for alias in (name, *model.aliases)}
        for name in names:
            bare = (name or "").lower().rpartition("/")[2]  # gateways write azure/gpt-5.4
            for form in (bare, VERSION.sub("", bare)):
                if form in known:
                    return known[form], self.models[known[form]]
        return None

    def retirement(self, model: KnownModel, service: str | None) -> Retirement | None:
        """Return when a service retires a model; None where no date is known.

        Args:
            model: the model.
            service: who serves it. None stands for a gateway, which may use any: the first to retire it counts.
        """
        dates = [
            Retirement(day, self.schedules[name].publisher)
            for name, day in model.retirement.items()
            if day is not None and service in (None, name)
        ]
        return min(dates, key=lambda retirement: retirement.day.last, default=None)


def read_calendar(path: Path = MODELS_FILE) -> ModelCalendar:
    """Return the calendar.

    Raises:
        UserError: the file cannot be read, or something in it is not right.
    """
    try:
        return ModelCalendar.model_validate(read_yaml(path))
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in problem["loc"])
        raise UserError(f"{display_path(path)}: {f'key {key}: ' if key else ''}{problem['msg']}") from None


@functools.cache
def known_models() -> ModelCalendar:
    """Return the calendar of this repository, read once."""
    return read_calendar()


def service_of(kind: str, url: str) -> str | None:
    """Return whose schedule an endpoint follows; None for a gateway or a server of one's own.

    Args:
        kind: of the endpoint: azure, azure_v1 or openai.
        url: of the endpoint.
    """
    if kind in ("azure", "azure_v1"):
        return AZURE
    return OPENAI if urlsplit(url).hostname == "api.openai.com" else None


def explain_retirement(
    error: Exception | str, deployment: str, service: str | None = None, today: date | None = None
) -> str | None:
    """Explain with the calendar why an endpoint no longer has a model; None where the error is not about retirement.

    Args:
        error: what the endpoint answered: an error of the openai package, or a text.
        deployment: what was asked.
        service: whose schedule counts; see `service_of`.
        today: by default the current day in UTC.
    """
    text, status = str(error), getattr(error, "status_code", None)
    gone = status == 410 or bool(GONE.search(text))
    if not gone and status != 404 and not ABSENT.search(text):
        return None
    known = known_models()
    found = known.find(*WORD.findall(text), deployment)
    retirement = known.retirement(found[1], service) if found else None
    if found and retirement and retirement.stage(today or today_utc()) is Stage.RETIRED:
        name, model = found
        advice = known.models[model.replacement] if model.replacement else None
        such_as = f", such as {model.replacement} (family {advice.family})" if advice else ""
        return f"the model {name} was retired on {retirement}; deploy another{such_as}, in the place of {deployment}"
    if not gone:
        return None
    model_name = found[0] if found else deployment
    has = f"has {retirement} for {model_name}" if retirement else f"has no date for {model_name}"
    return f"the model behind {deployment} is retired, by what the endpoint answers; {display_path(MODELS_FILE)} {has}"


def explain_coming_retirement(retirement: Retirement | None, today: date, model: str, replacement: str | None) -> str:
    """Return what to do about a model that is retired or will be soon; nothing for another.

    Args:
        retirement: when it is retired; None where no date is known.
        today: the day that counts.
        model: its name; empty where the text has it already.
        replacement: the model of the calendar to use instead.
    """
    if retirement is None or retirement.stage(today) is Stage.AVAILABLE:
        return ""
    verb = "was" if retirement.stage(today) is Stage.RETIRED else "will be"
    family = known_models().models[replacement].family if replacement else ""
    instead = f"; deploy {replacement} (family {family}) instead" if replacement else ""
    return f"its model {model + ' ' if model else ''}{verb} retired on {retirement}{instead}"
