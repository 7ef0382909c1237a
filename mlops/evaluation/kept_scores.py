"""What evaluators returned, kept line by line, so that a resumed evaluation repeats no finished judgement."""

from __future__ import annotations

import hashlib
import inspect
import json
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from mlops.evaluation.results import Row

FILE = "scores.jsonl"


class KeptScores:
    """The results of an evaluation by key, each written to a file of its folder as soon as it is there.

    Args:
        folder: of the evaluation's run; made if need be.
        earlier: results of the evaluations that this one resumes.
    """

    def __init__(self, folder: Path, earlier: Mapping[str, dict[str, Any]]):
        folder.mkdir(parents=True, exist_ok=True)
        self._earlier = earlier
        self._lock = threading.Lock()
        self._file = (folder / FILE).open("a", encoding="utf-8")

    def __enter__(self) -> KeptScores:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._file.close()

    def get(self, key: str) -> dict[str, Any] | None:
        """Return an earlier result; None if there is none."""
        return self._earlier.get(key)

    def keep(self, key: str, result: Mapping[str, Any]) -> None:
        """Write a result down; one that JSON cannot hold is not kept, and is computed again."""
        try:
            line = json.dumps({"key": key, "result": result})
        except (TypeError, ValueError, RecursionError):
            return
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()


def read_kept_scores(folders: Iterable[Path]) -> dict[str, dict[str, Any]]:
    """Return the results that earlier evaluations kept in their folders."""
    found = {}
    for path in (folder / FILE for folder in folders):
        if path.is_file():
            for line in path.read_text(encoding="utf-8").split("\n"):
                try:
                    record = json.loads(line)
                except ValueError:  # the line that was being written when the process was killed
                    continue
                found[record["key"]] = record["result"]
    return found


def fingerprint(name: str, evaluator: Callable[..., Any]) -> str:
    """Return what an evaluator's results hang on besides its arguments: its code and its settings.

    Where these cannot be read off it (a partial or a bound method, a closure, slots, settings that are no JSON), it is
    another one each time, so that its results are not taken for those of other settings.
    """
    attributes = getattr(evaluator, "__dict__", {})
    function = evaluator if inspect.isfunction(evaluator) else inspect.getattr_static(type(evaluator), "__call__", None)
    is_readable = inspect.isfunction(function) and ("asks" in attributes or not function.__closure__)
    if not inspect.isfunction(evaluator):
        is_readable &= not any("__slots__" in vars(kind) for kind in type(evaluator).__mro__)
    module = inspect.getmodule(function)
    if module is None or not is_readable:
        return uuid.uuid4().hex
    try:
        code = [inspect.getsource(each) for each in _modules(module)]
        attributes = {key: value for key, value in attributes.items() if key != "__signature__"}
        settings = [getattr(function, "__defaults__", None), getattr(function, "__kwdefaults__", None), attributes]
        return _digest([name, code, settings])
    except (OSError, TypeError, ValueError, RecursionError):
        return uuid.uuid4().hex


def key_of(fingerprint: str, row: Row, arguments: Mapping[str, Any]) -> str:
    """Return what the result of an evaluator for an answer to a line is kept by."""
    try:
        return _digest([fingerprint, row.number, row.repeat, arguments])
    except (TypeError, ValueError, RecursionError):  # the arguments are no JSON
        return uuid.uuid4().hex


def _modules(module: ModuleType) -> list[ModuleType]:
    """Return a module, and those of its package from which it has functions or classes, directly or not."""
    found, package = [module], module.__package__
    for each in found:
        used = (inspect.getmodule(value) for value in list(vars(each).values()) if callable(value))
        found += dict.fromkeys(m for m in used if m and package and m.__package__ == package and m not in found)
    return found


def _digest(content: list[Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
