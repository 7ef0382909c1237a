"""The flow and its image's files as assets of the project, which deployments refer to."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from mlops.azure.client import plain_upload, project_is_missing, status_of
from mlops.deployment.entities import CONTENT_TAG, Release, image, model
from mlops.deployment.operations import log_progress

if TYPE_CHECKING:
    from azure.ai.ml import MLClient
    from azure.ai.ml.entities import Model

ATTEMPTS = 3  # at a number that somebody else may take first
# What Azure says of a version that exists with other content, with status 400; the SDK has a name for it,
# AssetPathException, that it raises only where Azure says no more than this.
TAKEN = re.compile(r"asset paths? cannot be (updated|changed)", re.IGNORECASE)


def register_model(client: MLClient, release: Release) -> str:
    """Return the reference to the model that holds the flow as it is; upload it if the project has none.

    Azure takes positive integers alone as versions of models, so it numbers them, and the hash of the content is a tag.
    A version that was archived is left alone: the same content then gets a new number.
    """
    from azure.ai.ml.exceptions import AssetPathException
    from azure.core.exceptions import HttpResponseError

    for attempt in range(1, ATTEMPTS + 1):
        if known := _with_same_content(client, release):
            log_progress(f"unchanged: the flow, {known.name}:{known.version}")
            return f"azureml:{known.name}:{known.version}"
        try:
            with plain_upload():
                made = client.models.create_or_update(model(release))
            log_progress(f"uploaded the flow, {made.name}:{made.version}")
            return f"azureml:{made.name}:{made.version}"
        except (AssetPathException, HttpResponseError) as error:
            taken = isinstance(error, AssetPathException) or status_of(error) == 409 or TAKEN.search(str(error))
            if not taken or attempt == ATTEMPTS:
                raise
            log_progress("somebody else has taken the model's next version; trying the one after it")
    raise AssertionError("the last attempt returns or raises")


def register_image(client: MLClient, release: Release) -> None:
    """Upload the image's files, unless the project has them."""
    from azure.core.exceptions import ResourceNotFoundError

    entity = image(release)
    with contextlib.suppress(ResourceNotFoundError):
        client.environments.get(entity.name, version=entity.version)
        log_progress(f"unchanged: the image's files, {entity.name}:{entity.version}")
        return
    with plain_upload():
        client.environments.create_or_update(entity)
    log_progress(f"uploaded the image's files, {entity.name}:{entity.version}")


def _with_same_content(client: MLClient, release: Release) -> Model | None:
    from azure.core.exceptions import ResourceNotFoundError

    try:
        versions = client.models.list(name=release.flow.name)
        return next((each for each in versions if (each.tags or {}).get(CONTENT_TAG) == release.flow.version), None)
    except ResourceNotFoundError as error:
        if project_is_missing(error):
            raise
        return None
