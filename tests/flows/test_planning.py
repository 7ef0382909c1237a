"""What the flows that plan are given, and how their plans are shown."""

import logging

import pytest
from plan_and_execute.settings import Limits, read_settings

from flows.shared.planning import PLAN_LOG, flow_config, log_plans
from mlops.configuration.config import Configuration

FLOWS = ("class_plan_and_execute", "plan_and_execute")


class SessionOf:
    def __init__(self, flow: str, environment: str):
        self.config = Configuration(environment).flow(flow)


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("environment", ["local", "pr", "dev", "prod"])
def test_the_configuration_of_every_environment_is_one_that_the_flows_take(flow, environment):
    session = SessionOf(flow, environment)
    settings = read_settings(flow_config(session))
    planning = session.config.planning
    assert settings.model.model_dump() == session.config.model.model_dump(exclude={"structured_output"})
    assert settings.tool_model.model_dump() == planning.tool_model.model_dump(exclude={"structured_output"})
    assert {name: getattr(settings.limits, name) for name in Limits.model_fields} == {
        name: getattr(planning, name) for name in Limits.model_fields
    }


def test_plans_are_shown_on_standard_error_as_long_as_the_block_lasts(capsys):
    log = logging.getLogger(PLAN_LOG)
    before = log.level, log.propagate, list(log.handlers)
    log.info("before")
    with log_plans():
        log.info("#E1  a step")
    with pytest.raises(RuntimeError), log_plans():
        raise RuntimeError
    log.info("after")
    assert (log.level, log.propagate, log.handlers) == before
    out, err = capsys.readouterr()
    assert (out, err) == ("", "  #E1  a step\n")
