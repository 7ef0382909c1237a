"""What holds for the repository as a whole: imports point one way, and the documentation is true."""

import ast
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from flows import all_flows
from mlops.common.paths import REPOSITORY

PAGES = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md"), *REPOSITORY.glob("data/*.md")])
SOURCES = sorted(
    path
    for folder in ("mlops", "flows", "src", "model_endpoint", "entity_answers")
    for path in (REPOSITORY / folder).rglob("*.py")
)


def name(path):
    return str(path.relative_to(REPOSITORY))


def imported(path):
    """Yield the names of the modules that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


STANDARD = [path for path in SOURCES if path.relative_to(REPOSITORY).parts[::2][:2] == ("flows", "standard")]


@pytest.mark.parametrize("path", STANDARD, ids=name)
def test_what_gets_deployed_imports_nothing_of_this_repository_but_what_it_includes(path):
    """The other arrows are import-linter's business, which does not see folders that are no packages."""
    in_package = (path.parent / "__init__.py").exists()
    forbidden = ("mlops", "src", "flows") if in_package else ("mlops", "src", "flows", ".")
    assert [module for module in imported(path) if module.startswith(forbidden)] == []


def test_no_module_outside_a_flow_names_it():
    """But for the commands that are the flow's own, such as mlops/run_<flow>.py."""
    named = []
    for path in SOURCES:
        place = path.relative_to(REPOSITORY)
        if place.parts[0] == "flows":
            continue
        text = path.read_text(encoding="utf-8")
        for flow in all_flows():
            own = re.fullmatch(rf"(run_)?(yaml_)?{flow}(_azure)?", path.stem)
            if not own and re.search(rf"(?<![a-z_]){flow}(?![a-z_])", text):
                named.append(f"{place.as_posix()}: {flow}")
    assert named == []


def test_no_module_changes_the_path_of_imports():
    modules = [*SOURCES, *(REPOSITORY / "scripts").rglob("*.py")]
    assert [name(path) for path in modules if "sys.path." in path.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_of_a_page_lead_somewhere(page):
    links = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_of_a_page_exist(page):
    text = page.read_text(encoding="utf-8")
    modules = set(re.findall(r"python -m ((?:mlops|src|flows|benchmarks)[\w.]*\w)", text))
    assert sorted(module for module in modules if not is_made_by(text, module) and find_spec(module) is None) == []
    targets = set(re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z]+)", "\n".join(code_of(text)))) - targets == set()


def is_made_by(text, module):
    """Whether a page makes a module's flow itself; such commands are run by test_documentation.py alone."""
    return any(flow in module for flow in re.findall(r"python -m mlops\.new_flow (\w+)", text))


def code_of(markdown):
    blocks = re.compile(r"^ *```[^\n]*\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
    return blocks.findall(markdown) + re.findall(r"`([^`\n]+)`", blocks.sub("", markdown))


def test_every_option_in_the_documentation_is_one_of_its_command():
    known = {}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in re.findall(r"^ *```bash[^\n]*\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE):
            for module, rest in re.findall(r"python -m ((?:mlops|src|flows)[\w.]*)(.*)", block.replace("\\\n", " ")):
                options = set(re.findall(r"--\w+", rest))
                if options and not is_made_by(text, module):
                    known.setdefault(module, set()).update(options)
    assert known
    for module, options in known.items():
        help_text = subprocess.run(
            [sys.executable, "-m", module, "--help"], capture_output=True, text=True, cwd=REPOSITORY, check=True
        ).stdout
        assert options - set(re.findall(r"--\w+", help_text)) == set(), module


def test_every_variable_of_the_configuration_is_in_the_sample_and_the_other_way_round():
    lines = (REPOSITORY / "config" / "config.yaml").read_text(encoding="utf-8").splitlines()
    used = {variable for line in lines for variable in re.findall(r"\$\{([A-Z_]+)", line.partition("#")[0])}
    sample = (REPOSITORY / ".env.sample").read_text(encoding="utf-8")
    documented = set(re.findall(r"^([A-Z_]+)=", sample, re.MULTILINE))
    assert used == documented


def test_the_sample_holds_no_value():
    sample = (REPOSITORY / ".env.sample").read_text(encoding="utf-8")
    assert re.findall(r"^[A-Z_]+=.+$", sample, re.MULTILINE) == []


def test_the_way_without_make_is_what_make_does():
    page = (REPOSITORY / "conda_environment.md").read_text(encoding="utf-8")
    makefile = re.sub(r"\\\n\s*", "", (REPOSITORY / "Makefile").read_text(encoding="utf-8"))
    installs = set(re.findall(r"python -m pip (.*)", page))
    [made] = re.findall(r"\$\(PY\) -m pip (install .*--requirement \$\(LOCK\))", makefile)
    made = made.replace("$(LOCK)", "requirements.lock")
    assert len(installs) == 1 and set(installs.pop().split()) <= set(made.split())
    limits = re.search(r"OLDEST, NEWEST = \(3, (\d+)\), \(3, (\d+)\)", script("check_python.py"))
    supported = [f"3.{minor}" for minor in range(int(limits[1]), int(limits[2]) + 1)]
    assert re.findall(r"3\.\d+", page.partition("Python ")[2].partition(" are supported")[0]) == supported
    assert re.search(r"python=(3\.\d+)", page)[1] in supported


def script(name):
    return (REPOSITORY / "scripts" / name).read_text(encoding="utf-8")


def test_an_unsuitable_python_gets_one_sentence(tmp_path):
    old = tmp_path / "check.py"
    changed = script("check_python.py").replace("OLDEST, NEWEST = (3, 10), (3, 13)", "OLDEST, NEWEST = (4, 0), (4, 1)")
    old.write_text(changed)
    result = subprocess.run([sys.executable, str(old)], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert len(result.stderr.strip().splitlines()) == 1
    assert "make run PYTHON=" in result.stderr


def test_commands_start_without_anything_heavy():
    heavy = "promptflow", "openai", "pandas", "azure.ai.ml", "scipy"
    code = f"import sys, mlops.evaluate_flows, mlops.run_flows; print([m for m in {heavy} if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=REPOSITORY, check=True)
    assert result.stdout.strip() == "[]"


def test_commands_are_called_what_one_types():
    parsers = [path for path in SOURCES if "ArgumentParser(description" in path.read_text(encoding="utf-8")]
    assert [name(path) for path in parsers if name(path).startswith("mlops")] == []


def test_modules_are_short():
    limit = 400
    long = {name(path): lines for path in SOURCES if (lines := len(Path(path).read_text().splitlines())) > limit}
    assert long == {}
