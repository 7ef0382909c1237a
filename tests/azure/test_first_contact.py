"""The first contact with a subscription: what it asks, removes and reports. The loopback is held against reports."""

from __future__ import annotations

import copy
import json
import signal
from pathlib import Path

import pytest
from loopback import storage, workspace
from loopback.reports import differences, strange
from loopback.resources import MODELS
from loopback.sign_in import CLIENT, TENANT

from mlops.first_contact.scrubbing import host_of, path_of, shape_of

COMMAND = ("mlops.first_contact", "--environment_name", "dev")
RECORDED = sorted((Path(__file__).parent / "first_contact").glob("*.json"))
SOMEBODYS = (
    workspace.SUBSCRIPTION,
    workspace.GROUP,
    workspace.NAME,
    workspace.PRINCIPAL,
    storage.ACCOUNT,
    TENANT,
    CLIENT,
)


@pytest.fixture
def subscription(project, monkeypatch, tmp_path):
    """A loopback Azure to which every question can be asked."""
    monkeypatch.setitem(project.variables, "OUTPUTS_DIRECTORY", str(tmp_path))
    return project


def report_of(tmp_path):
    """Return the report that the command has written, as it is and as text."""
    [path] = tmp_path.glob("first_contact/*.json")
    return json.loads(path.read_text()), path.read_text()


def ours(azure):
    """Return the names of what the command has left in the project."""
    names = {name for _, name, _ in azure.workspace.assets}
    names |= {*azure.workspace.connections, *azure.online_endpoints.endpoints}
    return {name for name in names if name.startswith("first-contact")}


def test_all_questions_are_asked_and_everything_is_removed(subscription, tmp_path):
    ended = subscription.run(*COMMAND, "--yes", timeout=900)

    assert ended.status == 0, ended.stderr
    report, text = report_of(tmp_path)
    assert [question["outcome"] for question in report["questions"]] == ["asked"] * 11, ended.stderr
    failed = [note for question in report["questions"] for note in question["notes"] if note.endswith("status 2")]
    assert not failed, ended.stderr
    assert not ours(subscription) and not subscription.online_endpoints.deployments
    assert not [name for name in (*SOMEBODYS, subscription.proxy.port, "first-contact") if str(name) in text]
    asked = {
        (each["method"], each["path"].rpartition("workspaces/{}")[2])
        for q in report["questions"]
        for each in q["answers"]
    }
    assert {
        ("PUT", "/models/{}/versions/{}"),
        ("PUT", "/onlineEndpoints/{}"),
        ("POST", "/connections/{}/listsecrets"),
    } <= asked
    assert differences(report, report) == []


def test_an_interrupted_contact_removes_what_it_made_and_reports_what_it_learned(subscription, tmp_path):
    with subscription.start(*COMMAND, "--yes", "--only", 5, 6, 7) as command:
        command.wait_for("6. ")
        assert ours(subscription)
        command.signal(signal.SIGINT)
        ended = command.ended()
    subscription.check(ended)

    assert ended.status == 130, ended.stderr
    report, _ = report_of(tmp_path)
    assert report["questions"][0]["outcome"] == report["questions"][-1]["outcome"] == "asked"
    assert "interrupted" in {question["outcome"] for question in report["questions"]}
    assert not ours(subscription)


def test_what_cannot_be_removed_is_listed(subscription, tmp_path):
    subscription.fail("DELETE", "/connections/first-contact", 403, times=9)

    ended = subscription.run(*COMMAND, "--yes", "--only", 5)

    assert ended.status == 1, ended.stderr
    listed = ended.stderr.partition("could not be removed:")[2].split()
    assert sorted(listed) == sorted(f"connections/{name}" for name in ours(subscription)) and len(listed) == 2
    assert report_of(tmp_path)[0]["questions"][0]["outcome"] == "asked"


def test_a_refusal_is_an_answer(subscription, tmp_path):
    subscription.fail("PUT", "/data/first-contact", 403, times=9)

    ended = subscription.run(*COMMAND, "--yes", "--only", 6)

    report, _ = report_of(tmp_path)
    [refused] = [
        each for each in report["questions"][0]["answers"] if each["method"] == "PUT" and each["status"] == 403
    ]
    assert ended.status == 0 and refused["code"] == "AuthorizationFailed"
    assert refused["path"].startswith(
        "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.MachineLearningServices/"
    )
    assert refused["path"].endswith("/workspaces/{}/data/{}/versions/{}")
    assert "mlops.register_data_assets: status 2" in report["questions"][0]["notes"]


