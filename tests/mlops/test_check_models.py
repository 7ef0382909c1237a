"""The check of an environment's models, against a real HTTP server that plays an endpoint with deployments."""

import json
from datetime import date, datetime, timezone

import pytest
from model_server import KEY, Answer, ModelServer, completion, failure

from mlops.configuration.config import Configuration

DEPLOYMENTS = {
    "small": "gpt-5.6-luna-2026-07-09",
    "large": "gpt-5.6-sol",
    "judge": "gpt-5.6-terra",
    "vectors": "my-bert",
}
NOVEMBER = ("--date", "2026-11-26")


class Endpoint(ModelServer):
    """Answers with the model of each deployment, or with an error that a test gives it in its place."""

    def __init__(self, answers):
        super().__init__()
        self.answers = answers
        self.asked = []

    def reply(self, path, body):
        if not path.partition("?")[0].endswith(("/chat/completions", "/embeddings")):
            return self.models
        request = json.loads(body)
        self.asked.append((request["model"], "tools" in request))
        answer = self.answers.get(request["model"], failure(404, "no such deployment", "DeploymentNotFound"))
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, Answer):
            return answer
        if "messages" in request:
            return Answer({**completion("OK"), "model": answer})
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        vector = {"object": "embedding", "index": 0, "embedding": [1.0]}
        return Answer({"object": "list", "data": [vector], "model": answer, "usage": usage})


@pytest.fixture
def endpoint(monkeypatch):
    with Endpoint(dict(DEPLOYMENTS)) as endpoint:
        monkeypatch.setenv("AOAI_BASE_ENDPOINT", endpoint.endpoint)
        monkeypatch.setenv("AOAI_API_KEY", KEY)
        monkeypatch.setenv("AOAI_CHAT_DEPLOYMENT", "small")
        monkeypatch.setenv("AOAI_LARGE_CHAT_DEPLOYMENT", "large")
        monkeypatch.setenv("AOAI_JUDGE_DEPLOYMENT", "judge")
        monkeypatch.setenv("AOAI_EMBEDDING_DEPLOYMENT", "vectors")
        yield endpoint


@pytest.fixture
def check(status_of, capsys):
    """Run the command and return its status, the rows of its table without the header, and what it says besides."""

    def run(*arguments, environment="dev"):
        status = status_of("mlops.check_models", "--environment_name", environment, *arguments)
        printed, told = capsys.readouterr()
        rows = [line.split(maxsplit=7) for line in printed.splitlines()]
        assert not rows or rows[0][:3] == ["flow", "for", "deployment"]
        return status, rows[1:], told

    return run


def states(rows, deployment):
    return {(answers, state) for _, _, name, _, _, answers, _, state in rows if name == deployment}


@pytest.mark.parametrize("path", ["", "/openai/v1", "/v1"], ids=["azure", "azure_v1", "openai"])
def test_all_is_well_on_every_kind_of_endpoint(endpoint, check, monkeypatch, path):
    monkeypatch.setenv("AOAI_BASE_ENDPOINT", endpoint.endpoint + path)

    status, rows, told = check(*NOVEMBER)

    assert (status, told) == (0, "")
    assert [
        "class_basic_flow",
        "chat",
        "small",
        "reasoning",
        DEPLOYMENTS["small"],
        "yes",
        "2028-01-11",
        "available",
    ] in rows
    assert ["chat_with_pdf", "embedding", "vectors", "embedding", "my-bert", "yes", "-", "not in the calendar"] in rows
    assert {row[0] for row in rows} == set(Configuration("dev").flows())


def test_each_deployment_is_asked_once_for_each_way_in_which_flows_ask_it(endpoint, check):
    check(*NOVEMBER)

    assert sorted(endpoint.asked) == [
        ("judge", False),
        ("large", False),
        ("small", False),
        ("small", True),
        ("vectors", False),
    ]


def test_a_retired_model_behind_a_deployment_of_any_name_fails(endpoint, check):
    endpoint.answers["small"] = "o3-2025-04-16"

    status, rows, told = check(*NOVEMBER)

    assert status == 1
    assert states(rows, "small") == {("yes", "retired")}
    assert told == (
        "small: its model o3 was retired on 2026-10-21 (Microsoft); deploy gpt-5.6-sol (family reasoning) instead\n"
    )


@pytest.mark.parametrize(
    ("day", "status", "state"),
    [
        ("2027-09-12", 0, "available"),
        ("2027-09-13", 1, "120 days left"),
        ("2028-01-10", 1, "1 day left"),
        ("2028-01-11", 1, "retired"),
        ("2030-01-01", 1, "retired"),
    ],
)
def test_120_days_before_its_retirement_a_model_fails(endpoint, check, day, status, state):
    found, rows, told = check("--date", day)

    assert (found, states(rows, "large")) == (status, {("yes", state)})
    assert ("large: its model gpt-5.6-sol w" in told) == bool(status)


