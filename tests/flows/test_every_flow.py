"""What holds for every flow, found by discovery: so it holds for a new one at once."""

import json
from importlib.util import find_spec

import pytest

from flows import all_flows
from mlops.common.paths import RECORDINGS, REPOSITORY
from mlops.configuration.config import Configuration
from mlops.data.column_mapping import column_of
from mlops.data.files import read_data
from mlops.deployment.deploy_online_endpoint import new_release
from mlops.flow_folders.folders import DEFINITIONS
from mlops.flow_folders.signatures import parameters_of, required_by_flow

FLOWS = list(all_flows().values())
DEFINITION_OF = {"class": "flow.flex.yaml", "function": "flow.flex.yaml", "dag": "flow.dag.yaml"}
every_flow = pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)


@pytest.fixture
def variables(monkeypatch):
    """The variables without which the environments of Azure are not configured."""
    for name in ("SUBSCRIPTION_ID", "RESOURCE_GROUP_NAME", "PROJECT_NAME"):
        monkeypatch.setenv(name, "name")
    monkeypatch.setenv("AOAI_BASE_ENDPOINT", "https://example.openai.azure.com")


@every_flow
def test_it_is_of_the_kind_that_it_says(flow):
    standard = REPOSITORY / "flows" / flow.name / "standard"
    assert [name for name in DEFINITIONS if (standard / name).is_file()] == [DEFINITION_OF[flow.kind]]
    _, made_with = parameters_of(standard)
    assert (flow.kind == "class") == bool(made_with)


@every_flow
def test_it_has_the_same_environments_as_the_others(flow):
    assert Configuration("local").environments(flow.name) == Configuration("local").environments(FLOWS[0].name)


@every_flow
def test_its_data_has_what_it_wants_on_every_line(flow):
    config = Configuration("local").flow(flow.name)
    wanted = required_by_flow(config.flow_path, config.column_mapping)
    for path in (config.data_path, config.eval_data_path):
        assert len(list(read_data(path, wanted))) >= 10


@every_flow
def test_what_callers_send_is_what_batches_take_from_data(flow):
    mapping = Configuration("local").flow(flow.name).column_mapping
    from_data = {name for name, value in mapping.items() if column_of(value) is not None}
    assert from_data == set(flow.inputs.model_fields)
    for sample in (flow.sample_for(emulator=True), flow.sample_for(emulator=False)):
        flow.inputs.model_validate(sample)


@every_flow
def test_its_evaluators_are_given_what_the_flow_and_its_data_have(flow):
    columns = set(next(iter(read_data(Configuration("local").flow(flow.name).eval_data_path, []))))
    for config in flow.evaluator_config.values():
        for value in config["column_mapping"].values():
            column = column_of(value)
            assert column in columns if column else value.startswith("${target.")


@every_flow
def test_it_has_recorded_answers_that_say_who_gave_them(flow):
    lines = (RECORDINGS / f"{flow.name}.jsonl").read_text(encoding="utf-8").splitlines()
    assert lines and all(json.loads(line)["source"]["by"] for line in lines)


@every_flow
def test_it_has_its_commands(flow):
    for module in (flow.runner_module, f"{flow.runner_module}_azure", flow.evaluation_module):
        assert find_spec(module), module


@every_flow
def test_what_it_needs_is_installed_here(flow):
    assert [name for name in flow.packages if find_spec(name) is None] == []


@every_flow
def test_it_can_be_deployed_as_it_is_configured(flow, variables):
    release = new_release(flow.name, "dev")
    assert release.flow.sample and (release.flow.folder / "requirements.txt").is_file()
