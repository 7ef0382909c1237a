"""Workflows of GitHub Actions, expanded: called workflows, composite actions, matrices, inputs and conditions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pipeline_expressions import Anything, UnknownName, evaluate, fill
from pipeline_steps import Step

SYSTEM = "github"


def load(path: Path) -> dict[str, Any]:
    """Return a workflow; its key `on` is one, not the truth value that YAML 1.1 makes of it."""
    text = path.read_text(encoding="utf-8")
    loaded = yaml.safe_load(text)
    return {"on" if key is True else key: value for key, value in loaded.items()}


def triggers(workflow: Mapping[str, Any]) -> dict[str, Any]:
    """Return what starts a workflow, by event."""
    return workflow["on"] if isinstance(workflow["on"], dict) else {workflow["on"]: None}


def steps_of(
    folder: Path,
    name: str,
    event: Mapping[str, Any],
    variables: Mapping[str, str],
    inputs: Mapping[str, Any] | None = None,
) -> list[Step]:
    """Return the commands that a workflow runs for an event, in order.

    Args:
        folder: the repository.
        name: the workflow's file name.
        event: the context `github`.
        variables: the configuration variables that are set.
        inputs: those of workflow_dispatch.
    """
    contexts = {"github": event, "vars": Anything(variables), "inputs": inputs or {}, "secrets": {}}
    return list(_workflow(folder, folder / ".github" / "workflows" / name, contexts, ""))


def _workflow(folder: Path, path: Path, contexts: dict[str, Any], prefix: str) -> Iterator[Step]:
    jobs, needs, left = load(path)["jobs"], {}, {}
    left.update(jobs)
    while left:
        ready = next(name for name, job in left.items() if set(_list(job.get("needs"))) <= set(needs))
        job = left.pop(ready)
        known = {**contexts, "needs": {name: needs[name] for name in _list(job.get("needs"))}}
        try:
            if not _holds(job.get("if"), known):
                needs[ready] = {"result": "skipped", "outputs": Anything()}
                continue
            yield from _job(folder, path, ready, job, known, prefix)
            needs[ready] = {"result": "success", "outputs": fill(job.get("outputs", {}), known)}
        except UnknownName as error:
            raise UnknownName(f"{path.name}, job {ready}: {error}") from error


def _job(folder: Path, path: Path, name: str, job: dict, contexts: dict, prefix: str) -> Iterator[Step]:
    if "uses" in job:
        called = folder / job["uses"]
        given = fill(job.get("with", {}), contexts)
        inputs = _inputs(load(called)["on"]["workflow_call"].get("inputs", {}), given, f"{path.name}, job {name}")
        yield from _workflow(folder, called, {**contexts, "inputs": inputs}, f"{prefix}{name} / ")
        return
    matrix = fill(job.get("strategy", {}).get("matrix", {}), contexts)
    for values in itertools.product(*matrix.values()):
        chosen = {**contexts, "matrix": dict(zip(matrix, values)), "runner": {"os": "Linux"}}
        fill(job.get("environment", ""), chosen)
        fill(job.get("concurrency", ""), chosen)
        variables = {key: str(value) for key, value in fill(job.get("env", {}), chosen).items()}
        label = f"{prefix}{name}" + (f" ({', '.join(map(str, values))})" if values else "")
        yield from _steps(folder, path, label, job["steps"], {**chosen, "env": variables}, variables)


def _steps(folder, path, label, steps, contexts, variables) -> Iterator[Step]:
    done: dict[str, Any] = {}
    for step in steps:
        known = {**contexts, "steps": done}
        if "id" in step:
            done[step["id"]] = {"outputs": Anything(), "outcome": "success"}
        if not _holds(step.get("if"), known):
            continue
        name = step.get("name") or step.get("run") or step.get("uses")
        more = {key: str(value) for key, value in fill(step.get("env", {}), known).items()}
        if "run" in step:
            command = fill(step["run"], known)
            yield Step(SYSTEM, _shown(folder, path), label, name, command, {**variables, **more})
        elif step["uses"].startswith("./"):
            action_file = folder / step["uses"] / "action.yml"
            action = yaml.safe_load(action_file.read_text(encoding="utf-8"))
            inputs = _inputs(action.get("inputs", {}), fill(step.get("with", {}), known), f"{path.name}, {name}")
            inner = {key: known[key] for key in ("github", "runner") if key in known}
            for each in _steps(folder, path, label, action["runs"]["steps"], {**inner, "inputs": inputs}, {}):
                yield Step(SYSTEM, each.file, label, f"{name} / {each.name}", each.command, {**variables, **more})
        else:
            fill(step.get("with", {}), known)


def _inputs(declared: Mapping[str, Any], given: Mapping[str, Any], place: str) -> dict[str, Any]:
    unknown = set(given) - set(declared)
    if unknown:
        raise UnknownName(f"{place}: no input {', '.join(sorted(unknown))}; there are {', '.join(declared)}")
    missing = [name for name, about in declared.items() if about.get("required") and name not in given]
    if missing:
        raise UnknownName(f"{place}: the input {', '.join(missing)} is missing")
    return {name: given.get(name, about.get("default", "")) for name, about in declared.items()}


def _holds(condition: Any, contexts: Mapping[str, Any]) -> bool:
    if condition is None:
        return True
    text = str(condition).strip()
    return bool(fill(text, contexts) if text.startswith("${{") else evaluate(text, contexts))


def _list(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def _shown(folder: Path, path: Path) -> str:
    return str(path.relative_to(folder))
