"""Write the map of packages in docs/architecture.md, from what they import: a diagram, and what each holds."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from graphlib import TopologicalSorter
from pathlib import Path

import grimp

REPOSITORY = Path(__file__).resolve().parent.parent
PAGE = REPOSITORY / "docs" / "architecture.md"
ROOTS = "mlops", "src", "flows", "entity_answers", "model_endpoint"
COMMANDS = "commands"  # the modules of mlops that are in no package
FLOWS = "flows/&lt;flow&gt;"
ALLOWED = re.compile(r'"([\w.]+) -> ([\w.]+)"')  # the exceptions that pyproject.toml makes
BEGIN, END = "<!-- written by python -m scripts.write_architecture -->", "<!-- written until here -->"


def package_of(module: str) -> str:
    """Return the package that a module belongs to on the map."""
    root, *rest = module.split(".")
    if root == "mlops":
        return f"mlops/{rest[0]}" if rest and (REPOSITORY / "mlops" / rest[0]).is_dir() else COMMANDS
    if root == "src":
        return f"src/{rest[0]}" if rest else "src"
    if root == "flows" and rest and rest[0] != "shared":
        return FLOWS
    return root


def imports() -> dict[str, list[str]]:
    """Return the packages that each package imports.

    The folders of flows are found by discovery, so what they import is read from their files; what they deploy,
    `standard`, imports only the packages of its requirements and what it includes.
    """
    graph = grimp.build_graph(*ROOTS, exclude_type_checking_imports=True, cache_dir=None)
    for importer, imported in ALLOWED.findall((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")):
        graph.remove_import(importer=importer, imported=imported)
    found: dict[str, set[str]] = {}
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            found.setdefault(package_of(module), set()).add(package_of(imported))
    for path in files_of(FLOWS):
        for name in imported_names(path):
            if name.split(".")[0] in ROOTS:
                found.setdefault(FLOWS, set()).add(package_of(name))
    return {package: sorted(found[package] - {package, "src"}) for package in sorted(found) if package != "src"}


def imported_names(path: Path) -> Iterable[str]:
    """Yield the modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def files_of(package: str) -> list[Path]:
    """Return the Python files of a package of the map."""
    if package == COMMANDS:
        return sorted((REPOSITORY / "mlops").glob("*.py"))
    if package == FLOWS:
        return sorted(path for path in (REPOSITORY / "flows").glob("*/**/*.py") if "shared" not in path.parts)
    if package == "flows":
        return [REPOSITORY / "flows" / "__init__.py", *sorted((REPOSITORY / "flows" / "shared").rglob("*.py"))]
    return sorted((REPOSITORY / package).rglob("*.py"))


def purpose(package: str) -> str:
    """Return the first sentence of a package's docstring."""
    known = {
        COMMANDS: "Commands: run, evaluate, compare, record, check models.",
        FLOWS: "A flow: its definition, what gets deployed (`standard/`), its evaluation.",
        "flows": "The discovery of flows, and what their definitions share.",
    }
    if package in known:
        return known[package]
    text = ast.get_docstring(ast.parse((REPOSITORY / package / "__init__.py").read_text(encoding="utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split())


def reduced(graph: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return a graph without the arrows that a longer way through it implies."""

    def reachable(package: str, seen: set[str]) -> set[str]:
        for other in graph.get(package, ()):
            if other not in seen:
                seen.add(other)
                reachable(other, seen)
        return seen

    return {
        package: [other for other in others if not any(other in reachable(each, set()) for each in others)]
        for package, others in graph.items()
    }


def lines_of(package: str) -> int:
    """Return how many lines of Python a package has."""
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files_of(package))


def written() -> str:
    """Return the part of the page that follows from the code.

    Raises:
        graphlib.CycleError: packages import each other.
    """
    graph = imports()
    order = list(TopologicalSorter(graph).static_order())[::-1]  # importers first
    arrows = reduced(graph)
    names = {package: re.sub(r"\W+", "_", package) for package in order}
    diagram = [f'  {names[package]}["{package}"]' for package in order]
    diagram += [f"  {names[package]} --> {names[other]}" for package in order for other in arrows.get(package, ())]
    rows = []
    for package in order:
        rows.append(
            f"| `{package.replace('&lt;', '<').replace('&gt;', '>')}` | {purpose(package)} | {lines_of(package)} |"
        )
    table = "\n".join(["| package | what it holds | lines |", "| --- | --- | ---: |", *rows])
    return "\n".join(["```mermaid", "flowchart TD", *diagram, "```", "", table])


def page() -> str:
    """Return the page with its written part renewed."""
    text = PAGE.read_text(encoding="utf-8")
    return f"{text.partition(BEGIN)[0]}{BEGIN}\n\n{written()}\n\n{END}{text.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
