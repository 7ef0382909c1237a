"""The files of a new flow, from the templates beside this module."""

from __future__ import annotations

from pathlib import Path

from mlops.common.paths import REPOSITORY

TEMPLATES = Path(__file__).with_name("templates")
SUFFIX = ".template"
PLACEHOLDER = "my_flow"  # what templates call the flow
PIPELINES = (".github/workflows", ".azure-pipelines")  # where a repository has pipelines, if it does


def rendered_files(name: str, kind: str) -> dict[Path, str]:
    """Return the content of each file of a new flow, by its path in the repository.

    Args:
        name: the flow's name.
        kind: class, function or dag.
    """
    files = {}
    for root in (TEMPLATES / "all", TEMPLATES / kind):
        for template in sorted(path for path in root.rglob(f"*{SUFFIX}") if path.is_file()):
            place = template.relative_to(root).as_posix().removesuffix(SUFFIX).replace(PLACEHOLDER, name)
            pipelines = next((folder for folder in PIPELINES if place.startswith(folder)), None)
            if pipelines is None or (REPOSITORY / pipelines).is_dir():
                files[REPOSITORY / place] = template.read_text(encoding="utf-8").replace(PLACEHOLDER, name)
    return files
