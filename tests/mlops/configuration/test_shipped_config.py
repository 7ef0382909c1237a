"""The configuration that this repository ships: every section is valid, and leads to files."""

import pytest

from mlops.common.errors import UserError
from mlops.common.paths import REPOSITORY
from mlops.configuration.config import Configuration, load_data_assets
from mlops.configuration.sections import FlowConfig

FLOWS = ("class_basic_flow", "function_basic_flow", "yaml_basic_flow")
ENVIRONMENTS = ("local", "pr", "dev", "prod")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("flow", FLOWS)
def test_the_shipped_sections_are_right_and_lead_to_files(flow, environment):
    section = Configuration(environment, variables={}).flow(flow)
    assert isinstance(section, FlowConfig)
    assert section.flow_path == REPOSITORY / "flows" / flow / "standard"
    assert section.flow_path.is_dir()
    assert section.data_path.is_file()
    assert section.eval_data_path.is_file()


@pytest.mark.parametrize("flow", FLOWS)
def test_the_shipped_sections_take_deployment_and_family_from_the_environment(flow):
    variables = {"AOAI_CHAT_DEPLOYMENT": "mine", "AOAI_CHAT_FAMILY": "chat"}
    model = Configuration("prod", variables=variables).flow(flow).model
    assert model.deployment == "mine"
    assert set(model.parameters()) == {"max_tokens", "temperature"}


def test_only_the_environment_local_runs_without_an_endpoint():
    assert Configuration("local", variables={}).aoai().emulator is not None
    for environment in ENVIRONMENTS[1:]:
        with pytest.raises(UserError, match="AOAI_BASE_ENDPOINT is not set"):
            Configuration(environment, variables={}).aoai()
    keyless = Configuration("dev", variables={"AOAI_BASE_ENDPOINT": "https://a"}).aoai()
    assert not keyless.api_key.get_secret_value()


@pytest.mark.parametrize("flow", FLOWS)
def test_the_shipped_deployments_are_right(flow):
    assert Configuration("prod", variables={}).deployment(flow).instance_count == 1


def test_the_shipped_data_assets_lead_to_files():
    assets = load_data_assets(variables={})
    assert {asset.name for asset in assets} >= {"basic_flow_data", "basic_flow_eval_data"}
    assert all(asset.path.is_file() for asset in assets)
