"""Flows as they are deployed: complete, with their configuration in them, and open to nothing else."""

import json
import re
import shlex

import pytest
import yaml

from flows import all_flows
from mlops.common.errors import UserError
from mlops.common.paths import REPOSITORY
from mlops.configuration.config import Configuration
from mlops.configuration.deployment import AutoscaleConfig, DeploymentConfig
from mlops.deployment.deploy_online_endpoint import new_release
from mlops.deployment.deployable_flow import deployable_flow
from mlops.deployment.follow_up import autoscale_text, roles_text
from mlops.deployment.serving_image import constraints

CONFIG = DeploymentConfig(endpoint_name="an-endpoint", instance_type="t")
DAG = {
    "inputs": {"question": {"type": "string", "default": "why?"}, "limit": {"type": "int", "default": 3}},
    "outputs": {"answer": {"type": "string", "reference": "${first.output}"}},
    "nodes": [
        {
            "name": "first",
            "type": "python",
            "source": {"type": "code", "path": "first.py"},
            "inputs": {"question": "${inputs.question}", "limit": "${inputs.limit}", "connection": "a"},
        }
    ],
}
MAPPING = {"question": "${data.question}", "limit": 7}


@pytest.fixture
def dag(tmp_path):
    """Returns a function that writes a DAG's folder and returns the arguments of `pf.run` for it."""

    def write(definition=DAG, **arguments):
        folder = tmp_path / "a_flow" / "standard"
        folder.mkdir(parents=True)
        (folder / "flow.dag.yaml").write_text(yaml.safe_dump(definition, sort_keys=False))
        return {"flow": folder, "column_mapping": MAPPING, **arguments}

    return write


@pytest.fixture
def variables(monkeypatch):
    for name in ("AOAI_BASE_ENDPOINT", "SUBSCRIPTION_ID", "RESOURCE_GROUP_NAME", "PROJECT_NAME"):
        monkeypatch.setenv(name, "https://models.openai.azure.com" if "ENDPOINT" in name else name.lower())
    return monkeypatch


def test_what_callers_do_not_give_has_its_configured_value_and_is_no_input(dag):
    flow = deployable_flow("a_flow", dag(connections={"first": {"connection": "b"}}), CONFIG)

    definition = yaml.safe_load((flow.folder / "flow.dag.yaml").read_text())
    assert list(definition["inputs"]) == ["question"] and flow.sample == {"question": "why?"}
    assert definition["nodes"][0]["inputs"] == {"question": "${inputs.question}", "limit": 7, "connection": "b"}
    assert flow.folder.name == "a_flow" and flow.version in flow.folder.parent.name


def test_the_version_changes_with_the_configuration_alone(dag):
    arguments = dag()
    first = deployable_flow("a_flow", arguments, CONFIG)
    same = deployable_flow("a_flow", arguments, CONFIG)
    other = deployable_flow("a_flow", {**arguments, "column_mapping": {**MAPPING, "limit": 8}}, CONFIG)

    assert first.folder == same.folder and first.version != other.version


@pytest.mark.parametrize(
    ("arguments", "config", "says"),
    [
        ({"column_mapping": {"questoin": "${data.question}"}}, {}, "no input questoin; it has question, limit"),
        ({"connections": {"frist": {}}}, {}, "no node frist; it has first"),
        ({}, {"node_inputs": {"second": {"a": 1}}}, "no node second; it has first"),
        ({}, {"open_inputs": ["other"]}, "no input other"),
    ],
)
def test_names_that_the_dag_does_not_have_are_reported_with_those_it_has(dag, arguments, config, says):
    with pytest.raises(UserError, match=says):
        deployable_flow("a_flow", dag(**arguments), CONFIG.model_copy(update=config))


def test_an_input_that_decides_over_more_than_a_nodes_input_is_not_closed_silently(dag):
    definition = json.loads(json.dumps(DAG))
    definition["nodes"][0]["activate"] = {"when": "${inputs.limit}", "is": 3}

    with pytest.raises(UserError, match="input limit can't be fixed"):
        deployable_flow("a_flow", dag(definition), CONFIG)


def test_a_prompt_from_elsewhere_cannot_be_deployed(variables):
    variables.chdir(REPOSITORY)
    arguments = {
        "flow": REPOSITORY / "flows" / "function_basic_flow" / "standard",
        "column_mapping": {"entity_type": "${data.a}", "text": "${data.b}", "prompt": "/etc/hostname"},
    }
    with pytest.raises(UserError, match="/etc/hostname is not in the flow's folder"):
        deployable_flow("function_basic_flow", arguments, CONFIG)


@pytest.mark.parametrize("name", all_flows())
def test_every_flow_is_deployable_as_it_is_configured(variables, name):
    release = new_release(name, "dev")

    [definition] = release.flow.folder.glob("flow.*.yaml")
    assert "additional_includes" not in definition.read_text() and release.flow.sample
    assert (release.image.folder / "serve.py").is_file() and (release.flow.folder / "requirements.txt").is_file()
    assert release.version == new_release(name, "dev").version


