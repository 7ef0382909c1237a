"""From azd's variables to the template, and from its outputs to .env: what the configuration asks for is there."""

import itertools
import json
import re
from datetime import date

import pytest
import yaml
from azd import ALL, AZD, FOLDER, REFERENCE, azd_parameters, deploy, page, resources, table
from bicep_templates import parse

from flows import all_flows
from mlops.common.errors import UserError
from mlops.common.paths import REPOSITORY
from mlops.configuration.config import Configuration, read_variables
from mlops.configuration.model_calendar import known_models
from mlops.configuration.retirement import Stage


def test_azd_has_a_variable_for_every_parameter():
    template = parse((FOLDER / "main.bicep").read_text(encoding="utf-8"))["parameters"]
    written = json.loads((FOLDER / "main.parameters.json").read_text(encoding="utf-8"))["parameters"]
    assert set(written) == set(template)
    assert set(azd_parameters()) == {name for name, about in template.items() if about["default"] is None} | {
        "principalType"
    }


def test_azd_finds_the_template_and_its_resource_group():
    project = yaml.safe_load((REPOSITORY / "azure.yaml").read_text(encoding="utf-8"))
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", project["name"])
    assert (REPOSITORY / project["infra"]["path"] / f"{project['infra']['module']}.bicep").exists()
    [group] = resources(deploy(), "Microsoft.Resources/resourceGroups").values()
    assert group["tags"] == {"azd-env-name": AZD["AZURE_ENV_NAME"]}  # by which `azd down` finds it


# --- Models ---


def test_the_models_are_those_of_the_configuration():
    said = table(page("azure.md"), "name", "default", "meaning")
    defaults = {name.strip("`"): default for name, default, _ in said if name.startswith("`AOAI_")}
    config = (REPOSITORY / "config" / "config.yaml").read_text(encoding="utf-8")
    configured = {name: default for name, default in re.findall(r"\$\{(AOAI_\w+_DEPLOYMENT):-([^}]+)\}", config)}
    outputs = deploy().outputs()
    assert configured == defaults == {name: value for name, value in outputs.items() if name.endswith("_DEPLOYMENT")}


def test_no_model_is_retired_or_of_another_family_than_the_configuration_says():
    calendar = known_models()
    for name, deployment in deploy().outputs().items():
        if name.endswith("_DEPLOYMENT"):
            [known] = [found for found in [calendar.find(deployment)] if found]
            family = "embedding" if "EMBEDDING" in name else "reasoning"
            retirement = calendar.retirement(known[1], "azure")
            assert known[1].family == family, name
            assert retirement is None or retirement.stage(date.today()) is not Stage.RETIRED, name


def test_models_that_are_the_same_are_deployed_once():
    same = deploy(AOAI_CHAT_DEPLOYMENT="gpt-5.6-terra").module("models").parameters["models"]
    assert sorted(same) == ["gpt-5.6-sol", "gpt-5.6-terra", "text-embedding-3-small"]


def test_the_commands_by_hand_make_the_same_models():
    template, by_hand = deploy(), page("azure.md").partition("## The same by hand")[2]
    [account] = resources(template, "Microsoft.CognitiveServices/accounts").values()
    assert f"--kind {account['kind']} --sku {account['sku']['name']}" in by_hand
    models = template.module("models").parameters
    assert f"--sku-name {models['sku']} --sku-capacity {models['capacity']}" in by_hand
    assert f"--model-name {models['models'][0]} " in by_hand


# --- From the outputs to .env ---


@pytest.fixture
def variables(tmp_path, monkeypatch):
    """The variables of a file .env, as `azd env get-values` prints them, without any of the process."""
    lines = [f'{name}="{value}"' for name, value in {**AZD, **deploy(**ALL).outputs()}.items()]
    (tmp_path / ".env").write_text("\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.setattr("mlops.configuration.config.ENV_FILE", tmp_path / ".env")
    monkeypatch.setattr("os.environ", {})
    return read_variables()


def test_every_output_is_a_variable_that_a_page_or_the_sample_explains():
    sample = (REPOSITORY / ".env.sample").read_text(encoding="utf-8")
    known = set(re.findall(r"^([A-Z_]+)=", sample, re.MULTILINE))
    known |= set(re.findall(r"`([A-Z_]+)`", page("pipelines.md") + page("kubernetes.md") + page("azure.md")))
    assert set(deploy().outputs()) - known == set()


@pytest.mark.parametrize("environment", ["dev", "prod"])
@pytest.mark.parametrize("flow", all_flows())
def test_the_outputs_are_all_that_batches_and_endpoints_ask_for(variables, flow, environment):
    configuration, outputs = Configuration(environment, variables=variables), deploy(**ALL).outputs()
    assert configuration.aistudio().project_name == outputs["PROJECT_NAME"]
    assert configuration.aoai().endpoint.rstrip("/") == outputs["AOAI_BASE_ENDPOINT"]
    assert configuration.search()
    assert configuration.flow(flow).cloud.scale_out.identity == outputs["SCALE_OUT_IDENTITY"]
    endpoint = configuration.deployment(flow)
    assert endpoint.endpoint_name.startswith(outputs["ENDPOINT_PREFIX"])
    assert endpoint.user_identity == outputs["ENDPOINT_IDENTITY"]
    assert endpoint.user_identity_client_id == outputs["ENDPOINT_IDENTITY_CLIENT_ID"]


def test_a_variable_that_is_not_an_output_is_missed(variables):
    del variables["PROJECT_NAME"]
    with pytest.raises(UserError, match="PROJECT_NAME is not set"):
        Configuration("dev", variables=variables).aistudio()


def test_variables_that_change_something_are_on_the_page_with_their_defaults():
    said = {}
    for names, defaults, _ in table(page("azure.md"), "name", "default", "meaning"):
        said |= itertools.zip_longest(re.findall(r"`(\w+)`", names), defaults.split(", "))
    template = parse((FOLDER / "main.bicep").read_text(encoding="utf-8"))["parameters"]
    written = json.loads((FOLDER / "main.parameters.json").read_text(encoding="utf-8"))["parameters"]
    variables = {REFERENCE.fullmatch(about["value"])[1]: template[name]["default"] for name, about in written.items()}
    assert {
        name: json.dumps(value).strip('"') or "none" for name, value in variables.items() if name not in AZD
    } == said
