"""Flows as folders that hold all they need: with what they include from other flows, and with another prompt."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import yaml

from mlops.common.errors import UserError
from mlops.common.paths import DOCUMENTS, OUTPUTS, display_path

FLOWS = OUTPUTS / "flows"
INCLUDES = "additional_includes"
DEFINITIONS = ("flow.dag.yaml", "flow.flex.yaml")
DATA_FOLDER = "data_folder"  # the input of a node that reads files of the repository's folder data
NOT_COPIED = shutil.ignore_patterns(".promptflow", "__pycache__")


def complete_flow(flow: Path, replaced: Mapping[str, Path] | None = None) -> Path:
    """Return a folder with a flow and all that it includes, which Prompt flow can load in every way.

    Prompt flow itself completes a flow with its `additional_includes` for `pf.run` and `pf.test`, but neither for a
    flow that is loaded and called, nor when it looks for the connections of nodes.

    Args:
        flow: the flow's folder.
        replaced: files that take the place of the flow's own, by the names of those.

    Returns:
        The folder itself if there is nothing to add, else a copy under outputs/flows, named by its content.
    """
    definition, content = _read_definition(flow)
    includes = included(flow)
    content.pop(INCLUDES, None)
    for inputs in _reading_documents(content):
        inputs[DATA_FOLDER] = str((flow / inputs[DATA_FOLDER]).resolve())  # a copy lies elsewhere
    if not (includes or replaced):
        return flow
    with _copy_of(flow) as copy:
        for source in includes:
            copy_into(source, copy / source.name)
        for name, source in (replaced or {}).items():
            copy_into(source, copy / name)
        if includes:
            (copy / definition).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        return keep(copy, FLOWS / f"{flow.parent.name}_{digest_of(copy)}")


def included(flow: Path) -> list[Path]:
    """Return the files and folders that a flow includes from elsewhere."""
    _, content = _read_definition(flow)
    return [(flow / include).resolve() for include in content.get(INCLUDES, [])]


def with_documents(flow: Path, name: str) -> Path:
    """Return a folder with a flow and the PDFs of data/documents, for a machine on which this repository is not.

    Lines may name these documents by their paths here, "data/documents/...": the nodes that have an input `data_folder`
    are pointed to the folder `data` inside the flow's own.

    Args:
        flow: the flow's folder, complete.
        name: the flow's name.

    Returns:
        The folder itself if none of its nodes reads documents, else a copy under outputs/flows.
    """
    definition, content = _read_definition(flow)
    reading = _reading_documents(content)
    if not reading:
        return flow
    for inputs in reading:
        inputs[DATA_FOLDER] = DOCUMENTS.parent.name
    with _copy_of(flow) as copy:
        (copy / definition).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        for document in DOCUMENTS.rglob("*.pdf"):
            target = copy / document.relative_to(DOCUMENTS.parent.parent)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(document, target)
        return keep(copy, FLOWS / f"{name}_{digest_of(copy)}")


def for_compute_session(flow: Path, name: str, image: str) -> Path:
    """Return a copy of a flow's folder, under outputs/flows, with the environment for Prompt flow's compute session.

    Args:
        flow: the flow's folder, complete.
        name: the flow's name.
        image: an image that has all packages of the flow. Without one, the session installs the flow's requirements
            into an image that has Prompt flow already, whose version must not be pinned (learn.microsoft.com/azure/
            machine-learning/prompt-flow/how-to-manage-compute-session).
    """
    definition, content = _read_definition(flow)
    with _copy_of(flow) as copy:
        if image:
            content["environment"] = {"image": image}
            (copy / definition).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        else:
            requirements = copy / "requirements.txt"
            lines = requirements.read_text(encoding="utf-8").splitlines(keepends=True)
            requirements.write_text("".join(each for each in lines if not each.startswith("promptflow")), "utf-8")
        return keep(copy, FLOWS / f"{name}_{digest_of(copy)}")


def _reading_documents(content: dict) -> list[dict]:
    """Return the inputs of the nodes that read files of the folder `data`."""
    variants = [v for node in content.get("node_variants", {}).values() for v in node["variants"].values()]
    nodes = [*content.get("nodes", []), *(variant["node"] for variant in variants)]
    return [node["inputs"] for node in nodes if DATA_FOLDER in node.get("inputs", {})]


def _read_definition(flow: Path) -> tuple[str, dict]:
    """Return the name of a flow's definition, and what it says."""
    name = next(name for name in DEFINITIONS if (flow / name).is_file())
    return name, yaml.safe_load((flow / name).read_text(encoding="utf-8"))


@contextmanager
def _copy_of(flow: Path) -> Iterator[Path]:
    """Yield a copy of a flow's folder on the same file system as FLOWS."""
    try:
        FLOWS.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{display_path(FLOWS)} cannot be written to: {error.strerror}") from error
    with tempfile.TemporaryDirectory(dir=FLOWS) as temporary:
        yield Path(shutil.copytree(flow, Path(temporary) / "flow", ignore=NOT_COPIED))


def keep(folder: Path, target: Path) -> Path:
    """Give a folder its place, unless another process was quicker; return the place."""
    if not target.exists():
        try:
            os.replace(folder, target)
        except OSError:
            if not target.exists():
                raise
    return target


def copy_into(source: Path, target: Path) -> None:
    """Copy a file or a folder."""
    if source.is_dir():
        shutil.copytree(source, target, ignore=NOT_COPIED, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, target)


def digest_of(folder: Path) -> str:
    """Return a hash of the names and contents of a folder's files."""
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{file.relative_to(folder).as_posix()}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:12]
