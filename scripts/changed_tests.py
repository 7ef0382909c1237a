"""Run the quick tests nearest to what changed since a branch left main, whether committed or not.

A changed test file runs itself. For any other changed module those test files run from which the fewest imports lead
to it; mostly they import it by name, since tests/ mirrors the tree. Tests of whole commands, hosts and pipelines are
left to the whole suite, even when they changed, and so is what exceeds the limit: this has to take less than a minute.
"""

from __future__ import annotations

import argparse
import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

REPOSITORY = Path(__file__).resolve().parents[1]
LIMIT = 12  # test files: half a minute on two cores
SLOW = (
    "tests/azure/",
    "tests/model/",
    "tests/pipelines/",
    "tests/src/hosts/",
    "tests/mlops/test_",
    "tests/test_documentation",
)
QUICK = "not browser and not model and not packages"


def git(*arguments: str, folder: Path) -> list[str]:
    """Return the lines of a git command; none if it fails, as where there is no branch main."""
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout.splitlines() if done.returncode == 0 else []


def changed_files(base: str, folder: Path) -> set[str]:
    """Return the files that differ from where this branch left another one, and new ones that git does not ignore."""
    start = git("merge-base", "HEAD", base, folder=folder) or ["HEAD"]
    changed = git("diff", "--name-only", "--diff-filter=d", "--relative", start[0], folder=folder)
    return {*changed, *git("ls-files", "--others", "--exclude-standard", folder=folder)}


def is_test(file: str) -> bool:
    """Whether pytest collects a file."""
    return file.startswith("tests/") and PurePosixPath(file).name.startswith("test_")


def is_quick(file: str) -> bool:
    """Whether a file is a test of units."""
    return is_test(file) and not file.startswith(SLOW)


def module_files(files: Iterable[str]) -> dict[str, set[str]]:
    """Return the files that an import may mean, by name.

    Names begin at the repository, at a flow's folder `standard`, and, for a helper of tests, at its own folder.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for file in files:
        path = PurePosixPath(file.removesuffix(".py"))
        if path.name == "__init__":
            path = path.parent
        starts = {0}
        if "standard" in path.parts:
            starts.add(path.parts.index("standard") + 1)
        if path.parts[:1] == ("tests",):
            starts.add(len(path.parts) - 1)
        for start in starts:
            found[".".join(path.parts[start:])].add(file)
    return found


def imported_names(file: str, source: str) -> Iterator[str]:
    """Yield the names that a module imports anywhere in it, relative ones as from the repository."""
    package = PurePosixPath(file).parent.parts
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def importers(folder: Path) -> dict[str, set[str]]:
    """Return the modules that import each module of a repository, as files."""
    files = [
        file for file in git("ls-files", "-co", "--exclude-standard", "*.py", folder=folder) if (folder / file).exists()
    ]
    modules = module_files(files)
    found: dict[str, set[str]] = defaultdict(set)
    for file in files:
        for name in imported_names(file, (folder / file).read_text(encoding="utf-8")):
            for imported in modules.get(name, ()):
                found[imported].add(file)
    return found


def nearest_tests(file: str, importing: Mapping[str, set[str]]) -> set[str]:
    """Return the test files from which the fewest imports lead to a file; what tests share is no step on the way."""
    if is_test(file):
        return {file} if is_quick(file) else set()
    seen, front, nearest = {file}, {file}, set[str]()
    while front and not nearest:
        front = {each for reached in front for each in importing.get(reached, ())} - seen
        seen |= front
        helpers = {each for each in front if each.startswith("tests/") and not is_test(each)}
        while helpers:
            helpers = {each for helper in helpers for each in importing.get(helper, ())} - seen
            seen |= helpers
            front |= helpers
        nearest = {each for each in front if is_quick(each)}
    return nearest


def tests_of(changed: Iterable[str], importing: Mapping[str, set[str]]) -> list[str]:
    """Return the test files to run: those that changed, then those nearest to the most changed modules."""
    found: dict[str, int] = defaultdict(int)
    for file in changed:
        for test in nearest_tests(file, importing):
            found[test] += 1
    changed = set(changed)
    return sorted(found, key=lambda test: (test not in changed, -found[test], test))


def main() -> int:
    """Run the tests, and return pytest's status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", default="main", help="the branch that this one left (default: %(default)s)")
    parser.add_argument("--list", action="store_true", help="print the test files, and run nothing")
    given = parser.parse_args()
    changed = {file for file in changed_files(given.base, REPOSITORY) if file.endswith(".py")}
    tests = tests_of(changed, importers(REPOSITORY))
    print(
        f"{len(changed)} modules changed since {given.base}, {len(tests)} quick test files near them", file=sys.stderr
    )
    if len(tests) > LIMIT:
        print(f"{len(tests) - LIMIT} of those are left to `make test`", file=sys.stderr)
    tests = tests[:LIMIT]
    if given.list:
        print("\n".join(tests))
        return 0
    if not tests:
        return 0
    command = [sys.executable, "-m", "pytest", "-q", "-m", QUICK, *tests]
    status = subprocess.run(command, cwd=REPOSITORY, check=False).returncode
    return 0 if status == 5 else status  # 5: all of them are slow


if __name__ == "__main__":
    sys.exit(main())
