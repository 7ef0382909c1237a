"""Check what an environment needs in Azure, before anything is uploaded: each lack with the command that mends it.

Nothing is changed. Status 0: nothing is missing; 1: something is; 2: the configuration is wrong, nobody is signed in,
or Azure cannot be reached. What could not be checked is called unknown, with the reason, and does not count as missing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from mlops.azure.checks.finding import Finding, State
from mlops.azure.checks.target import ModelUse, Target
from mlops.azure.client import azure_errors, credential
from mlops.azure.resource_manager import ResourceManager
from mlops.check_models import uses_of
from mlops.common.cli import calendar_day, command_parser, exit_status
from mlops.common.errors import RunFailed, UserError
from mlops.common.tables import aligned
from mlops.configuration.config import Configuration
from mlops.configuration.retirement import today_utc

HEAD = ("check", "state", "found")


def main() -> None:
    """Check as the command line says."""
    parser = command_parser(__doc__)
    parser.add_argument("--environment_name", required=True, metavar="E", help="pr, dev or prod: picks the sections")
    parser.add_argument("--flow", nargs="+", metavar="FLOW", help="flows to check the needs of; default: all")
    parser.add_argument(
        "--date", type=calendar_day, default=today_utc(), metavar="YYYY-MM-DD", help="another day than today's in UTC"
    )
    given = parser.parse_args()
    from mlops.azure.checks.run import findings

    with azure_errors(f"checking the environment {given.environment_name}", hint=""):
        target = target_of(given)
        with target.manager:
            found = list(findings(target))
    report(found)


def target_of(given: argparse.Namespace) -> Target:
    """Return what is to be checked.

    Raises:
        UserError: the environment has no project in Azure, or not these flows.
    """
    configuration = Configuration(given.environment_name)
    aoai, flows = configuration.aoai(), configuration.flows()
    if aoai.emulator or not flows:
        raise UserError(
            f"the environment {given.environment_name} has nothing in Azure; name one with a Foundry project"
        )
    if unknown := [flow for flow in given.flow or () if flow not in flows]:
        raise UserError(f"{given.environment_name} has no flow {', '.join(unknown)}; it has {', '.join(flows)}")
    chosen = {flow: configuration.flow(flow) for flow in given.flow or flows}
    uses = [use for flow in chosen for use in uses_of(configuration, flow)]
    signed_in = credential()
    return Target(
        environment=given.environment_name,
        project=configuration.aistudio(),
        aoai=aoai,
        search=configuration.search() if any(config.planning for config in chosen.values()) else None,
        flows=chosen,
        endpoints={flow: configuration.deployment(flow) for flow in chosen},
        models=[ModelUse(use.flow, use.purpose, use.probe.deployment) for use in uses],
        manager=ResourceManager(signed_in),
        credential=signed_in,
        today=given.date,
    )


def report(findings: Sequence[Finding]) -> None:
    """Print a table of what was found, and below it the commands that mend what is missing.

    Raises:
        RunFailed: something is missing.
    """
    rows = [(each.what, each.state.value, each.found) for each in findings]
    print(aligned([HEAD, *rows], left=range(len(HEAD))))
    for each in findings:
        if each.remedy:
            print(f"\n{each.what}:\n  {each.remedy}")
    counts = {state: sum(each.state is state for each in findings) for state in State}
    summary = ", ".join(f"{count} {state.value}" for state, count in counts.items())
    if counts[State.MISSING]:
        raise RunFailed(summary)
    print(summary, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(exit_status(main))