def test_a_dry_run_lists_questions_time_and_costs_and_asks_nothing(azure):
    ended = azure.run(*COMMAND, "--dry_run")

    assert ended.status == 0 and azure.requests == []
    _, *rows = ended.stdout.splitlines()
    assert len(rows) == 10 and all(" min  " in row and row.endswith("?") for row in rows)


@pytest.mark.parametrize(
    ("options", "says"),
    [(("--only", "11"), "there is no question 11"), ((), "there is nobody to ask whether to go on")],
)
def test_without_a_yes_or_with_an_unknown_question_nothing_is_made(subscription, options, says):
    ended = subscription.run(*COMMAND, *options)

    assert ended.status == 2 and says in ended.stderr
    assert {method for method, host, _ in subscription.requests if host.startswith("management")} <= {"GET"}


def test_paths_and_hosts_keep_azures_words_alone():
    base = "https://management.azure.com/subscriptions/0000/resourceGroups/models-of-acme/providers"
    account = f"{base}/Microsoft.CognitiveServices/accounts/{MODELS}/deployments/gpt?api-version=2024-10-01"
    blob = "https://acme.blob.core.windows.net/azureml/token/file.txt?sig=secret"

    assert path_of(account) == (
        "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.CognitiveServices/accounts/{}/deployments/{}"
    )
    assert (host_of(blob), path_of(blob)) == ("{}.blob.core.windows.net", "/{}")
    assert host_of("https://acme.example.com") == "{}"


def test_a_shape_has_keys_and_types_and_the_values_of_published_lists_alone():
    answer = {
        "name": "acme",
        "kind": "Project",
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {"/subscriptions/0": {"clientId": "1"}}},
        "tags": {"acme-cost-centre": "12"},
        "value": [{"limit": 3}, {"limit": None, "status": "not a word: acme@example.com"}],
        "acme-key 1": True,
    }

    assert shape_of(answer) == {
        "name": "string",
        "kind": "string: Project",
        "identity": {"type": "string: UserAssigned", "userAssignedIdentities": {"{}": {"clientId": "string"}}},
        "tags": {"{}": "string"},
        "value": [{"limit": "null | number", "status": "string"}],
        "{}": "boolean",
    }


REAL = {
    "questions": [
        {
            "number": 4,
            "answers": [
                {
                    "method": "PUT",
                    "host": "management.azure.com",
                    "path": "/models/{}/versions/{}",
                    "status": 400,
                    "code": "UserError",
                    "shape": {
                        "error": {"code": "string: UserError", "details": [{"code": "string", "target": "null"}]}
                    },
                }
            ],
        }
    ]
}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({}, None),
        ({"path": "/data/{}"}, None),  # which the subscription was not asked
        ({"shape": {"error": {"details": []}}}, None),  # less than the subscription says
        ({"status": 201, "code": ""}, "201, where the subscription says 400 UserError"),
        ({"code": "Conflict"}, "400 Conflict, where the subscription says 400 UserError"),
        ({"shape": {"error": {"codes": "string"}}}, "['.error.codes']"),
        ({"shape": {"error": {"details": [{"code": "number"}]}}}, "['.error.details[].code']"),
        ({"shape": {"error": "string"}}, "['.error']"),
    ],
)
def test_a_loopback_that_answers_otherwise_than_a_subscription_is_found_out(change, says):
    loopback = copy.deepcopy(REAL)
    loopback["questions"][0]["answers"][0] |= change

    found = differences(REAL, loopback)

    assert found == [] if says is None else len(found) == 1 and says in found[0], found


def test_a_key_that_people_choose_stands_for_all():
    assert strange({"tags": {"a": "string"}}, {"tags": {"{}": "string"}}) == []


@pytest.mark.skipif(not RECORDED, reason="no report of a real subscription is in tests/azure/first_contact yet")
def test_the_loopback_answers_as_the_subscriptions_of_the_reports_did(subscription, tmp_path):
    ended = subscription.run(*COMMAND, "--yes", timeout=900)

    assert ended.status == 0, ended.stderr
    mine, _ = report_of(tmp_path)
    found = {path.name: differences(json.loads(path.read_text()), mine) for path in RECORDED}
    assert not any(found.values()), found
