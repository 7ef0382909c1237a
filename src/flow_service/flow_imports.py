"""Imports of a flow's modules as top-level modules, isolated from modules of other flows with the same names.

Prompt flow runs one flow in a process; with several, all would get the module of the first.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlops.flow_folders.folders import included

_FILES: dict[str, set[Path]] = {}  # of all flows of this process: the paths of each module's name


@contextmanager
def importing_from(flow: Path) -> Iterator[None]:
    """Make the modules of a flow, and those that it includes, importable as top-level modules while the block lasts.

    Imported modules stay loaded, and imports inside functions still work after the block. The exception is a name that
    several flows use for different modules: each flow gets its own while it is loaded, and importing the name later is
    an error rather than another flow's module.

    Args:
        flow: the flow's folder.
    """
    includes = included(flow)
    modules = {path.stem: path for path in (*flow.iterdir(), *includes) if path.suffix == ".py" or path.is_dir()}
    for name, path in modules.items():
        _FILES.setdefault(name, set()).add(path)
    ambiguous = {name for name in modules if len(_FILES[name]) > 1}
    original = list(sys.path)
    folders = list(dict.fromkeys(map(str, (flow, *(path.parent for path in includes)))))
    sys.path[:0] = folders
    _unload(ambiguous)
    try:
        yield
    finally:
        sys.path[:] = [*original, *(folder for folder in folders if folder not in original)]
        _unload(ambiguous)
        for name in ambiguous:
            sys.modules[name] = None  # type: ignore[assignment]  # makes its import an error


def _unload(names: set[str]) -> None:
    for module in [module for module in sys.modules if module.partition(".")[0] in names]:
        del sys.modules[module]
