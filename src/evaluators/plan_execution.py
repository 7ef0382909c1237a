"""How much of a plan was executed."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

# The digits at the end of a name: 3 in "#E3", "step 3" or "3". No plan has a billion steps.
_NUMBER_IN_NAME = re.compile(r"(?<!\d)\d{1,9}\Z")


class PlanExecutionScores(TypedDict):
    """Numbers of steps, the completed share of them, and which ones were not, as "1,2,3"."""

    planned: int
    executed: int
    completed: int
    completion: float
    missing: str
    failed: str
    surplus: str


class PlanExecutionEvaluator:
    """Steps planned against steps executed, by their numbers.

    A planned step is completed when it was executed with a result and without an error, failed when it was executed
    otherwise, and missing when it was not executed. A surplus step was executed without being planned, whatever came of
    it. So planned = completed + failed + missing, and

        completion = completed / planned

    The completion of an empty plan is 1 if nothing was executed and 0 if something was. A number that is planned twice
    is one step; of a step that was executed twice, such as after a fault, the last attempt counts.
    """

    def __init__(self):
        """Take no options. Defined, since Prompt flow cannot use a class that inherits `__init__` from object."""

    def __call__(self, *, plan: list | dict | str, steps: list | dict | str) -> PlanExecutionScores:
        """Score one execution.

        Args:
            plan: the planned steps: a list, `{"steps": [...]}`, or JSON text of either. A step is a number, a name that
                ends in one ("#E3"), or an object with one of them as its `number` or `id`.
            steps: the executed steps in the same forms; an object also has a `result` or an `error`.

        Returns:
            `planned`, `executed` and `completed` (numbers of steps), `completion` (0 to 1), and `missing`, `failed` and
            `surplus`: the steps' numbers, ascending, separated by commas; empty where there are none.

        Raises:
            ValueError: if there is no list of steps, or a step has no number.
        """
        planned = {_number(step, "plan") for step in _steps(plan, "plan")}
        executed = {_number(step, "steps"): _succeeded(step) for step in _steps(steps, "steps")}
        completed = {number for number in planned if executed.get(number)}
        completion = len(completed) / len(planned) if planned else float(not executed)
        return PlanExecutionScores(
            planned=len(planned),
            executed=len(executed),
            completed=len(completed),
            completion=completion,
            missing=_joined(planned - executed.keys()),
            failed=_joined((planned & executed.keys()) - completed),
            surplus=_joined(executed.keys() - planned),
        )


def _steps(value: Any, argument: str) -> list[Any]:
    """The list of steps in one of the forms that an argument may have."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{argument} is text, but no JSON: {error}") from error
    if isinstance(value, Mapping):
        value = value.get("steps")
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"{argument} has no list of steps, but a value of type {type(value).__name__}.")
    return list(value)


def _number(step: Any, argument: str) -> int:
    """A step's number, from the step itself, its `number`, or its `id`."""
    name = step
    if isinstance(step, Mapping):
        name = step.get("id") if step.get("number") is None else step["number"]
    if isinstance(name, float) and name.is_integer():
        name = int(name)
    if isinstance(name, int) and not isinstance(name, bool):
        return name
    digits = _NUMBER_IN_NAME.search(name.strip()) if isinstance(name, str) else None
    if digits is None:
        raise ValueError(f"A step of {argument} has no number: {str(step)[:80]}")
    return int(digits.group())


def _succeeded(step: Any) -> bool:
    """Whether an executed step has a result and no error."""
    return isinstance(step, Mapping) and step.get("result") is not None and not step.get("error")


def _joined(numbers: Iterable[int]) -> str:
    return ",".join(str(number) for number in sorted(numbers))
