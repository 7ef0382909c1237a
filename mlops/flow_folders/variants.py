"""Variants of a flow: other model parameters, deployments, settings of retrieval or prompts, one or a grid of them."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mlops.common.errors import UserError
from mlops.common.paths import display_path
from mlops.configuration.sections import ChatModel, FlowConfig, Retrieval, Section
from mlops.flow_folders.folders import complete_flow

PROMPT = "prompt"


def variants(arguments: argparse.Namespace) -> list[argparse.Namespace]:
    """Return the arguments once for every variant of --variant, each with one variant, or once as they are.

    Raises:
        UserError: a setting is not right.
    """
    settings = vars(arguments)
    return [argparse.Namespace(**{**settings, "variant": variant}) for variant in parse_variants(arguments.variant)]


def parse_variants(settings: Sequence[str]) -> list[dict[str, str]]:
    """Return the grid that settings such as ["temperature=0", "temperature=0.7", "prompt=terse.md"] span.

    A key that is named several times has several values; every combination of values is a variant.

    Raises:
        UserError: a setting is no KEY=VALUE, or the key is none that a variant has.
    """
    grid: dict[str, list[str]] = {}
    known = [*ChatModel.model_fields, *(Retrieval.model_fields.keys() - {"allow_loopback"}), PROMPT]
    for setting in settings:
        key, separator, value = setting.partition("=")
        if not (separator and value):
            raise UserError(f"--variant {setting}: expected KEY=VALUE")
        if key not in known:
            raise UserError(f"--variant {setting}: there is no {key}; a variant has {', '.join(known)}")
        grid.setdefault(key, []).append(value)
    return [dict(zip(grid, values)) for values in itertools.product(*grid.values())]


def with_variant(config: FlowConfig, variant: Mapping[str, str]) -> FlowConfig:
    """Return the configuration with a variant's settings of the model and of retrieval.

    Raises:
        UserError: a value is not of its key's type, the flow has no such setting, or the prompt file does not exist.
    """
    prompt = variant.get(PROMPT, config.prompt)
    if prompt and not (config.flow_path / prompt).is_file():
        place = display_path(config.flow_path)
        raise UserError(f"the prompt file {prompt} does not exist; name one in {place}, or give its full path")
    changes: dict[str, Any] = {"prompt": prompt, "model": _changed(config.model, variant)}
    if any(key in Retrieval.model_fields for key in variant):
        if config.retrieval is None:
            raise UserError(f"--variant {' '.join(variant)}: this flow has no retrieval")
        changes["retrieval"] = _changed(config.retrieval, variant)
    return config.model_copy(update=changes)


def _changed(section: Section, variant: Mapping[str, str]) -> Section:
    changes = {key: value for key, value in variant.items() if key in type(section).model_fields}
    try:
        return type(section).model_validate({**section.model_dump(), **changes})
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        raise UserError(f"--variant {problem['loc'][0]}: {problem['msg']}") from None


def with_prompt(flow: Path, own: str, other: str | None) -> Path:
    """Return the folder of a flow, or a copy of it in which another prompt file stands in the place of its own.

    Args:
        flow: the flow's folder.
        own: the name of its prompt file, relative to the folder.
        other: the file to use instead, beside the flow's own or with its full path; None for the flow as it is.
    """
    return complete_flow(flow, {own: flow / other} if other else None)
