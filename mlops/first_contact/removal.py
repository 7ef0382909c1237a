"""Removes what the questions created: what Azure answered with 201, and what bears their prefix."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mlops.azure.client import first_line, ml_client
from mlops.azure.resource_manager import MACHINE_LEARNING
from mlops.cloud_runs.operations import runs_of
from mlops.common.errors import RunFailed
from mlops.first_contact.contact import Contact
from mlops.first_contact.recording import Recording

if TYPE_CHECKING:
    from azure.ai.ml import MLClient

CREATED = 201
IN_WORKSPACE = re.compile(
    r"/workspaces/[^/]+/(?P<path>(?P<kind>connections|models|data|environments|codes|components|onlineEndpoints|jobs)"
    r"/(?P<name>[^/?]+)(?:/versions/[^/?]+)?)$",
    re.IGNORECASE,
)
ENDED = ("Completed", "Failed", "Canceled", "NotResponding")


def made(written: Sequence[tuple[str, int]], prefix: str) -> Iterator[tuple[str, str, str]]:
    """Yield kind, name and path of what was made, the newest first, each once.

    What Azure answered with 200 was there before, unless its name is one of the questions' own.

    Args:
        written: URL and status of what was written.
        prefix: what the names begin with that the questions chose.
    """
    seen = set()
    for url, status in reversed(written):
        found = IN_WORKSPACE.search(urlsplit(url).path)
        if not found or found["path"] in seen:
            continue
        if status == CREATED or found["kind"] == "jobs" or found["name"].startswith(prefix):
            seen.add(found["path"])
            yield found["kind"], found["name"], found["path"]


def remove(contact: Contact, recording: Recording) -> None:
    """Remove what was made.

    The records and results of jobs and runs stay, as Azure keeps those of all; the jobs themselves are ended.

    Raises:
        RunFailed: something could not be removed; it is listed. So it is if this is interrupted.
    """
    from azure.core.exceptions import AzureError

    client = ml_client(contact.target.project)
    runs = [("runs", name, f"runs/{name}") for name in recording.runs]
    left = [*runs, *made(recording.written, contact.prefix)]
    try:
        for thing in [*left]:
            kind, name, path = thing
            print(f"removing {path}", file=sys.stderr)
            try:
                _way(contact, client, kind)(name, path)
                left.remove(thing)
            except AzureError as error:
                print(f"  {first_line(error)}", file=sys.stderr)
    finally:
        if left:
            raise RunFailed("\n".join(["could not be removed:", *(path for _, _, path in left)]))


def _way(contact: Contact, client: MLClient, kind: str) -> Callable[[str, str], object]:
    """Return what removes a thing of a kind."""
    if kind == "onlineEndpoints":
        return lambda name, path: client.online_endpoints.begin_delete(name).result()
    if kind == "runs":
        return lambda name, path: runs_of(client).get(name).status in ENDED or runs_of(client).cancel(name)
    if kind == "jobs":
        return lambda name, path: client.jobs.get(name).status in ENDED or client.jobs.begin_cancel(name).result()
    manager, project = contact.target.manager, contact.target.project.resource_id
    return lambda name, path: manager.delete(f"{project}/{path}", MACHINE_LEARNING)
