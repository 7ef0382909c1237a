"""The runners' command line, and how commands end."""

import pytest

from mlops.common.cli import INSTALL, exit_status, runner_arguments
from mlops.common.errors import RunFailed, UserError


def test_everything_but_the_environment_is_optional():
    arguments = runner_arguments("", ["--environment_name", "pr"])
    assert arguments.environment_name == "pr"
    assert not any(value for name, value in vars(arguments).items() if name != "environment_name")


def test_a_runner_takes_data_and_an_earlier_run():
    arguments = runner_arguments("", ["--environment_name", "e", "--data", "d", "--visualize", "--deploy_traces"])
    assert (arguments.data, arguments.visualize, arguments.deploy_traces) == ("d", True, True)
    assert runner_arguments("", ["--environment_name", "e", "--resume_from", "r"]).resume_from == "r"


def test_a_resumed_run_has_its_data_already(capsys):
    with pytest.raises(SystemExit, match="2"):
        runner_arguments("", ["--environment_name", "e", "--data", "d", "--resume_from", "r"])
    assert "not allowed with" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--data", "--resume_from"])
def test_what_belongs_to_one_flow_is_refused_for_all_flows(option, capsys):
    with pytest.raises(SystemExit, match="2"):
        runner_arguments("", ["--environment_name", "e", option, "x"], of_one_flow=False)
    assert option in capsys.readouterr().err


@pytest.mark.parametrize("argv", [[], ["--environment_name"], ["--environment_name", "e", "--verbose"], ["e"]])
def test_a_wrong_command_line_is_reported_with_status_2(argv, capsys):
    with pytest.raises(SystemExit, match="2"):
        runner_arguments("", argv)
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (None, 0, ""),
        (UserError("what to do"), 2, "error: what to do\n"),
        (RunFailed("what failed"), 1, "what failed\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (ModuleNotFoundError(name="azure.ai.ml"), 2, f"error: azure.ai.ml is not installed: {INSTALL}\n"),
    ],
)
def test_a_command_ends_in_a_status_and_a_sentence_on_standard_error(error, status, said, capsys):
    def command():
        if error:
            raise error

    assert exit_status(command) == status
    assert capsys.readouterr() == ("", said)


@pytest.mark.parametrize("defect", [ZeroDivisionError(), ModuleNotFoundError(name="mlops.no_such_module")])
def test_a_defect_ends_in_a_traceback(defect):
    def command():
        raise defect

    with pytest.raises(type(defect)):
        exit_status(command)
