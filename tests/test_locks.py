"""The groups of packages and their locks: one set of versions, pinned by hashes, from the host to the whole."""

import re
from functools import cache
from importlib import metadata

import pytest
from packaging.requirements import Requirement

from mlops.common.paths import REPOSITORY

WHOLE, AZURE, RUN = "requirements", "requirements-azure", "requirements-run"
CHECKOV = "requirements-checkov"  # a tool in an environment of its own
SERVE, FUNCTIONS = HOSTS = "src/flow_service/requirements", "src/functions_app/requirements"
PARTS = AZURE, RUN, *HOSTS
FLOWS = sorted(REPOSITORY.glob("flows/*/standard/requirements.txt"))
PYTHONS = "3.10", "3.11", "3.12", "3.13"
PLATFORMS = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}
everywhere = pytest.mark.parametrize(("python", "platform"), [(py, on) for py in PYTHONS for on in PLATFORMS])


def lock_of(group):
    return (REPOSITORY / f"{group}.lock").read_text(encoding="utf-8")


@cache
def pinned(group):
    return [Requirement(line) for line in re.findall(r"^(\S.*?) \\$", lock_of(group), re.MULTILINE)]


def locked(group, python, platform):
    """The versions that a lock has for a Python on a platform, by name."""
    around = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": platform,
        "platform_system": PLATFORMS[platform],
        "os_name": "nt" if platform == "win32" else "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    found = {}
    for requirement in pinned(group):
        if requirement.marker is None or requirement.marker.evaluate(around):
            assert requirement.name not in found, f"{requirement.name} is there twice"
            found[requirement.name] = str(requirement.specifier)
    return found


def wanted(path):
    """The direct dependencies of a requirements.txt, those of the files that it includes too."""
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.partition("#")[0].strip()
        if text.startswith("-r "):
            yield from wanted(path.parent / text.removeprefix("-r "))
        elif text:
            yield Requirement(text)


def wanted_by(group):
    return wanted(REPOSITORY / f"{group}.txt")


@everywhere
@pytest.mark.parametrize("part", PARTS)
def test_a_part_has_the_versions_of_the_whole(part, python, platform):
    everything = locked(WHOLE, python, platform)
    of_part = locked(part, python, platform)
    assert {name: version for name, version in of_part.items() if everything.get(name) != version} == {}
    assert len(of_part) < len(everything) / (2 if part in HOSTS else 1)


@everywhere
def test_the_locks_that_spare_an_installation_hold_all_of_it(python, platform):
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    spared = [line.split() for line in re.findall(r"^install\S*: LOCKS = (.+)$", makefile, re.MULTILINE)]
    assert {locks[0] for locks in spared} == {f"{group}.lock" for group in (WHOLE, AZURE, RUN, SERVE)}
    for needed, *larger in spared:
        packages = set(locked(needed.removesuffix(".lock"), python, platform))
        for lock in larger:
            assert packages - set(locked(lock.removesuffix(".lock"), python, platform)) == set()


@pytest.mark.parametrize("group", [WHOLE, *PARTS, CHECKOV])
def test_direct_dependencies_are_locked_within_their_ranges(group):
    versions = locked(group, "3.13", "linux")
    for requirement in wanted_by(group):
        version = versions[re.sub(r"[-_.]+", "-", requirement.name).lower()].removeprefix("==")
        assert requirement.specifier.contains(version, prereleases=True), requirement


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.parts[-3])
def test_a_flow_requires_what_is_installed_to_run_it(path):
    ranges = {requirement.name: requirement for requirement in wanted_by(RUN)}
    assert [str(each) for each in wanted(path) if ranges.get(each.name) != each] == []


def test_a_package_has_the_same_range_in_every_group():
    ranges = {requirement.name: requirement for requirement in wanted_by(WHOLE)}
    ranges["promptflow-core"].specifier = ranges["promptflow"].specifier  # one release, of which a host needs a part
    assert [str(each) for each in wanted_by(WHOLE) if ranges[each.name] != each] == []


@pytest.mark.parametrize("group", [WHOLE, *PARTS, "requirements-model", CHECKOV])
def test_every_package_has_hashes_and_no_registry_is_named(group):
    assert re.findall(r"https?://|--index|--find-links", lock_of(group)) == []
    for line, following in re.findall(r"^([^\s#].*)\n(.*)$", lock_of(group), re.MULTILINE):
        assert re.fullmatch(r"[a-z0-9.-]+(\[[a-z, -]+\])?==[\w.+!]+( ; .+)? \\", line), line
        assert following.startswith("    --hash=sha256:"), line


@pytest.mark.parametrize("group", [WHOLE, *PARTS])
def test_extras_are_locked_since_pip_looks_for_them_apart(group):
    for requirement in wanted_by(group):
        if requirement.extras:
            assert re.search(rf"^{re.escape(requirement.name)}\[", lock_of(group), re.MULTILINE), requirement


def test_nothing_that_serves_no_request_is_in_a_host():
    left_out = {
        "promptflow",
        "promptflow-devkit",
        "promptflow-azure",
        "promptflow-evals",
        "promptflow-tools",
        "pandas",
        "azure-ai-ml",
        "azure-ai-evaluation",
        "scipy",
        "nltk",
        "pip",
        "setuptools",
        "pytest",
    }
    for host in HOSTS:
        assert left_out & set(locked(host, "3.13", "linux")) == set()


# --- Licences, as the packages that are installed here state them ---


def licence(name):
    """What a package says of its licence, in whichever of the places there are for it."""
    about = metadata.metadata(name)
    classifiers = [each for each in about.get_all("Classifier", []) if each.startswith("License")]
    # An old package may have the whole text of its licence in that field.
    return " ".join([about.get("License-Expression") or "", (about.get("License") or "")[:80], *classifiers])


def under_gpl(name):
    """Whether a package can be had under the GPL alone; LGPL and "MPL-1.1 OR GPL-2.0" do not count."""
    said = licence(name)
    return re.search(r"(?<!L)GPL|GNU General Public", said) is not None and " OR " not in said


def installed_of(group):
    here = {re.sub(r"[-_.]+", "-", each.name).lower() for each in metadata.distributions()}
    return here & set(re.findall(r"^([a-z0-9.-]+)[\[=]", lock_of(group).replace(".", "-"), re.MULTILINE))


@pytest.mark.parametrize("group", [AZURE, FUNCTIONS])
def test_nothing_that_runs_flows_is_under_the_gpl(group):
    installed = installed_of(group)
    assert len(installed) > 50
    assert sorted(name for name in installed if under_gpl(name)) == []


def test_tools_of_development_under_the_gpl_are_named():
    tools = sorted(name for name in installed_of(WHOLE) if under_gpl(name))
    stated = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8")
    assert tools == sorted(re.findall(r"^([\w-]+)\S* .*# .*\bGPL", stated, re.MULTILINE))
    section = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Licences")[2]
    assert [name for name in tools if f"`{name}`" not in section] == []
