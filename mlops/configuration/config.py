"""Reads config.yaml: one section at a time, for one environment, with variables filled in and every key checked.

Variables are written ${NAME} or ${NAME:-default}. They are filled in when a section is read, so a variable that no
section in use asks for may be missing. Secrets therefore stay in the environment or in .env and out of the YAML.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

import yaml
from dotenv import dotenv_values
from pydantic import ValidationError

from mlops.common.errors import UserError
from mlops.common.paths import CONFIG_FILE, DATA_CONFIG_FILE, ENV_FILE, display_path
from mlops.configuration.deployment import DeploymentConfig
from mlops.configuration.endpoints import AoaiConfig, SearchConfig
from mlops.configuration.sections import AiStudioConfig, DataAsset, FlowConfig, Price, Section
from mlops.configuration.serving import ServingConfig

VARIABLE = re.compile(r"\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}")
SectionModel = TypeVar("SectionModel", bound=Section)


class Configuration:
    """The configuration of one environment.

    Args:
        environment: the name after the underscore in the names of sections: local, pr, dev, prod or one of your own.
        path: the YAML file.
        variables: what ${NAME} stands for; by default the process's environment over the file .env.

    Raises:
        UserError: the file cannot be read, or is no mapping of sections.
    """

    def __init__(self, environment: str, path: Path = CONFIG_FILE, variables: Mapping[str, str] | None = None):
        self.environment = environment
        self._path = path
        self._sections = read_yaml(path)
        self._variables = read_variables() if variables is None else variables

    def flow(self, name: str) -> FlowConfig:
        """Return section `<name>_<environment>`, which has to exist."""
        section = f"{name}_{self.environment}"
        if section not in self._sections:
            others = self.environments(name)
            has = f"it has {', '.join(others)}" if others else f"it has no section for the flow {name} at all"
            raise UserError(f"no section {section} in {display_path(self._path)}; {has}")
        return self._read(section, FlowConfig)

    def environments(self, flow: str) -> list[str]:
        """Return the environments for which a flow has a section, in the order of the file."""
        prefix = f"{flow}_"
        return [key.removeprefix(prefix) for key in map(str, self._sections) if key.startswith(prefix)]

    def flows(self) -> list[str]:
        """Return the names of the flows that have a section for this environment, in the order of the file."""
        suffix = f"_{self.environment}"
        sections = {name: section for name, section in self._sections.items() if str(name).endswith(suffix)}
        return [
            name.removesuffix(suffix)
            for name, section in sections.items()
            if isinstance(section, dict) and "flow_path" in section
        ]

    def aoai(self) -> AoaiConfig:
        """Return the model endpoint of this environment."""
        return self._read(self._section_name("aoai_config"), AoaiConfig)

    def search(self) -> SearchConfig:
        """Return how flows search the web in this environment."""
        return self._read(self._section_name("search_config"), SearchConfig)

    def aistudio(self) -> AiStudioConfig:
        """Return the Foundry project of this environment."""
        return self._read(self._section_name("aistudio_config"), AiStudioConfig)

    def aistudio_if_set(self) -> AiStudioConfig | None:
        """Return the Foundry project, or None where none of the variables that name it is set."""
        section = self._section_name("aistudio_config")
        named = {name for name, _ in VARIABLE.findall(str(self._sections[section]))}
        if self._sections[section] is None or named and not any(self._variables.get(name) for name in named):
            return None
        return self._read(section, AiStudioConfig)

    def price(self, deployment: str) -> Price | None:
        """Return what a million tokens of a deployment cost, or None where section `prices` does not say."""
        if deployment not in (self._sections.get("prices") or {}):
            return None
        return self._read("prices", Price, entry=deployment)

    def deployment(self, flow: str) -> DeploymentConfig:
        """Return the online endpoint of a flow."""
        return self._read(self._section_name("deployment_configs"), DeploymentConfig, entry=flow)

    def serving(self) -> ServingConfig:
        """Return who may use the flow service in this environment, and how much."""
        return self._read(self._section_name("serving"), ServingConfig)

    def _section_name(self, name: str) -> str:
        """Return `<name>_<environment>` where there is such a section, else `<name>`, which has to exist."""
        section = f"{name}_{self.environment}" if f"{name}_{self.environment}" in self._sections else name
        if section not in self._sections:
            raise UserError(f"no section {name} in {display_path(self._path)}")
        return section

    def _read(self, section: str, model: type[SectionModel], entry: str | None = None) -> SectionModel:
        place = f"{display_path(self._path)}, section {section}"
        content = self._sections[section]
        if entry is not None:
            content = {} if content is None else content
            if isinstance(content, dict) and entry not in content:
                has = ", ".join(map(str, content)) or "none"
                raise UserError(f"{place}, entry {entry}: there is no such entry; the section has {has}")
            if isinstance(content, dict):
                place, content = f"{place}, entry {entry}", content[entry]
        return parse(content, model, place, self._variables)


def load_data_assets(path: Path = DATA_CONFIG_FILE, variables: Mapping[str, str] | None = None) -> list[DataAsset]:
    """Return the data assets of data_config.yaml.

    Raises:
        UserError: the file cannot be read, or an entry is not right.
    """
    entries = read_yaml(path).get("data_assets") or []
    if not isinstance(entries, list):
        raise UserError(f"{display_path(path)}: data_assets has to be a list, found {type(entries).__name__}")
    variables = read_variables() if variables is None else variables
    return [
        parse(entry, DataAsset, f"{display_path(path)}, asset {i}", variables) for i, entry in enumerate(entries, 1)
    ]


def read_variables() -> dict[str, str]:
    """Return the process's environment over the file .env, without changing either.

    Raises:
        UserError: the file .env is in another encoding.
    """
    try:
        from_file = {
            name: value for name, value in dotenv_values(ENV_FILE, encoding="utf-8-sig").items() if value is not None
        }
    except UnicodeDecodeError:
        raise UserError(f"{display_path(ENV_FILE)} is not UTF-8; save it as UTF-8") from None
    return {**from_file, **os.environ}


def parse(content: Any, model: type[SectionModel], place: str, variables: Mapping[str, str]) -> SectionModel:
    """Fill in the variables of a section and check it.

    Raises:
        UserError: names the place, the key and what is wrong with it.
    """
    if not isinstance(content, dict):
        found = "nothing" if content is None else type(content).__name__
        raise UserError(f"{place}: expected keys and values, found {found}")
    filled = _fill_in(content, place, variables)
    try:
        return model.model_validate(filled)
    except ValidationError as error:
        raise UserError(f"{place}: {_first_problem(error, model)}{_source_of(error, content)}") from None


def _fill_in(value: Any, place: str, variables: Mapping[str, str], key: str = "") -> Any:
    if isinstance(value, dict):
        return {k: _fill_in(v, place, variables, f"{key}.{k}" if key else str(k)) for k, v in value.items()}
    if isinstance(value, list):
        return [_fill_in(item, place, variables, f"{key}[{i}]") for i, item in enumerate(value)]
    if not isinstance(value, str):
        return value

    def replace(match: re.Match) -> str:
        name, default = match.groups()
        # As in a shell, an empty variable takes the default too: `AOAI_API_VERSION=` in .env means "none of mine".
        if variables.get(name):
            return variables[name]
        if default is None:
            remedy = "put it into .env (.env.sample has them all) or into the environment"
            raise UserError(f"{place}, key {key}: {name} is not set; {remedy}")
        return default

    return VARIABLE.sub(replace, value)


def _first_problem(error: ValidationError, model: type[Section]) -> str:
    problem = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        *parents, name = map(str, problem["loc"])
        steps = iter(parents)
        for parent in steps:
            kind = model.model_fields[parent].annotation
            if get_origin(kind) in (dict, list):
                next(steps)  # an entry's name or place, which is no field
            types = (kind for kind in (kind, *get_args(kind)) if isinstance(kind, type))
            model = next(kind for kind in types if issubclass(kind, Section))
        near = difflib.get_close_matches(name, model.model_fields, n=1)
        return f"unknown key {key}" + (f"; did you mean {'.'.join([*parents, near[0]])}?" if near else "")
    if problem["type"] == "missing":
        return f"key {key} is missing"
    return (f"key {key}: " if key else "") + problem["msg"].removeprefix("Value error, ")


def _source_of(error: ValidationError, content: Any) -> str:
    """Return the variable from which a value came that is not right, as an addition to the message."""
    try:
        for part in error.errors(include_url=False, include_input=False)[0]["loc"]:
            content = content[part]
    except (KeyError, IndexError, TypeError):
        return ""
    names = [name for name, _ in VARIABLE.findall(content)] if isinstance(content, str) else []
    return f" (it comes from {', '.join(names)})" if names else ""


class _StrictLoader(yaml.SafeLoader):
    """Refuses duplicate keys in a mapping, of which YAML would silently take the last."""

    def construct_mapping(self, node, deep=False):
        """Build a mapping, unless one of its own keys is repeated."""
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            if isinstance(key_node, yaml.ScalarNode) and key_node.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"duplicate key {key_node.value}", key_node.start_mark
                )
            seen.add(str(key_node.value))
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> dict[str, Any]:
    """Return a YAML file's content, in which no key is repeated.

    Raises:
        UserError: the file cannot be read, or is no mapping.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)  # a SafeLoader: no objects
    except FileNotFoundError:
        raise UserError(f"{display_path(path)} does not exist") from None
    except OSError as error:
        raise UserError(f"{display_path(path)} cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{display_path(path)} is not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise UserError(f"{display_path(path)} has to hold sections, each a name with keys below it")
    return content
