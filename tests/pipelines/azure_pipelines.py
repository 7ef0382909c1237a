"""Pipelines of Azure DevOps, expanded: templates, parameters, `each` and `if`, matrices, variables and conditions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pipeline_expressions import EMBEDDED, Anything, UnknownName, evaluate, fill
from pipeline_steps import Step

SYSTEM = "azure"
MACRO = re.compile(r"\$\(([\w.]+)\)")


def load(path: Path) -> dict[str, Any]:
    """Return a pipeline or a template."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def steps_of(
    folder: Path,
    name: str,
    variables: Mapping[str, str],
    group: Mapping[str, str],
    parameters: Mapping[str, Any] | None = None,
) -> list[Step]:
    """Return the commands that a pipeline runs, in order.

    Args:
        folder: the repository.
        name: the pipeline's file name.
        variables: those that the system sets, such as Build.Reason.
        group: what is in the variable groups.
        parameters: those that somebody chooses who starts it by hand.
    """
    path = folder / ".azure-pipelines" / name
    pipeline = _template(path, parameters or {})
    if "extends" in pipeline:
        pipeline = _included(path, pipeline["extends"])
    stages = pipeline.get("stages") or [{"stage": "", **pipeline}]
    known = {**variables, **_variables(pipeline.get("variables"), group)}
    done: list[_Done] = []
    return [step for stage in stages for step in _stage(folder, path, stage, known, group, done)]


