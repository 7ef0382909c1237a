"""Blue and green: versions that come beside each other, take their share, and give it back."""

import io
import signal
import ssl
import time

import httpx
import pytest
from loopback.model_project import KEY, connect
from loopback.online_endpoints import ROLE
from loopback.standing_endpoint import COMMAND, ENDPOINT, FLOW, VARIABLES, change, stand, traffic
from loopback.workspace import resource

ANOTHER_MODEL = {"AOAI_CHAT_DEPLOYMENT": "gpt-4.1-mini", "AOAI_CHAT_FAMILY": "chat"}
A_THIRD_MODEL = {"AOAI_CHAT_DEPLOYMENT": "gpt-5.4"}


@pytest.fixture
def project(azure, emulator):
    """A loopback Azure whose project has connections to the emulator."""
    connect(azure.workspace, emulator.endpoint)
    return azure


def ask(azure, times):
    """Ask the scoring URL as a caller with a key does, and return the deployments that have answered."""
    found = azure.environment()
    headers = {"Authorization": f"Bearer {azure.online_endpoints.keys[ENDPOINT]}"}
    trusted = ssl.create_default_context(cafile=found["SSL_CERT_FILE"])
    with httpx.Client(proxy=found["HTTPS_PROXY"], verify=trusted, headers=headers, timeout=60) as client:
        url = azure.online_endpoints.scoring_url(ENDPOINT)
        answers = [client.post(url, json={"entity_type": "city", "text": "Lyon"}) for _ in range(times)]
    assert {answer.status_code for answer in answers} == {200}, answers[-1].text
    return {answer.headers["azureml-model-deployment"] for answer in answers}


def test_a_second_version_goes_up_beside_the_first_takes_a_share_is_promoted_and_rolled_back(project):
    project.online_endpoints.refusals = 0  # so that each smoke test is one request
    first = change(project, ENDPOINT_AUTH_MODE="key")
    again = change(project, ENDPOINT_AUTH_MODE="key")
    assert (first.status, again.status) == (0, 0), first.stderr + again.stderr
    assert "unchanged: blue has this version already" in again.stderr and traffic(project) == {"blue": 100}
    assert project.scoring.answered == ["blue"]

    second = change(project, **ANOTHER_MODEL, ENDPOINT_AUTH_MODE="key")
    assert second.status == 0 and traffic(project) == {"blue": 90, "green": 10}, second.stderr
    assert project.scoring.answered == ["blue", "green"]
    third = change(project, **A_THIRD_MODEL, ENDPOINT_AUTH_MODE="key")
    assert third.status == 2 and "--promote or --rollback" in third.stderr
    assert traffic(project) == {"blue": 90, "green": 10}

    more = change(project, "--traffic", 40, **ANOTHER_MODEL, ENDPOINT_AUTH_MODE="key")
    assert more.status == 0 and traffic(project) == {"blue": 60, "green": 40}, more.stderr
    assert ask(project, 40) >= {"blue", "green"}
    promoted = change(project, "--promote", **ANOTHER_MODEL, ENDPOINT_AUTH_MODE="key")
    assert promoted.status == 0 and traffic(project) == {"green": 100}, promoted.stderr
    back = change(project, "--rollback")
    assert back.status == 0 and traffic(project) == {"blue": 100}, back.stderr

    # The version that was rolled back is still there: deployed again, it is but tested, and mirrored this time.
    mirrored = change(project, "--mirror", 20, **ANOTHER_MODEL, ENDPOINT_AUTH_MODE="key")
    assert mirrored.status == 0 and "nothing new is deployed" in mirrored.stderr, mirrored.stderr
    assert traffic(project) == {"blue": 100} and traffic(project, "mirrorTraffic") == {"green": 20}
    assert len([key for key in project.workspace.assets if key[0] == "models"]) == 2
    assert ask(project, 40) == {"blue"} and set(project.scoring.mirrored) == {"green"}
    outputs = "".join(ended.stdout + ended.stderr for ended in (first, second, more, promoted, back, mirrored))
    assert KEY not in outputs and project.online_endpoints.keys[ENDPOINT] not in outputs


