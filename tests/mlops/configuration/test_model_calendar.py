"""The calendar of models: the file of this repository, and what it says of names and errors."""

import re
from datetime import date

import httpx
import openai
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mlops.check_models import uses_of
from mlops.common.errors import UserError
from mlops.common.paths import MODELS_FILE, REPOSITORY
from mlops.configuration.config import Configuration
from mlops.configuration.model_calendar import explain_retirement, known_models, read_calendar, service_of
from mlops.configuration.retirement import Day, Stage

CALENDAR = known_models()
NAMES = sorted(CALENDAR.models)
NOVEMBER = date(2026, 11, 26)
ENTRY = {"family": "chat", "retirement": {"azure": "2027-01-01"}}
SCHEDULE = {"publisher": "Microsoft", "url": "https://example.com/schedule", "as_of": "2026-09"}


def of(name, service="azure"):
    return CALENDAR.retirement(CALENDAR.models[name], service)


def followed(service):
    """The last day of the month in which the calendar last followed a schedule."""
    return Day.parse(CALENDAR.schedules[service].as_of).last


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("gpt-5.6-sol", "2028-01-11"),
        ("gpt-5.6-terra", "2028-01-11"),
        ("gpt-5.6-luna", "2028-01-11"),
        ("gpt-5.4", "2027-09-02"),
        ("gpt-5.4-mini", "2027-09-21"),
        ("gpt-5.1", "2027-05-15"),
        ("gpt-4.1-mini", "2027-04-14"),
        ("gpt-4o-2024-05-13", "2026-12-09"),
        ("o3", "2026-10-21"),
        ("text-embedding-3-small", "2028-02-09"),
        ("gpt-35-turbo", "2025-12"),
    ],
)
def test_it_has_the_dates_of_microsofts_schedule(name, day):
    assert str(of(name)) == f"{day} (Microsoft)"


@pytest.mark.parametrize("name", NAMES)
def test_every_model_has_a_date_of_each_schedule_or_says_that_none_is_known(name):
    assert set(CALENDAR.models[name].retirement) == set(CALENDAR.schedules)


@pytest.mark.parametrize("name", NAMES)
def test_a_model_that_goes_first_is_replaced_by_one_that_stays(name):
    model = CALENDAR.models[name]
    if model.replacement is None:
        assert of(name).stage(followed("azure")) is Stage.AVAILABLE
        return
    assert of(name).day.last <= of(model.replacement).day.last
    assert CALENDAR.models[model.replacement].replacement is None


@pytest.mark.parametrize("service", CALENDAR.schedules)
def test_every_schedule_is_a_public_page(service):
    pages = "https://learn.microsoft.com/", "https://developers.openai.com/"

    assert CALENDAR.schedules[service].url.startswith(pages)


def test_what_a_model_takes_follows_from_its_family():
    assert CALENDAR.models["gpt-4.1-mini"].takes == ("max_tokens", "temperature", "response_format", "tools")
    assert CALENDAR.models["gpt-5.6-luna"].takes == ("max_completion_tokens", "response_format", "tools")
    assert CALENDAR.models["text-embedding-3-small"].takes == ()


@pytest.mark.parametrize("environment", ["local", "pr", "dev", "prod"])
def test_the_defaults_of_the_configuration_stay_for_a_while(environment):
    configuration = Configuration(environment, variables={"AOAI_BASE_ENDPOINT": "https://example.openai.azure.com"})
    uses = [use for flow in configuration.flows() for use in uses_of(configuration, flow)]
    assert {use.purpose for use in uses} == {"chat", "tools", "judge", "embedding"}
    for use in uses:
        name, model = CALENDAR.find(use.probe.deployment)
        assert model.family == use.family
        assert of(name).stage(followed("azure")) is Stage.AVAILABLE
        if use.purpose == "tools" and model.tools == "without reasoning":
            assert dict(use.probe.parameters)["reasoning_effort"] == "none"


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("gpt-5.4-mini-2026-03-17", "gpt-5.4-mini"),
        ("gpt-35-turbo-0125", "gpt-35-turbo"),
        ("gpt-3.5-turbo", "gpt-35-turbo"),
        ("gpt-5.6", "gpt-5.6-sol"),
        ("GPT-4o", "gpt-4o"),
        ("azure/gpt-5.6-luna", "gpt-5.6-luna"),
        ("gpt-4o-2024-05-13", "gpt-4o-2024-05-13"),
        ("gpt-4o-2024-11-20", "gpt-4o"),
    ],
)
def test_a_model_is_found_by_what_answers_call_it(name, model):
    assert CALENDAR.find(name)[0] == model


@pytest.mark.parametrize("name", ["llama3.2", "my-gpt-4o", "ft:gpt-4.1-mini-2025-04-14:me::1", "gpt-4o-audio", None])
def test_other_names_are_not_in_the_calendar(name):
    assert CALENDAR.find(name) is None


def test_the_first_known_name_counts():
    assert CALENDAR.find("llama3.2", "gpt-4o")[0] == "gpt-4o"
    assert CALENDAR.find("gpt-5.4-2026-03-05", "gpt-4o")[0] == "gpt-5.4"


@given(st.sampled_from(NAMES), st.dates(date(2027, 1, 1), date(2035, 1, 1)))
def test_a_new_version_of_a_model_is_that_model(name, version):
    assert CALENDAR.find(f"{name}-{version}")[0] == name or name.endswith("2024-05-13")


@given(st.sampled_from(NAMES))
def test_behind_a_gateway_the_first_to_retire_a_model_counts(name):
    model = CALENDAR.models[name]
    days = [each.day.last for service in CALENDAR.schedules if (each := CALENDAR.retirement(model, service))]

    assert CALENDAR.retirement(model, None).day.last == min(days)


