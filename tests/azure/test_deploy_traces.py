"""Traces for the project: the command says beforehand, and in one sentence, why the project would take none."""

import pytest

RUN = ("mlops.run_function_basic_flow", "--environment_name", "dev", "--deploy_traces")


@pytest.mark.parametrize(
    ("store", "says"),
    [
        ({"traceCosmosConfiguration": "Disabled", "traceCosmosStatus": "Initialized"}, "its store is disabled"),
        ({"traceCosmosConfiguration": "None", "traceCosmosStatus": "NotExists"}, "pf config set trace.destination="),
    ],
)
def test_a_project_without_a_store_for_traces_is_told(project, store, says):
    project.batch_runs.trace_store = store

    ended = project.run(*RUN)

    assert ended.status == 2 and says in ended.stderr and ended.stderr.count("error: ") == 1, ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(("status", "exit_status", "says"), [(403, 2, "the role"), (404, 2, "check"), (500, 1, "500")])
def test_a_refusal_is_told(project, status, exit_status, says):
    project.fail("GET", "/TraceSessions", status, times=9)

    ended = project.run(*RUN)

    assert ended.status == exit_status and says in ended.stderr and "--deploy_traces" in ended.stderr, ended.stderr
    assert "Traceback" not in ended.stderr


def test_without_a_sign_in_it_says_how(project):
    ended = project.run(*RUN, AZURE_CLIENT_SECRET="wrong-secret")

    assert ended.status == 2 and "az login" in ended.stderr and "Traceback" not in ended.stderr, ended.stderr
