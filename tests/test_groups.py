"""Every import is covered by the group of packages that is installed for it; requirements.txt lists the groups."""

import ast
import re
import shutil
import subprocess
import sys
from functools import cache
from importlib import metadata

import grimp
import pytest
from packaging.utils import canonicalize_name
from test_locks import AZURE, FUNCTIONS, RUN, SERVE, WHOLE, pinned

from mlops.cloud_runs.scale_out_code import CANCELLATION
from mlops.common.paths import REPOSITORY

PACKAGES = sorted({path.parent.name for path in REPOSITORY.glob("*/__init__.py")} - {"benchmarks", "tests"})
STANDARD = sorted(path for path in REPOSITORY.glob("flows/*/standard/**/*.py"))
SOURCES = sorted(path for package in PACKAGES for path in (REPOSITORY / package).rglob("*.py"))
OWN = {
    *PACKAGES,
    *(path.stem for path in REPOSITORY.glob("flows/*/standard/*")),  # a flow's modules are top-level modules
    CANCELLATION.stem,  # and so is what travels beside answer.py to the nodes of a pipeline
    "sign_in",
}


@cache
def providers():
    """The installed packages by the modules that they hold; a stub is no module."""
    found = {}
    for package in metadata.distributions():
        name = canonicalize_name(package.name)
        for file in re.findall(
            r"^([\w/-]+)(?:\.[\w-]+)*\.(?:py|so|pyd),", package.read_text("RECORD") or "", re.MULTILINE
        ):
            found.setdefault(file.removesuffix("/__init__").replace("/", "."), set()).add(name)
    return found


def provider(module):
    """The packages that hold a module, or the nearest one above it: `azure.ai.ml.MLClient` is of azure-ai-ml."""
    while module:
        if module in providers():
            return providers()[module]
        module = module.rpartition(".")[0]
    return set()


def imports(path):
    """Yield each name that a file imports from outside, and whether that waits until a function is called."""
    waiting = [(ast.parse(path.read_text(encoding="utf-8")), False)]
    while waiting:
        node, late = waiting.pop()
        if isinstance(node, ast.Import):
            yield from ((alias.name, late) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((f"{node.module}.{alias.name}", late) for alias in node.names)
        elif not (isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")):
            late = late or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            waiting += [(child, late) for child in ast.iter_child_nodes(node)]


def uncovered(paths, group, late_group=None):
    """What files import that is not in a group's lock; imports that wait may be of another group."""
    at_once = {requirement.name for requirement in pinned(group)}
    later = {requirement.name for requirement in pinned(late_group or group)}
    return sorted(
        f"{path.relative_to(REPOSITORY)} imports {name}"
        for path in paths
        for name, late in imports(path)
        if name.partition(".")[0] not in OWN | sys.stdlib_module_names
        and not provider(name) & (later if late else at_once)
    )


def reached(command):
    """The files of a package and of whatever it imports, and the flows, which it loads."""
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)
    modules = {command, *graph.find_descendants(command)}
    modules |= graph.find_upstream_modules(command, as_package=True)
    files = [REPOSITORY.joinpath(*module.split(".")) for module in modules]
    return {*SOURCES} & {each for f in files for each in (f.with_suffix(".py"), f / "__init__.py")} | {*STANDARD}


@pytest.mark.parametrize(("command", "group"), [("src.flow_service", SERVE), ("src.functions_app", FUNCTIONS)])
def test_what_serves_flows_is_enough_until_code_for_batches_is_called(command, group):
    files = reached(command)
    assert len(files) > 50
    assert uncovered(files, group, late_group=RUN) == []


def test_what_runs_flows_is_enough_until_a_command_reaches_azure():
    files = [path for path in SOURCES if "functions_app" not in path.parts]
    assert uncovered(files, RUN, late_group=AZURE) == []


def test_a_package_of_another_group_is_reported(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "REPOSITORY", tmp_path)
    module = tmp_path / "module.py"
    module.write_text("import yaml\nimport pytest\n\ndef client():\n    from azure.ai.ml import MLClient\n")
    assert uncovered([module], RUN) == ["module.py imports azure.ai.ml.MLClient", "module.py imports pytest"]
    assert uncovered([module], RUN, late_group=AZURE) == ["module.py imports pytest"]


@pytest.fixture
def fresh(tmp_path):
    """The Makefile and the locks alone, and an environment with nothing in it."""
    for name in ("Makefile", *(f"{group}.lock" for group in (WHOLE, AZURE, RUN, SERVE))):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, tmp_path / name)
    (tmp_path / ".venv").mkdir()
    return tmp_path


def installs(folder, target):
    """Whether a target of `make` installs packages first; there is no Python that it could do so with."""
    command = ["make", "--silent", target, "PYTHON=no-such-python", "PY=true", "BIN=true"]
    return "no-such-python" in subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stderr


GROUP_OF = {"run": RUN, "evaluate": RUN, "emulate": RUN, "serve": SERVE, "install-azure": AZURE, "bench": WHOLE}


@pytest.mark.parametrize("target", GROUP_OF)
def test_a_target_installs_its_group_unless_it_or_a_larger_one_is_there(fresh, target):
    groups = [SERVE, RUN, AZURE, WHOLE]
    enough = groups[groups.index(GROUP_OF[target]) :]
    assert installs(fresh, target)
    for group in groups:
        shutil.copy(fresh / f"{group}.lock", fresh / ".venv" / "installed.lock")
        assert installs(fresh, target) == (group not in enough), group


def test_an_environment_of_an_older_lock_is_renewed(fresh):
    (fresh / ".venv" / "installed.lock").write_text("older==1.0\n")
    assert installs(fresh, "run")