@pytest.mark.parametrize(
    ("kind", "url", "service"),
    [
        ("azure", "https://example.openai.azure.com", "azure"),
        ("azure_v1", "https://example.services.ai.azure.com/openai/v1", "azure"),
        ("openai", "https://api.openai.com/v1", "openai"),
        ("openai", "http://127.0.0.1:11434/v1", None),
    ],
)
def test_an_endpoint_follows_the_schedule_of_whoever_serves_it(kind, url, service):
    assert service_of(kind, url) == service


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"famly": "chat"}, "key models.m.famly: Extra inputs are not permitted"),
        ({"family": "chatty"}, "key models.m.family"),
        ({"retirement": {"azure": "soon"}}, "soon is not a date: write 2026-10-14, 2026-10 or unknown"),
        ({"retirement": {"aws": "2027-01-01"}}, "key models.m.retirement.aws"),
        ({"retirement": {"openai": "2027-01-01"}}, "m has a date of openai, which is not a schedule"),
        ({"replacement": "n"}, "m is replaced by n, which is not in the calendar"),
        ({"replacement": "e"}, "m is replaced by e, which does something else"),
        ({"aliases": ["e"]}, "duplicate name e"),
    ],
)
def test_a_mistake_in_the_file_is_reported_with_its_place(tmp_path, change, reason):
    path = tmp_path / "models.yaml"
    models = {"m": {**ENTRY, **change}, "e": {**ENTRY, "family": "embedding"}}
    path.write_text(yaml.safe_dump({"schedules": {"azure": SCHEDULE}, "models": models}))

    with pytest.raises(UserError, match=re.escape(reason)) as error:
        read_calendar(path)
    assert str(error.value).startswith(str(path))


def refused(status, message, code="error"):
    """An error of the openai package, as an endpoint's answer makes it."""
    request = httpx.Request("POST", "https://example.openai.azure.com/chat/completions")
    body = {"code": code, "message": message}
    response = httpx.Response(status, json={"error": body}, request=request)
    kind = openai.NotFoundError if status == 404 else openai.BadRequestError if status == 400 else openai.APIStatusError
    return kind(f"Error code: {status} - {{'error': {body}}}", response=response, body=body)


@pytest.mark.parametrize(
    "error",
    [
        refused(410, "Gone"),
        refused(404, "Resource not found", "404"),
        refused(404, "The API deployment for this resource does not exist.", "DeploymentNotFound"),
        refused(
            404, "The model `o3` has been deprecated, learn more here: https://platform.openai.com/docs/deprecations"
        ),
        refused(
            400, "The chatCompletion operation does not work with the specified model, o3.", "OperationNotSupported"
        ),
        "ServiceModelDeprecated: The model 'Format:OpenAI,Name:o3,Version:2025-04-16' "
        "has been deprecated since 10/21/2026",
    ],
)
def test_a_retired_model_explains_the_error(error):
    assert explain_retirement(error, "o3", "azure", NOVEMBER) == (
        "the model o3 was retired on 2026-10-21 (Microsoft); deploy another, such as gpt-5.6-sol (family reasoning), "
        "in the place of o3"
    )


def test_the_model_that_the_error_names_counts_before_the_deployments_name():
    said = explain_retirement("The model `o3-mini` has been deprecated", "gpt-5.4", "azure", NOVEMBER)

    assert said.startswith("the model o3-mini was retired on 2026-10-01 (Microsoft)")
    assert said.endswith("in the place of gpt-5.4")


def test_an_endpoint_that_knows_better_than_the_calendar_is_believed():
    said = explain_retirement(refused(410, "Gone"), "gpt-5.4", "azure", NOVEMBER)

    assert said == (
        "the model behind gpt-5.4 is retired, by what the endpoint answers; config/models.yaml has "
        "2027-09-02 (Microsoft) for gpt-5.4"
    )


def test_a_model_that_the_calendar_does_not_know_may_be_gone_too():
    text = "The model 'deepseek-v4-flash' has reached its end of life on 2026-08-07 and is no longer available."

    assert "config/models.yaml has no date for deepseek-v4-flash" in explain_retirement(text, "deepseek-v4-flash")


@pytest.mark.parametrize(
    "error",
    [
        refused(404, "The API deployment for this resource does not exist.", "DeploymentNotFound"),
        refused(400, "Unsupported parameter: 'max_tokens' is not supported with this model."),
        refused(429, "Too many requests"),
        "Connection error.",
    ],
)
def test_other_errors_are_left_to_others(error):
    assert explain_retirement(error, "gpt-5.4", "azure", NOVEMBER) is None


def test_readme_follows_the_calendar():
    section = (REPOSITORY / "README.md").read_text(encoding="utf-8").split("### Models")[1]
    lines = re.findall(r"^\|(.*)\|$", section, re.M)
    rows = [tuple(cell.strip() for cell in line.split("|")) for line in lines]
    replaced: dict[str, list[str]] = {}
    for name, model in CALENDAR.models.items():
        if model.replacement and "-2024-" not in name:
            replaced.setdefault(model.replacement, []).append(name)

    assert rows[2:] == [
        (name, CALENDAR.models[name].family, str(of(name).day), ", ".join(sorted(instead_of)))
        for name, instead_of in sorted(replaced.items())
    ]


def test_no_model_has_two_entries():
    names = re.findall(r"^  ([\w.-]+):", MODELS_FILE.read_text(encoding="utf-8").split("\nmodels:")[1], re.M)

    assert len(names) == len(set(names)) == len(CALENDAR.models)
