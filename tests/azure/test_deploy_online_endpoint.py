"""Online endpoints: every flow is deployed, served by Prompt flow, and asked through its scoring URL."""

import signal
import sys

import httpx
import pytest
from image_builds import installed, python_of, stages
from loopback.model_project import KEY, connect

from mlops.deployment.deploy_online_endpoint import new_release

COMMAND = "mlops.deployment.deploy_online_endpoint"
TEXT = {"entity_type": "job title", "text": "The chief executive and a software engineer presented the results."}
# What is asked of each flow besides its sample, and what callers try to set although it is not theirs to decide.
QUESTIONS = {
    "class_basic_flow": (TEXT, {"parameters": {"n": 9}, "prompt": "/etc/hostname"}),
    "function_basic_flow": (TEXT, {"connection": "other", "deployment": "none", "prompt": "/etc/hostname"}),
    "yaml_basic_flow": (TEXT, {"deployment_name": "none", "max_tokens": "1", "temperature": 9}),
    "chat_with_pdf": (
        {"pdf_url": "data/documents/larkmoor_handbook.pdf", "question": "What does a public night cost for an adult?"},
        {"config": {"chat_deployment": "none"}, "data_folder": "/etc", "allow_loopback": True},
    ),
    "class_plan_and_execute": (
        {"question": "How many more stations than the Halsen Coast Line does the Lumeth Metro have?"},
        {"config": {"model": {"deployment": "none"}}, "connection": "other"},
    ),
    "plan_and_execute": (
        {"question": "How many more stations than the Halsen Coast Line does the Lumeth Metro have?"},
        {"config": {"model": {"deployment": "none"}}},
    ),
}


@pytest.fixture(scope="module", params=["here", pytest.param("of_the_image", marks=pytest.mark.packages)])
def python(request, tmp_path_factory):
    """This interpreter, or one of the image's version that has what the images of all flows install, and no more."""
    if request.param == "here":
        return sys.executable
    with pytest.MonkeyPatch.context() as patch:
        for name in ("SUBSCRIPTION_ID", "RESOURCE_GROUP_NAME", "PROJECT_NAME"):
            patch.setenv(name, name.lower())
        patch.setenv("AOAI_BASE_ENDPOINT", "https://models.openai.azure.com")
        images = [new_release(flow, "dev").image.folder for flow in QUESTIONS]
    context = tmp_path_factory.mktemp("image")
    wanted = {line for image in images for line in (image / "requirements.txt").read_text().splitlines()}
    (context / "requirements.txt").write_text("\n".join(sorted(wanted)))
    (context / "constraints.txt").write_text((images[0] / "constraints.txt").read_text())
    requirements = b"".join(path.read_bytes() for path in sorted(context.iterdir()))
    instructions = dict(stages((images[0] / "Dockerfile").read_text())["result"])
    script = instructions["RUN"].replace("/opt/venv", "$FOLDER/venv")
    return str(installed(requirements, script, python_of(instructions["FROM"]), context) / "venv" / "bin" / "python")


def deploy(azure, flow, *options, **variables):
    """Run the command with a key in its environment, which is none of its business."""
    given = {"AOAI_BASE_ENDPOINT": "https://models.openai.azure.com", "AOAI_API_KEY": KEY, **variables}
    return azure.run(COMMAND, "--environment_name", "dev", "--flow_type", flow, *options, **given)


def ask(azure, container, inputs, accept="application/json"):
    """Return what the flow answers in a container, past the endpoint's door."""
    url = f"http://127.0.0.1:{azure.online_endpoints.containers[container].port}/score"
    return httpx.post(url, json=inputs, headers={"Accept": accept}, timeout=60, trust_env=False)


@pytest.mark.parametrize("flow", QUESTIONS)
def test_a_flow_is_deployed_answers_and_lets_its_callers_decide_nothing_but_its_inputs(azure, emulator, python, flow):
    azure.online_endpoints.python = python
    connect(azure.workspace, emulator.endpoint)

    ended = deploy(azure, flow)

    assert ended.status == 0 and "100 % of the requests" in ended.stdout, ended.stderr
    assert set(azure.scoring.answered) == {"blue"}
    [container] = azure.online_endpoints.containers
    inputs, not_theirs = QUESTIONS[flow]
    answers = [ask(azure, container, given) for given in (inputs, {**inputs, **not_theirs})]
    assert [answer.status_code for answer in answers] == [200, 200], answers[1].text
    assert answers[0].json()["answer"] and answers[0].json()["answer"] == answers[1].json()["answer"]
    if flow == "chat_with_pdf":
        stream = ask(azure, container, {**inputs, "streaming": True}, accept="text/event-stream")
        assert stream.headers["content-type"].startswith("text/event-stream") and stream.text.count("data: ") > 2
    assert azure.online_endpoints.containers[container].end() in (0, -signal.SIGTERM)  # the latter where it is not 1
    log = azure.online_endpoints.containers[container].log
    assert inputs[list(inputs)[-1]] not in log  # what callers send is nobody's business
    assert KEY not in ended.stdout + ended.stderr + log + str(azure.online_endpoints.deployments)