def test_the_deployments_name_counts_where_the_answer_names_no_model(endpoint, check, monkeypatch):
    monkeypatch.setenv("AOAI_LARGE_CHAT_DEPLOYMENT", "gpt-4")
    endpoint.answers["gpt-4"] = "m"

    status, rows, told = check(*NOVEMBER)

    assert status == 1
    assert states(rows, "gpt-4") == {("yes", "retired")}
    assert told.startswith("gpt-4: its model was retired on 2025-06-06 (Microsoft)")


def test_a_deployment_that_is_not_there_fails_and_hides_no_other(endpoint, check):
    del endpoint.answers["vectors"]
    endpoint.answers["judge"] = "gpt-4"

    status, rows, told = check(*NOVEMBER)

    assert status == 1
    assert states(rows, "vectors") == {("no", "unreachable")}
    assert states(rows, "judge") == {("yes", "retired")}
    assert [line.partition(":")[0] for line in told.splitlines()] == ["judge", "vectors"]


def test_an_endpoint_that_says_410_is_explained_from_the_calendar(endpoint, check, monkeypatch):
    monkeypatch.setenv("AOAI_CHAT_DEPLOYMENT", "o3")
    endpoint.answers["o3"] = failure(410, "Gone", "ModelDeprecated")

    status, rows, told = check(*NOVEMBER)

    assert status == 1
    assert states(rows, "o3") == {("no", "retired")}
    assert told == (
        "o3: the model o3 was retired on 2026-10-21 (Microsoft); deploy another, such as gpt-5.6-sol "
        "(family reasoning), in the place of o3\n"
    )


@pytest.mark.parametrize(
    "answer",
    [
        failure(429, "Too many requests", "429", retry_after="0"),
        failure(400, "Could not finish the message because max_tokens or model output limit was reached."),
    ],
    ids=["busy", "still thinking"],
)
def test_a_deployment_that_is_busy_or_still_thinking_is_there(endpoint, check, answer):
    endpoint.answers["small"] = answer

    status, rows, told = check(*NOVEMBER)

    assert (status, told) == (0, "")
    assert states(rows, "small") == {("yes", "not in the calendar")}


def test_a_model_that_refuses_tools_fails_for_the_flows_that_use_them(endpoint, check):
    refusal = failure(400, "Function tools with reasoning_effort are not supported for gpt-5.6-luna.")
    endpoint.answers["small"] = lambda request: refusal if "tools" in request else DEPLOYMENTS["small"]

    status, rows, told = check(*NOVEMBER)

    assert status == 1
    assert {row[1] for row in rows if row[7] == "unreachable"} == {"tools"}
    assert "Function tools with reasoning_effort are not supported" in told


def seconds(day):
    return int(datetime.fromisoformat(day).replace(tzinfo=timezone.utc).timestamp())


@pytest.mark.parametrize(
    "dates",
    [
        {"shutdown_date": "2026-12-24"},
        {"deprecation": {"inference": seconds("2026-12-24")}},
    ],
    ids=["v1", "dated"],
)
@pytest.mark.parametrize("model", ["gpt-5.6-luna-2026-07-09", "somebody-elses-model"])
def test_what_the_endpoint_says_of_its_models_counts_before_the_calendar(endpoint, check, dates, model):
    endpoint.answers["small"] = model
    endpoint.models = Answer({"object": "list", "data": [{"id": model, "object": "model", **dates}]})

    status, rows, told = check(*NOVEMBER)

    assert status == 1
    assert states(rows, "small") == {("yes", "28 days left")}
    assert "2026-12-24 (the endpoint's list of models)" in told


@pytest.mark.parametrize(
    "models",
    [
        failure(404, "no such page"),
        Answer({"object": "list", "data": []}),
        Answer({"object": "list", "data": [{"id": DEPLOYMENTS["small"], "shutdown_date": "soon"}]}),
        Answer({"object": "list", "data": [{"id": DEPLOYMENTS["small"], "deprecation": {"inference": 10**30}}]}),
        Answer({"object": "list", "data": [{"id": DEPLOYMENTS["small"], "deprecation": "none"}]}),
        Answer(
            {
                "object": "list",
                "data": [{"id": DEPLOYMENTS["small"], "shutdown_date": day} for day in ("2026-12-24", "2027-12-24")],
            }
        ),
        Answer({"object": "list", "data": None}),
    ],
    ids=["none", "empty", "no date", "no seconds", "no mapping", "two dates", "null"],
)
def test_a_list_of_models_that_says_nothing_of_use_is_left_alone(endpoint, check, models):
    endpoint.models = models

    status, rows, _ = check(*NOVEMBER)

    assert status == 0
    assert states(rows, "small") == {("yes", "available")}


