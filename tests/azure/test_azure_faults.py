"""What commands do when Azure misbehaves: one message with a remedy, the right status, nothing half done.

That no secret gets into their output, and that they ask for no host past the proxy, `LoopbackAzure.run` checks always.
"""

import json
import secrets
from dataclasses import dataclass, replace

import pytest
from commands import WAITS
from loopback import sign_in
from loopback.faults import HANG_UP, NO_FIELDS, PAGE
from loopback.storage import HOST as STORAGE

KEY = "key-0123456789abcdef"
MANAGEMENT = "management.azure.com"


@dataclass(frozen=True)
class Script:
    """A command that writes something to Azure.

    Attributes:
        module: what is run.
        arguments: with what.
        writes: method and path of the request that matters.
        names: what its message has to name.
    """

    module: str
    arguments: tuple
    writes: tuple[str, str]
    names: str


SCRIPTS = {
    "aoai": Script(
        "mlops.connections.azure_create_aoai_connection",
        ("--aoai-connection-name", "mine"),
        ("PUT", "/connections/mine"),
        "the connection mine",
    ),
    "search": Script(
        "mlops.connections.azure_create_search_connection",
        ("--search-connection-name", "mine"),
        ("PUT", "/connections/mine"),
        "the connection mine",
    ),
    "data": Script(
        "mlops.register_data_assets",
        ("--only", "basic_flow_data"),
        ("PUT", "/data/basic_flow_data/versions/"),
        "the data asset basic_flow_data",
    ),
    "batch": Script(
        "mlops.run_function_basic_flow_azure",
        ("--environment_name", "dev", "--no_wait"),
        ("PUT", "/jobs/"),
        "the run function_basic_flow_dev_",
    ),
    "session": Script(
        "mlops.run_function_basic_flow_azure",
        ("--environment_name", "dev", "--no_wait", "--compute_session"),
        ("POST", "/BulkRuns/submit"),
        "the run function_basic_flow_dev_",
    ),
}


@pytest.fixture(params=SCRIPTS)
def script(request):
    """Each of the commands."""
    return SCRIPTS[request.param]


def run(azure, script, **variables):
    """Run a command with keys that it must not tell anybody."""
    azure.batch_runs.machines.clear()
    ended = azure.run(script.module, *script.arguments, AOAI_API_KEY=KEY, BING_API_KEY=KEY, **variables)
    azure.pipeline_jobs.wait()
    return ended


def done(azure):
    """What commands have left in the project: connections besides those of the fixture, data assets, runs, jobs."""
    ours = {name for name in azure.workspace.connections if name == "mine"}
    data = {name for kind, name, _ in azure.workspace.assets if kind == "data"}
    return ours | data | set(azure.batch_runs.runs) | set(azure.pipeline_jobs.jobs)


def assert_ended_well(ended, script, status, says):
    """Check status and message of a command that could not do what it was to do."""
    assert ended.status == status and says in ended.stderr, ended.stderr
    [message] = [line for line in ended.stderr.splitlines() if script.names in line]
    assert script.names in message and "Traceback" not in ended.stderr and ended.stdout == ""


@pytest.mark.parametrize(
    ("answer", "status", "says"),
    [
        (401, 2, "sign in again"),
        (403, 2, "the role AzureML Data Scientist"),
        (404, 2, "check SUBSCRIPTION_ID"),
        (409, 2, "try again"),
        (429, 2, "wait a minute"),
        (500, 1, "try again"),
        (HANG_UP, 2, "check the network"),
        (PAGE, 2, "perhaps from a proxy"),
        (NO_FIELDS, 2, "perhaps from a proxy"),
    ],
)
def test_a_lasting_fault_ends_in_one_message_and_leaves_nothing(project, script, answer, status, says):
    project.fail(*script.writes, answer, times=99)

    ended = run(project, script)

    assert_ended_well(ended, script, status, says)
    assert not done(project)


@pytest.mark.parametrize("fault", [{"status": 429, "Retry_After": "20"}, {"status": 500}, {"status": HANG_UP}])
def test_a_passing_fault_is_waited_for(project, script, fault):
    project.fail(*script.writes, **fault)

    ended = run(project, script)

    assert ended.status == 0 and len(done(project)) == 1, ended.stderr
    first, again = [
        at
        for at, (method, _, path) in zip(project.times, project.requests)
        if method == script.writes[0] and script.writes[1] in path
    ]
    assert again - first >= 20 * WAITS if fault["status"] == 429 else again > first


def test_a_wrong_secret_is_told_with_how_to_sign_in(project, script):
    ended = run(project, script, AZURE_CLIENT_SECRET="wrong-secret")

    assert_ended_well(ended, script, 2, "az login")
    assert not done(project)


def test_a_page_instead_of_a_token_is_told_in_one_message(project, script):
    project.fail("POST", "/oauth2/v2.0/token", PAGE, times=99)

    ended = run(project, script)

    assert_ended_well(ended, script, 2, "check the network")
    assert "<html>" not in ended.stderr and not done(project)


@pytest.mark.parametrize("host", [sign_in.HOST, MANAGEMENT])
def test_a_host_that_is_down_is_told(project, script, host):
    project.proxy.down.add(host)

    ended = run(project, script)

    assert_ended_well(ended, script, 2, "check the network")
    assert not done(project)


@pytest.mark.parametrize("variable", ["SUBSCRIPTION_ID", "PROJECT_NAME"])
def test_a_wrong_project_is_told(project, script, variable):
    ended = run(project, script, **{variable: "other"})

    assert_ended_well(ended, script, 2, "check SUBSCRIPTION_ID")
    assert not done(project)


@pytest.mark.parametrize("name", ["data", "batch", "session"])
def test_an_upload_that_breaks_off_leaves_nothing(project, tmp_path, name):
    record = {"entity_type": "city", "text": secrets.token_hex(100_000)}  # unknown to storage, and hard to compress
    (tmp_path / "lines.jsonl").write_text(json.dumps(record) + "\n")
    asset = {"name": "basic_flow_data", "path": str(tmp_path / "lines.jsonl")}
    (tmp_path / "data.yaml").write_text(json.dumps({"data_assets": [asset]}))
    config = ("--data_config_path", tmp_path / "data.yaml")
    more = {"data": config}.get(name, ("--data", tmp_path / "lines.jsonl"))
    project.proxy.cut_after[STORAGE] = 100_000
    script = replace(SCRIPTS[name], arguments=(*SCRIPTS[name].arguments, *more))

    ended = run(project, script)

    assert_ended_well(ended, script, 2, "check the network")
    assert not done(project)
