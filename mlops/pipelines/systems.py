"""Which system a pipeline runs on."""

from __future__ import annotations

from collections.abc import Mapping

from mlops.common.errors import UserError
from mlops.pipelines.azure_devops import AzureDevOps, azure_devops
from mlops.pipelines.github import GitHub, github


def system(environment: Mapping[str, str]) -> GitHub | AzureDevOps:
    """Return the repository and pipeline of the system that runs this process.

    Raises:
        UserError: none does, or it has not given this step a token.
    """
    if environment.get("GITHUB_ACTIONS"):
        return github(environment)
    if environment.get("TF_BUILD"):
        return azure_devops(environment)
    raise UserError("this runs in a pipeline of GitHub or Azure DevOps (docs/pipelines.md), and here is neither")
