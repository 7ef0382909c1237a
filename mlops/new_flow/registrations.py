"""The lines about a flow in files that hold those of all flows: configuration and pipelines.

They are edited as text, since a YAML library would lose their comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from mlops.common.errors import UserError
from mlops.common.paths import CONFIG_FILE, DATA_CONFIG_FILE, REPOSITORY, display_path

SECTION = """\
{name}_local: &{name}
  flow_path: flows/{name}/standard
  data_path: data/{name}_data.jsonl
  eval_data_path: data/{name}_eval_data.jsonl
  column_mapping:
    question: ${{data.question}}
  model: *chat_model
  concurrency: ${{BATCH_CONCURRENCY:-16}}  # lines at a time
  cloud: *cloud
  thresholds:  # of the evaluation's means
    match.exact_match: {{min: 0.8, max_drop: 0.05}}
"""
LAPTOP = """\
{name}_laptop:
  <<: *{name}
  model: *laptop_model
  concurrency: ${{BATCH_CONCURRENCY:-2}}
"""
ENVIRONMENT = """\
{name}_{environment}:
  <<: *{name}
"""
DEPLOYMENT = """\
  {name}:
    <<: *small_endpoint
    endpoint_name: ${{ENDPOINT_PREFIX:-llmops}}-{host}
"""
ASSET = """\
- name: {name}_{data}
  path: data/{name}_{data}.jsonl
  description: {description}
"""
AFTER = "aoai_config"  # the section before which those of a new flow go
# The places where a pipeline offers all flows, and the line for one of them.
CHOICES = {
    ".github/workflows/promote.yml": "{name}",
    ".azure-pipelines/promote.yml": "{name}",
    ".github/workflows/comment.yml": "{name} pull request",
}


def register(name: str, flows: Iterable[str], environments: Iterable[str]) -> dict[Path, str]:
    """Return the new content of each file that lists flows, with a flow added.

    Args:
        name: the flow's name.
        flows: the flows that there are.
        environments: those of config.yaml.

    Raises:
        UserError: a file has not the form that it needs for that.
    """
    config = CONFIG_FILE.read_text(encoding="utf-8")
    for anchor in ("chat_model", "laptop_model", "cloud", "small_endpoint"):
        if f"&{anchor}\n" not in config and f"&{anchor} " not in config:
            raise UserError(
                f"{display_path(CONFIG_FILE)} has no anchor &{anchor}, on which the sections of a new flow rest"
            )
    sections = [SECTION.format(name=name)]
    for environment in environments:
        if environment != "local":
            form = LAPTOP if environment == "laptop" else ENVIRONMENT
            sections.append(form.format(name=name, environment=environment))
    before, section, after = _split(config, f"{AFTER}:", CONFIG_FILE)
    config = f"{before}{''.join(sections)}\n{section}{after}".rstrip("\n") + "\n"
    before, section, after = _split(config, "deployment_configs:", CONFIG_FILE)
    block, rest = _block(section + after)
    entry = DEPLOYMENT.format(name=name, host=name.replace("_", "-"))
    changed = {CONFIG_FILE: f"{before}{block.rstrip()}\n{entry}{rest}"}
    assets = DATA_CONFIG_FILE.read_text(encoding="utf-8").rstrip("\n") + "\n"
    for data, description in (("data", "Questions for batch runs."), ("eval_data", "The same with their answers.")):
        assets += ASSET.format(name=name, data=data, description=description)
    changed[DATA_CONFIG_FILE] = assets
    return changed | {path: _with_choice(path, form, name, flows) for path, form in _choices()}


def unregister(name: str) -> dict[Path, str]:
    """Return the new content of each file that lists flows, without a flow."""
    changed = {}
    config = CONFIG_FILE.read_text(encoding="utf-8")
    config = re.sub(rf"^{name}_[a-z0-9]+:[^\n]*\n(?:[ \t]+[^\n]*\n)*", "", config, flags=re.MULTILINE)
    config = re.sub(rf"^  {name}:[^\n]*\n(?:    +[^\n]*\n)*", "", config, flags=re.MULTILINE)
    changed[CONFIG_FILE] = re.sub(r"\n{3,}", "\n\n", config)
    assets = DATA_CONFIG_FILE.read_text(encoding="utf-8")
    entry = rf"^- name: {name}_(?:eval_)?data\n(?:  [^\n]*\n)*"
    changed[DATA_CONFIG_FILE] = re.sub(entry, "", assets, flags=re.MULTILINE)
    for path, form in _choices():
        line = re.escape(form.format(name=name))
        changed[path] = re.sub(rf"^ +- {line}\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return changed


def _choices() -> list[tuple[Path, str]]:
    return [(REPOSITORY / place, form) for place, form in CHOICES.items() if (REPOSITORY / place).is_file()]


def _split(text: str, line: str, path: Path) -> tuple[str, str, str]:
    """Return what stands before a line, the line, and what stands after it."""
    found = re.search(rf"^{re.escape(line)}.*\n", text, re.MULTILINE)
    if not found:
        raise UserError(f"{display_path(path)} has no line that begins with {line}")
    return text[: found.start()], found[0], text[found.end() :]


def _block(text: str) -> tuple[str, str]:
    """Return a section with the indented lines under its first one, and the rest."""
    found = re.match(r"[^\n]*\n(?:[ \t]+[^\n]*\n|\n(?=[ \t]))*", text)
    return (found[0], text[found.end() :]) if found else (text, "")


def _with_choice(path: Path, form: str, name: str, flows: Iterable[str]) -> str:
    text = path.read_text(encoding="utf-8")
    known = "|".join(re.escape(form.format(name=flow)) for flow in flows)
    items = list(re.finditer(rf"^( +- )(?:{known})\n", text, re.MULTILINE))
    if not items:
        raise UserError(f"{display_path(path)} has no list of flows to which a line could be added")
    last = items[-1]
    return f"{text[: last.end()]}{last[1]}{form.format(name=name)}\n{text[last.end() :]}"
