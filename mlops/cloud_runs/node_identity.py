"""As whom the nodes of a batch work, checked before anything is uploaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops.azure.caller import caller_claims, is_application
from mlops.common.errors import UserError
from mlops.configuration.scale_out import MANAGED_IDENTITY, SERVERLESS, USER_IDENTITY, ScaleOutConfig
from mlops.configuration.sections import AiStudioConfig

if TYPE_CHECKING:
    from azure.ai.ml import MLClient

SET = "SCALE_OUT_IDENTITY, or `identity` in cloud: scale_out: of config.yaml,"
CREATE = (
    "`azd up` makes one; by hand, `az identity create` does, and `az ml workspace update --file` attaches it to the "
    "project (docs/azure.md)"
)


def check_identity_of_serverless(settings: ScaleOutConfig) -> None:
    """Make sure that nodes of serverless compute have an identity.

    Raises:
        UserError: they would use a managed identity of the compute's own. Serverless compute has none
            (learn.microsoft.com/azure/machine-learning/how-to-use-serverless-compute).
    """
    if settings.compute == SERVERLESS and settings.identity == MANAGED_IDENTITY:
        raise UserError(
            f"serverless compute has no identity of its own; set {SET} to {USER_IDENTITY} or to the client id of "
            f"a user-assigned one: {CREATE}"
        )


def check_identity(client: MLClient, project: AiStudioConfig, settings: ScaleOutConfig) -> None:
    """Make sure that Azure ML can give the nodes the identity that they are to have.

    Raises:
        UserError: they are to work as whoever submits the batch, and an application does, which Azure does not pass on
            (learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow, "Client limitations"); or the
            managed identity is not attached to the project.
    """
    if settings.identity == USER_IDENTITY and is_application(caller_claims(client._credential)):
        raise UserError(
            "the nodes are to work as the person who submits the batch (user_identity), and a service principal or a "
            f"managed identity is signed in here, which Azure does not pass on; set {SET} to the client id of a "
            f"user-assigned identity: {CREATE}"
        )
    if settings.compute == SERVERLESS and settings.client_id:
        identity = client.workspaces.get(project.project_name).identity
        attached = identity.user_assigned_identities if identity else None
        if settings.client_id not in {each.client_id for each in attached or []}:
            raise UserError(
                f"the project {project.project_name} has no user-assigned identity with the client id "
                f"{settings.client_id}: {CREATE}"
            )
