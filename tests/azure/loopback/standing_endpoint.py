"""An endpoint that stands already, and the command that changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands import Ended

from loopback.model_project import KEY
from loopback.online_endpoints import ROLE
from loopback.workspace import LOCATION, resource

if TYPE_CHECKING:
    from loopback.azure import LoopbackAzure

COMMAND = "mlops.deployment.deploy_online_endpoint"
FLOW, ENDPOINT = "function_basic_flow", "llmops-function-basic"
VARIABLES = {"AOAI_BASE_ENDPOINT": "https://models.openai.azure.com", "AOAI_API_KEY": KEY}


def change(azure: LoopbackAzure, *options: object, **variables: str) -> Ended:
    """Run the command on the endpoint's flow."""
    return azure.run(COMMAND, "--environment_name", "dev", "--flow_type", FLOW, *options, **VARIABLES, **variables)


def traffic(azure: LoopbackAzure, kind: str = "traffic") -> dict[str, int]:
    """Return percent of the requests by deployment; `kind` is traffic or mirrorTraffic."""
    return azure.online_endpoints.endpoints[ENDPOINT]["properties"][kind]


def stand(azure: LoopbackAzure, state: str = "Succeeded", mirror: dict | None = None, **live: int) -> None:
    """Put up an endpoint with deployments whose containers are not there, in the order of their generations."""
    online = azure.online_endpoints
    own = {
        "authMode": "AADToken",
        "properties": {ROLE: "enabled"},
        "mirrorTraffic": mirror or {},
        "traffic": {name: percent for name, percent in live.items() if percent},
        "scoringUri": online.scoring_url(ENDPOINT),
        "provisioningState": "Succeeded",
    }
    online.endpoints[ENDPOINT] = resource(
        f"/onlineEndpoints/{ENDPOINT}",
        ENDPOINT,
        own,
        location=LOCATION,
        tags={},
        identity={"type": "SystemAssigned", "principalId": "a-principal"},
    )
    online.granted["a-principal"] = 0
    online.keys[ENDPOINT] = "endpoint-key-0123456789"
    for generation, name in enumerate(live, 1):
        properties = {
            "endpointComputeType": "Managed",
            "provisioningState": state,
            "scaleSettings": {"scaleType": "Default"},
            "properties": {},
            "environmentVariables": {},
            "instanceType": "Standard_DS3_v2",
        }
        online.deployments[ENDPOINT, name] = resource(
            f"/onlineEndpoints/{ENDPOINT}/deployments/{name}",
            name,
            properties,
            location=LOCATION,
            sku={"name": "Default", "capacity": 1},
            tags={"generation": str(generation), "version": f"v{generation}"},
        )