def _template(path: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a file with its parameters filled in and what it includes put in place."""
    loaded = load(path)
    declared = {about["name"]: about for about in loaded.pop("parameters", [])}
    unknown = set(given) - set(declared)
    if unknown:
        raise UnknownName(f"{path.name}: no parameter {', '.join(sorted(unknown))}; there are {', '.join(declared)}")
    values = {}
    for name, about in declared.items():
        if name not in given and "default" not in about:
            raise UnknownName(f"{path.name}: the parameter {name} is missing")
        value = given.get(name, about.get("default"))
        if about.get("values") and value not in about["values"]:
            raise UnknownName(f"{path.name}: {name} is {value!r}, which is none of its values")
        values[name] = str(value).lower() == "true" if about["type"] == "boolean" else value
    return _expand(path, loaded, {"parameters": values, "variables": Anything()})


def _included(path: Path, reference: Mapping[str, Any]) -> dict[str, Any]:
    target = path.parent / reference["template"]
    if not target.exists():
        raise UnknownName(f"{path.name}: there is no template {reference['template']}")
    try:
        return _template(target, reference.get("parameters") or {})
    except UnknownName as error:
        raise UnknownName(f"{path.name}: {error}") from error


def _expand(path: Path, value: Any, contexts: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [item for entry in value for item in _items(path, entry, contexts)]
    if isinstance(value, dict):
        expanded: dict[str, Any] = {}
        for key, item in value.items():
            condition = EMBEDDED.fullmatch(str(key))
            if condition and condition[1].strip().startswith("if "):
                if evaluate(condition[1].strip()[3:], contexts):
                    expanded.update(_expand(path, item, contexts))
            else:
                expanded[fill(key, contexts)] = _expand(path, item, contexts)
        return expanded
    return fill(value, contexts)


def _items(path: Path, entry: Any, contexts: dict[str, Any]) -> Iterator[Any]:
    """Yield what an entry of a list becomes: itself, nothing, or several."""
    [key] = entry if isinstance(entry, dict) and len(entry) == 1 else [""]
    directive = EMBEDDED.fullmatch(str(key))
    if directive and directive[1].strip().startswith("if "):
        if evaluate(directive[1].strip()[3:], contexts):
            yield from _expand(path, entry[key], contexts)
    elif directive:
        name, source = re.fullmatch(r"\s*each (\w+) in (.+?)\s*", directive[1]).groups()
        found = evaluate(source, contexts)
        pairs = [{"key": k, "value": v} for k, v in found.items()] if isinstance(found, dict) else found
        for each in pairs:
            yield from _expand(path, entry[key], {**contexts, name: each})
    elif isinstance(entry, dict) and "template" in entry:
        included = _included(path, _expand(path, entry, contexts))
        yield from next(included[kind] for kind in ("stages", "jobs", "steps") if kind in included)
    else:
        yield _expand(path, entry, contexts)


@dataclass(frozen=True)
class _Done:
    """A stage that has ended, and whether any job of it ran."""

    name: str
    ran: bool
    dependencies: list[_Done]

    def succeeded(self) -> bool:
        """Return whether it and all before it ran: for Azure, a stage that was skipped has not succeeded."""
        return self.ran and all(each.succeeded() for each in self.dependencies)


def _stage(
    folder: Path, path: Path, stage: dict, variables: dict, group: Mapping[str, str], done: list[_Done]
) -> Iterator[Step]:
    named = stage.get("dependsOn", [each.name for each in done[-1:]])
    named = [named] if isinstance(named, str) else named
    after = [next(each for each in done if each.name == name) for name in named]
    condition = stage.get("condition", "succeeded()")
    results = {each.name: {"result": "Succeeded" if each.ran else "Skipped"} for each in after}
    ran = False
    # Of the variables a stage's condition sees those of the pipeline, and not the stage's own.
    if ("succeeded()" not in condition or all(each.succeeded() for each in after)) and bool(
        evaluate(condition, {"variables": Anything(variables), "dependencies": results})
    ):
        for label, steps, given in _jobs(stage, variables, group):
            ran = True
            yield from _steps(path.relative_to(folder), label, steps, given)
    done.append(_Done(stage["stage"], ran, after))


def _jobs(stage: dict, variables: dict, group: Mapping[str, str]) -> Iterator[tuple[str, list[dict], dict[str, str]]]:
    """Yield label, steps and variables of the jobs that run."""
    known = {**variables, **_variables(stage.get("variables"), group)}
    for job in stage["jobs"]:
        label = f"{stage['stage']} / " if stage["stage"] else ""
        label += job.get("job") or job["deployment"]
        strategy = job.get("strategy", {})
        for name, values in strategy.get("matrix", {"": {}}).items():
            given = {**known, **values, **_variables(job.get("variables"), group)}
            given = {key: _runtime(value, given) for key, value in given.items()}
            if _holds(job.get("condition"), given):
                steps = job.get("steps") or strategy["runOnce"]["deploy"]["steps"]
                yield label + (f" ({name})" if name else ""), steps, given


def _steps(file: Path, label: str, steps: list[dict], variables: dict[str, str]) -> Iterator[Step]:
    for step in steps:
        if not _holds(step.get("condition"), variables):
            continue
        command = step.get("script") or step.get("inputs", {}).get("inlineScript")
        if command is None:
            continue
        named = {_environment_name(key): str(value) for key, value in variables.items() if "AccessToken" not in key}
        more = {key: _runtime(str(value), variables) for key, value in step.get("env", {}).items()}
        name = step.get("displayName", command)
        yield Step(SYSTEM, str(file), label, name, _runtime(command, variables), {**named, **more})


def _variables(declared: Any, group: Mapping[str, str]) -> dict[str, str]:
    if declared is None:
        return {}
    if isinstance(declared, dict):
        return dict(declared)
    found: dict[str, str] = {}
    for entry in declared:
        found.update(group if "group" in entry else {entry["name"]: entry["value"]})
    return found


def _runtime(value: Any, variables: Mapping[str, str]) -> Any:
    """Return a value with what is known when the job runs: $[ ] and $( )."""
    text = str(value).strip()
    if text.startswith("$["):
        return evaluate(text[2:-1], {"variables": Anything(variables)})
    # Like Azure, leave in place what is no variable: in a script it may be the shell's.
    return MACRO.sub(lambda found: str(variables.get(found[1], found[0])), value) if isinstance(value, str) else value


def _environment_name(variable: str) -> str:
    return re.sub(r"[. ]", "_", variable).upper()


def _holds(condition: Any, variables: Mapping[str, str]) -> bool:
    return condition is None or bool(evaluate(str(condition), {"variables": Anything(variables)}))