def models(azure):
    """The content of each version of the flow's model, by its number."""
    found = {version: about for (kind, name, version), about in azure.workspace.assets.items() if kind == "models"}
    return {version: about["properties"]["tags"]["content"] for version, about in found.items()}


def test_a_model_has_the_number_that_azure_gives_it_and_is_found_again_by_its_content(project):
    project.online_endpoints.provisioning_fails = "the test needs no container"
    for model in (ANOTHER_MODEL, A_THIRD_MODEL, {}):
        change(project, **model)
    again = change(project, **ANOTHER_MODEL)  # which is on the second page of the versions

    assert list(models(project)) == ["1", "2", "3"] and len(set(models(project).values())) == 3
    assert f"unchanged: the flow, {FLOW}:1" in again.stderr, again.stderr
    project.workspace.assets["models", FLOW, "1"]["properties"]["isArchived"] = True
    ended = change(project, **ANOTHER_MODEL)
    assert f"uploaded the flow, {FLOW}:4" in ended.stderr, ended.stderr
    assert models(project)["4"] == models(project)["1"]


@pytest.mark.parametrize("says", ["409", "the path"])
def test_a_model_whose_number_somebody_else_takes_first_gets_the_next_one(project, monkeypatch, says):
    project.online_endpoints.provisioning_fails = "the test needs no container"
    theirs = {"modelUri": "azureml://theirs", "tags": {"content": "theirs"}, "modelType": "custom_model", "flavors": {}}

    class Raced(dict):
        def get(self, key, default=None):  # which the service does when it is sent a version
            if key == ("models", FLOW, "1") and key not in self:
                self[key] = resource(f"/models/{FLOW}/versions/1", "1", theirs)
            return super().get(key, default)

    if says == "409":
        project.fail("PUT", f"/models/{FLOW}/versions/1$", 409)
    else:
        monkeypatch.setattr(project.workspace, "assets", Raced())

    ended = change(project)

    assert "trying the one after it" in ended.stderr and "green" not in ended.stderr, ended.stderr
    assert f"uploaded the flow, {FLOW}:{1 if says == '409' else 2}" in ended.stderr


def test_a_flow_that_fails_its_smoke_test_gets_no_requests_and_its_log_is_printed(project):
    stand(project, blue=100)

    ended = change(project, AOAI_CHAT_DEPLOYMENT="no-such-model")

    assert ended.status == 1 and "the smoke test of green failed: " in ended.stderr, ended.stderr
    assert "404" in ended.stderr.splitlines()[-1] and "The log of green, inference-server:" in ended.stderr
    assert ended.stderr.strip().endswith("green was removed, and traffic is as it was")
    assert traffic(project) == {"blue": 100} and list(project.online_endpoints.deployments) == [(ENDPOINT, "blue")]
    assert "Traceback" not in ended.stderr.splitlines()[-1] and KEY not in ended.stderr


@pytest.mark.parametrize(
    ("option", "live", "mirror", "after"),
    [
        ("--rollback", {"blue": 90, "green": 10}, {}, {"blue": 100}),
        ("--rollback", {"blue": 0, "green": 100}, {}, {"blue": 100}),
        ("--rollback", {"blue": 100, "green": 0}, {"green": 30}, {"blue": 100}),
        ("--rollback", {"blue": 100, "green": 0}, {}, None),
        ("--remove_idle", {"blue": 100, "green": 0}, {}, None),
    ],
)
def test_rolling_back_and_removing_need_no_more_than_the_endpoint(azure, option, live, mirror, after):
    stand(azure, mirror=mirror, **live)

    ended = azure.run(COMMAND, "--environment_name", "dev", "--flow_type", FLOW, option)

    assert ended.status == 0, ended.stderr
    assert traffic(azure) == (after or {"blue": 100}) and traffic(azure, "mirrorTraffic") == {}
    assert (after is None) == (not any(m == "PUT" for m, _, _ in azure.requests))
    assert len(azure.online_endpoints.deployments) == (1 if option == "--remove_idle" else 2)