def test_an_endpoint_that_is_down_is_reported_in_one_line(endpoint, check, monkeypatch):
    monkeypatch.setenv("AOAI_BASE_ENDPOINT", "http://127.0.0.1:9")

    status, rows, told = check(*NOVEMBER)

    assert status == 1
    assert {row[7] for row in rows} == {"unreachable"}
    assert told.startswith("small, judge, vectors, large: the model endpoint http://127.0.0.1:9 ")
    assert told.count("\n") == 1


def test_the_key_is_in_no_message(endpoint, check):
    endpoint.answers["small"] = failure(400, f"what is {KEY}?")

    status, _, told = check(*NOVEMBER)

    assert status == 1
    assert KEY not in told
    assert "what is ***?" in told


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"environment": "nowhere"}, "no section of a flow for the environment nowhere"),
        ({}, "AOAI_BASE_ENDPOINT is not set"),
    ],
)
def test_a_configuration_that_is_not_right_is_another_status(check, monkeypatch, arguments, reason):
    monkeypatch.delenv("AOAI_BASE_ENDPOINT", raising=False)

    status, rows, told = check(**arguments)

    assert (status, rows) == (2, [])
    assert reason in told


@pytest.mark.parametrize("day", ["tomorrow", "2027-02-30"])
def test_a_date_that_is_none_is_reported_with_the_usage(check, day):
    status, _, said = check("--date", day)

    assert status == 2 and f"{day} is not a date" in said


@pytest.fixture
def local(monkeypatch, tmp_path):
    """The environment local, with recordings of the test's own: none."""
    monkeypatch.setattr("mlops.endpoint.emulator.RECORDINGS", tmp_path)


def test_on_local_recordings_answer_for_chat_models_and_embeddings_are_asked(local, check):
    status, rows, told = check(*NOVEMBER, environment="local")

    assert (status, told) == (0, "Recordings answer for chat models; embeddings alone are asked.\n")
    assert {row[5] for row in rows if row[1] != "embedding"} == {"recordings"}
    assert {row[5] for row in rows if row[1] == "embedding"} == {"yes"}
    assert {row[7] for row in rows} == {"available"}


def test_without_a_date_it_is_today(local, check, monkeypatch):
    monkeypatch.setattr("mlops.check_models.today_utc", lambda: date(2040, 1, 1))

    status, rows, _ = check(environment="local")

    assert status == 1
    assert {row[7] for row in rows} == {"retired"}


def test_models_of_ones_own_are_on_the_laptop_and_in_no_calendar(endpoint, check, monkeypatch):
    monkeypatch.setenv("LAPTOP_BASE_URL", f"{endpoint.endpoint}/v1")
    monkeypatch.setenv("LAPTOP_CHAT_MODEL", "llama3.2")
    monkeypatch.setenv("LAPTOP_EMBEDDING_MODEL", "nomic-embed-text")
    endpoint.answers |= {"llama3.2": "llama3.2", "nomic-embed-text": "nomic-embed-text"}

    status, rows, told = check(*NOVEMBER, environment="laptop")

    assert (status, told) == (0, "")
    assert {row[2] for row in rows} == {"llama3.2", "nomic-embed-text"}
    assert {row[7] for row in rows} == {"not in the calendar"}


def test_one_flow_can_be_checked_alone(endpoint, check, monkeypatch):
    monkeypatch.setenv("LAPTOP_BASE_URL", f"{endpoint.endpoint}/v1")
    monkeypatch.setenv("LAPTOP_CHAT_MODEL", "llama3.2")
    monkeypatch.delenv("LAPTOP_EMBEDDING_MODEL", raising=False)
    endpoint.answers["llama3.2"] = "llama3.2"

    status, rows, _ = check("--flow", "class_basic_flow", environment="laptop")
    assert (status, [row[:3] for row in rows]) == (0, [["class_basic_flow", "chat", "llama3.2"]])

    status, rows, told = check("--flow", "no_flow", environment="laptop")
    assert (status, rows) == (2, [])
    assert "laptop has no flow no_flow; it has class_basic_flow, function_basic_flow," in told


def test_without_a_key_and_an_identity_one_sentence_tells_both_remedies(endpoint, check, monkeypatch):
    for name in ("AOAI_API_KEY", "AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")

    status, rows, told = check(*NOVEMBER)

    assert (status, rows) == (2, [])
    assert told.startswith("error: AOAI_API_KEY is empty and Microsoft Entra ID knows no identity here")
    assert told.count("\n") == 1
