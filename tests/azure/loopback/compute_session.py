"""What Prompt flow's compute session can install before it runs a flow.

It installs the requirements that the flow's `environment` names into Microsoft's image. The Python of that is 3.9 by
every public statement (microsoft/promptflow issues 865, 2343 and 3817; microsoft/genaiops-promptflow-template#154), and
it is no longer updated (learn.microsoft.com/azure/machine-learning/prompt-flow/prompt-flow-retirement). With
`environment: {image: ...}` it runs that image (.../prompt-flow/how-to-customize-session-base-image); what is in an
image of one's own cannot be seen from here.
"""

from __future__ import annotations

from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.version import Version

DEFINITIONS = ("flow.dag.yaml", "flow.flex.yaml")
OF_MICROSOFT = "mcr.microsoft.com/azureml/promptflow/"
# The newest release that Python 3.9 installs, by the Requires-Python of the releases on PyPI in November 2026
# (`pip index versions <name> --python-version 3.9`). promptflow-devkit 1.18.3 to 1.18.5 allow 3.9, and need
# pillow>=12.1.1, whose Requires-Python is >=3.10.
NEWEST_FOR_39 = {
    "aiohttp": "3.13.5",
    "autogen-agentchat": "0.2.40",
    "azure-identity": "1.26.0",
    "numpy": "2.0.2",
    "openai": "3.22.1",
    "promptflow": "1.18.1",
    "semantic-text-splitter": "0.27.0",
    "trafilatura": "2.0.0",
}


def session_fault(flow: Path) -> str | None:
    """Return why no session can be made for a flow, as pip says it; None where one can."""
    definition = next(flow / name for name in DEFINITIONS if (flow / name).is_file())
    environment = yaml.safe_load(definition.read_text(encoding="utf-8")).get("environment") or {}
    if not environment.get("image", OF_MICROSOFT).startswith(OF_MICROSOFT):
        return None
    requirements = flow / environment.get("python_requirements_txt", "requirements.txt")
    for line in requirements.read_text(encoding="utf-8").splitlines() if requirements.is_file() else ():
        if line.strip() and not line.startswith("#") and (missing := _missing(Requirement(line))):
            return f"ERROR: No matching distribution found for {missing}"
    return None


def _missing(requirement: Requirement) -> str | None:
    """Return a requirement that excludes all that Python 3.9 installs."""
    newest = NEWEST_FOR_39.get(requirement.name)
    lowest = [Version(each.version) for each in requirement.specifier if each.operator in (">=", "==", "~=", ">")]
    return str(requirement) if newest and lowest and max(lowest) > Version(newest) else None
