"""The questions, cheapest first: what no document settles, and the first run on a subscription does."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from flows import find_flow
from mlops.azure.checks.quota import is_of_family
from mlops.azure.checks.run import CHECKS, findings
from mlops.azure.checks.target import COGNITIVE_SERVICES
from mlops.azure.resource_manager import MACHINE_LEARNING
from mlops.first_contact.contact import Contact

ROLES = [name for name in CHECKS if name.startswith("roles ")]


@dataclass(frozen=True)
class Question:
    """A question to a subscription.

    Attributes:
        asks: what it settles.
        minutes: how long it takes, about.
        costs: what Azure charges for.
        ask: asks it.
    """

    asks: str
    minutes: int
    costs: str
    ask: Callable[[Contact], None]


def what_is_there(contact: Contact) -> None:
    """Read the project, which is known by now, once more, and make the checks of check_azure."""
    contact.target.manager.get(contact.target.project.resource_id, MACHINE_LEARNING)
    contact.notes += [f"{check}: {state}" for check, state in states(contact, CHECKS)]


def permissions(contact: Contact) -> None:
    """Make those of the checks that ask for permissions, which decide what the questions below can find out."""
    contact.notes += [f"{check}: {state}" for check, state in states(contact, ROLES)]


def states(contact: Contact, names: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield the name of each check with the states of what it finds."""
    for name in names:
        found = findings(contact.target, {name: CHECKS[name]})
        yield name, ", ".join(sorted({each.state.value for each in found})) or "nothing"


def models_of_the_region(contact: Contact) -> None:
    """Look up whether the models that are configured can be deployed in the project's region."""
    target = contact.target
    path = f"{target.subscription}/providers/Microsoft.CognitiveServices/locations/{target.location}/models"
    offered = {str(each["model"]["name"]) for each in target.manager.list(path, COGNITIVE_SERVICES)}
    for number, name in enumerate(dict.fromkeys(use.deployment for use in target.models), 1):
        contact.notes.append(
            f"configured deployment {number} has the name of a model that is offered: {name in offered}"
        )


def versions_of_models(contact: Contact) -> None:
    """Register a file as a model, with a hash for its version and with a number."""
    from azure.core.exceptions import HttpResponseError

    from mlops.azure.client import ml_client, plain_upload, quiet_sdk

    quiet_sdk()
    from azure.ai.ml.entities import Model

    client = ml_client(contact.target.project)
    file = contact.folder / "model.txt"
    file.write_text(contact.prefix, encoding="utf-8")
    for version in ("3b135cec78ba", None):
        entity = Model(name=contact.prefix, version=version, path=str(file), type="custom_model")
        try:
            with plain_upload():
                client.models.create_or_update(entity)
            outcome = "taken"
        except HttpResponseError as error:
            outcome = f"refused with {error.status_code}"
        contact.notes.append(f"a model whose version is {'a hash' if version else 'left to Azure'}: {outcome}")


def connections(contact: Contact) -> None:
    """Create both connections, keep and replace them, and read them back with their secrets; their keys are no keys."""
    keys = {"AOAI_API_KEY": "not-a-key", "BING_API_KEY": "not-a-key"}
    for kind in ("aoai", "search"):
        name, module = f"{contact.prefix}-{kind}", f"mlops.connections.azure_create_{kind}_connection"
        options = (f"--{kind}-connection-name", name, "--environment_name", contact.environment)
        for more in ((), (), ("--replace",)):
            if contact.run(module, *options, *more, **keys):
                return
        path = f"{contact.target.project.resource_id}/connections/{name}"
        contact.target.manager.get(path, MACHINE_LEARNING)
        contact.target.manager.post(f"{path}/listsecrets", MACHINE_LEARNING)


def data_assets(contact: Contact) -> None:
    """Register ten lines as a data asset, twice."""
    lines = contact.lines(contact.target.flows[contact.flow].data_path, 10)
    asset = {"name": contact.prefix, "path": str(lines)}
    configuration = contact.folder / "data.yaml"
    configuration.write_text(json.dumps({"data_assets": [asset]}), encoding="utf-8")
    for _ in range(2):
        options = ("--environment_name", contact.environment, "--data_config_path", configuration)
        contact.run("mlops.register_data_assets", *options)


def pipeline(contact: Contact) -> None:
    """Run a batch of ten lines as a pipeline."""
    _batch(contact)


def session(contact: Contact) -> None:
    """Run a batch of ten lines in Prompt flow's compute session."""
    _batch(contact, "--compute_session")


def _batch(contact: Contact, *options: str) -> None:
    lines = contact.lines(contact.target.flows[contact.flow].data_path, 10)
    own = ("--environment_name", contact.environment, "--data", lines)
    contact.run(f"{find_flow(contact.flow).runner_module}_azure", *own, *options, SCALE_OUT_NODES="1")


def endpoint(contact: Contact) -> None:
    """Deploy to an endpoint of its own, and count the cores that it takes from the quota."""
    before = cores(contact)
    _deploy(contact)
    contact.notes.append(f"cores that the deployment took from the quota: {cores(contact) - before}")


def rollout(contact: Contact) -> None:
    """Deploy the same again, promote it, and remove what is idle; nothing new goes up."""
    for option in ((), ("--promote",), ("--remove_idle",)):
        _deploy(contact, *option)


def _deploy(contact: Contact, *options: str) -> None:
    own = ("--environment_name", contact.environment, "--flow_type", contact.flow)
    contact.run("mlops.deployment.deploy_online_endpoint", *own, *options, ENDPOINT_PREFIX=contact.prefix)


def cores(contact: Contact) -> int:
    """Return how many cores of the endpoint's family of machines are in use."""
    target = contact.target
    place = f"{target.subscription}/providers/Microsoft.MachineLearningServices/locations/{target.location}"
    size = target.endpoints[contact.flow].instance_type.lower()
    sizes = target.manager.list(f"{place}/vmSizes", MACHINE_LEARNING)
    family = next((each["family"] for each in sizes if each["name"].lower() == size), "?")
    usages = target.manager.list(f"{place}/usages", MACHINE_LEARNING)
    return next((each["currentValue"] for each in usages if is_of_family(each, family)), 0)


LIST = (
    Question("what do subscription, workspace, datastore and storage look like?", 1, "nothing", what_is_there),
    Question("can the configured models be deployed in the region?", 1, "nothing", models_of_the_region),
    Question("may this identity do what the documented roles are for?", 1, "nothing", permissions),
    Question("which versions may models have?", 2, "storage of a line", versions_of_models),
    Question("are connections kept as they were sent, and who may read secrets?", 2, "nothing", connections),
    Question("do the documented roles register data?", 2, "storage of ten lines", data_assets),
    Question("is a pipeline on serverless compute taken, with its identity?", 10, "a machine, ten answers", pipeline),
    Question("does the compute session install what a flow requires?", 15, "a machine, ten answers", session),
    Question("is the image built, do roles hold, how many cores does it take?", 25, "a machine, an image", endpoint),
    Question("does the endpoint stay as it is when it is deployed to again?", 3, "an answer", rollout),
)
QUESTIONS = dict(enumerate(LIST, 1))