@pytest.mark.parametrize(
    ("option", "live", "state", "says"),
    [
        ("--rollback", {"blue": 100}, "Succeeded", "no deployment but blue to go back to"),
        ("--rollback", {}, "Succeeded", "has no deployment yet"),
        ("--rollback", {"blue": 0, "green": 100}, "Failed", "blue, the previous deployment, is Failed"),
        ("--rollback", {"blue": 100, "green": 0}, "Creating", "(Creating) is being changed"),
        ("--promote", {"blue": 100, "green": 0}, "Failed", "green, the newest deployment, is Failed"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(project, option, live, state, says):
    stand(project, state, **live)
    before = dict(traffic(project))

    ended = change(project, option)

    assert ended.status == 2 and says in ended.stderr and "Traceback" not in ended.stderr, ended.stderr
    assert traffic(project) == before and not any(method == "PUT" for method, _, _ in project.requests)


def test_an_interrupted_deployment_leaves_traffic_as_it_was(project):
    stand(project, blue=100)
    project.online_endpoints.gate.clear()
    options = ("--environment_name", "dev", "--flow_type", FLOW)
    with project.start(COMMAND, *options, **VARIABLES) as command:
        command.wait_until(lambda: (ENDPOINT, "green") in project.online_endpoints.deployments)
        time.sleep(0.5)  # until it waits
        command.signal(signal.SIGINT)
        ended = command.ended()
    project.online_endpoints.provisioning_fails = "the test is over"
    project.online_endpoints.gate.set()

    assert ended.status == 130 and "green gets no requests" in ended.stderr, ended.stderr
    assert "Traceback" not in ended.stderr and traffic(project) == {"blue": 100}


def test_a_dry_run_prints_what_az_ml_takes_and_sends_nothing(azure):
    from azure.ai.ml import load_environment, load_model, load_online_deployment, load_online_endpoint

    options = ("--environment_name", "dev", "--flow_type", "class_basic_flow", "--dry_run")
    ended = azure.run(COMMAND, *options, **VARIABLES)

    assert ended.status == 0 and azure.requests == [] and azure.proxy.connected == set(), ended.stderr
    model, image, endpoint, deployment = (
        load(source=io.StringIO(text))
        for load, text in zip(
            (load_model, load_environment, load_online_endpoint, load_online_deployment), ended.stdout.split("---\n")
        )
    )
    assert model.name == "class_basic_flow" and image.build.dockerfile_path == "Dockerfile"
    assert endpoint.identity.type == "system_assigned" and endpoint.properties == {ROLE: "enabled"}
    assert (
        model.version is None
        and deployment.model == f"{model.name}@latest"
        and deployment.endpoint_name == endpoint.name
    )
    assert deployment.environment == f"{image.name}:{image.version}" and KEY not in ended.stdout


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--traffic", "101"], "101 is not a whole number from 0 to 100"),
        (["--mirror", "51"], "51 is not a whole number from 0 to 50"),
        (["--promote", "--rollback"], "not allowed with"),
        (["--flow_type", "none"], "invalid choice: 'none'"),
        (["--environment_name", "local"], "runs on this machine alone"),
        (["--environment_name", "qa"], "no section function_basic_flow_qa"),
    ],
)
def test_a_wrong_command_line_is_told_before_anything_is_sent(azure, options, says):
    ended = change(azure, *options)

    assert ended.status == 2 and says in ended.stderr and "Traceback" not in ended.stderr, ended.stderr
    assert azure.requests == []
