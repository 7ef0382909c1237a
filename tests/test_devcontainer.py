"""The development container: what its configuration names exists here, and agrees with the rest."""

import json
import re

import pytest

from mlops.common.paths import REPOSITORY

FOLDER = REPOSITORY / ".devcontainer"
DOCKERFILE = (FOLDER / "Dockerfile").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def configuration():
    """devcontainer.json without its comments."""
    text = (FOLDER / "devcontainer.json").read_text(encoding="utf-8")
    return json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))


def test_its_commands_are_targets_of_the_makefile(configuration):
    targets = set(re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    commands = configuration["updateContentCommand"], configuration["postCreateCommand"]
    assert {command.removeprefix("make ") for command in commands} <= targets


def test_its_python_is_the_one_of_the_tests_and_supported(configuration):
    version = tuple(int(part) for part in re.search(r"FROM python:(\d+)\.(\d+)-", DOCKERFILE).groups())
    limits = re.search(r"OLDEST, NEWEST = \((\d+), (\d+)\), \((\d+), (\d+)\)", script()).groups()
    oldest, newest = (int(limits[0]), int(limits[1])), (int(limits[2]), int(limits[3]))
    assert oldest <= version <= newest


def test_it_forwards_the_ports_of_the_service_and_of_prompt_flow(configuration):
    from promptflow._sdk._constants import PF_SERVICE_DEFAULT_PORT

    from src.flow_service.__main__ import PORT

    assert configuration["forwardPorts"] == [PORT, PF_SERVICE_DEFAULT_PORT]
    assert set(configuration["portsAttributes"]) == {str(port) for port in configuration["forwardPorts"]}


def test_nobody_works_in_it_as_root(configuration):
    [(user, number)] = re.findall(r"useradd --create-home --uid (\d+) .* (\w+) \\", DOCKERFILE) or [("", "")]
    assert DOCKERFILE.rstrip().count("\nUSER ") == 1 and f"USER {user}" in DOCKERFILE
    assert configuration["remoteUser"] == number


def script():
    return (REPOSITORY / "scripts" / "check_python.py").read_text(encoding="utf-8")