def test_the_version_of_a_release_holds_what_is_configured_for_its_deployment(variables):
    release = new_release("class_basic_flow", "dev")
    variables.setenv("AOAI_CHAT_DEPLOYMENT", "another")
    other = new_release("class_basic_flow", "dev")

    assert release.version != other.version and release.flow.version == other.flow.version
    assert json.loads(other.variables["PF_FLOW_INIT_CONFIG"])["deployment"] == "another"


def test_an_llm_node_has_its_model_for_every_kind_of_endpoint_and_what_mends_it(variables):
    release = new_release("yaml_basic_flow", "dev")

    definition = yaml.safe_load((release.flow.folder / "flow.dag.yaml").read_text())
    inputs = definition["nodes"][0]["inputs"]
    assert inputs["deployment_name"] == inputs["model"] == "gpt-5.6-luna" and "max_tokens" not in inputs
    assert (release.flow.folder / "model_endpoint" / "llm_node.py").is_file()


def test_an_image_is_built_on_microsofts_pinned_python_or_on_what_is_configured(variables):
    release = new_release("class_basic_flow", "dev")
    variables.setenv("ENDPOINT_BASE_IMAGE", "registry.example.com/python:3.13-slim")
    other = new_release("class_basic_flow", "dev")

    [pinned], [configured] = (
        [line for line in (each.image.folder / "Dockerfile").read_text().splitlines() if line.startswith("FROM ")]
        for each in (release, other)
    )
    assert re.fullmatch(r"FROM mcr\.microsoft\.com/[\w/]+:[\w.]+@sha256:[0-9a-f]{64}", pinned)
    assert configured == "FROM registry.example.com/python:3.13-slim"
    assert release.image.version != other.image.version and release.version != other.version


def test_constraints_are_the_locks_versions_without_hashes_and_extras():
    lock = "a-b==1.0 ; python_version < '3.11' \\\n    --hash=sha256:0\nc[d]==2.0 \\\n    --hash=sha256:11\n    # via\n"
    assert constraints(lock) == "a-b==1.0 ; python_version < '3.11'\nc==2.0\n"


def test_constraints_hold_every_package_of_the_lock():
    from packaging.requirements import Requirement

    lock = (REPOSITORY / "requirements-azure.lock").read_text()
    found = [Requirement(line) for line in constraints(lock).splitlines()]
    assert len(found) == sum(line[:1].isalnum() for line in lock.splitlines()) > 100
    assert not any(requirement.extras for requirement in found)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("environment_variables", {"BING_API_KEY": "abc"}, "BING_API_KEY looks like a secret"),
        ("environment_variables", {"API_TOKEN": "${{nothing}}"}, "API_TOKEN looks like a secret"),
        ("files", ["../outside"], "not a file or folder of this repository"),
        ("files", ["data/none.pdf"], "not a file or folder of this repository"),
        ("requests", {"seconds": 181}, "less than or equal to 180"),
        ("autoscale", {"least": 3, "most": 2}, "least is more than most"),
        ("user_identity", "/subscriptions/x", "belong together"),
        ("mirror", 60, "less than or equal to 50"),
        ("trafic", 60, "unknown key trafic; did you mean traffic"),
    ],
)
def test_a_wrong_setting_of_a_deployment_is_named(tmp_path, key, value, says):
    path = tmp_path / "config.yaml"
    entry = {"endpoint_name": "an-endpoint", "instance_type": "t", key: value}
    path.write_text(yaml.safe_dump({"deployment_configs": {"f": entry}}))

    with pytest.raises(UserError, match=says) as raised:
        Configuration("dev", path, {}).deployment("f")
    assert "abc" not in str(raised.value)


def test_a_secret_may_be_a_reference_to_a_connection():
    variables = {"BING_API_KEY": "${{azureml://connections/search_connection/credentials/api_key}}"}
    assert DeploymentConfig(endpoint_name="an-endpoint", instance_type="t", environment_variables=variables)


def test_what_is_left_to_do_is_reported_as_commands_with_the_project_in_them(variables):
    release = new_release("class_basic_flow", "dev")
    scale = AutoscaleConfig(least=2, most=5, cpu_percent=60)

    commands = [shlex.split(line) for line in roles_text(release, "principal").splitlines()[2::2]]
    assert [command[:4] for command in commands] == [["az", "role", "assignment", "create"]] * 2
    assert release.session.project.resource_id in commands[0] and "principal" in commands[0]
    create, out, back = [shlex.split(line) for line in autoscale_text(release, "green", scale).splitlines()[1:]]
    assert create[create.index("--resource") + 1].endswith("/onlineEndpoints/llmops-class-basic/deployments/green")
    assert "CpuUtilizationPercentage > 60 avg 5m" in out and "CpuUtilizationPercentage < 30 avg 10m" in back
