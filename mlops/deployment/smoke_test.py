"""Asks a deployment for the answer to its flow's sample, through the endpoint's scoring URL, as any caller would."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlops.azure.client import redact_secrets
from mlops.common.errors import RunFailed
from mlops.deployment.operations import log_progress

if TYPE_CHECKING:
    from azure.ai.ml import MLClient
    from azure.ai.ml.entities import ManagedOnlineEndpoint

HEADER = "azureml-model-deployment"
MODEL_STATUS = "ms-azureml-model-error-statuscode"
TRANSIENT = (404, 429, 500, 502, 503, 504)  # a new deployment can take a moment to be reachable
BETWEEN_S = 2.0
ATTEMPTS = 5
# What Azure OpenAI says, with status 401, to an identity without its role (Azure-Samples/azure-search-openai-demo#290),
# and Prompt flow of a connection that the endpoint's identity may not read yet.
LACKS_ROLE = re.compile(
    r"PermissionDenied|lacks the required data action|does not have access to API/Operation|Connection Secrets Reader"
)
BETWEEN_ROLES_S = (2.0, 4.0, 8.0, 15.0, 30.0)  # and the last one again and again
MEANINGS = {
    401: "the endpoint does not accept the sign-in",
    403: "the signed-in identity may not ask; it needs the role AzureML Data Scientist on the endpoint",
    404: "there is no such deployment behind the scoring URL",
    408: "the flow took longer than its `requests.seconds` in config.yaml",
    424: "the flow failed",
    429: "it gets too many requests at a time",
}


def smoke_test(
    client: MLClient,
    endpoint: ManagedOnlineEndpoint,
    deployment: str,
    sample: Mapping[str, Any],
    seconds: float,
    role_minutes: float = 0,
) -> dict[str, Any]:
    """Return a deployment's answer to the sample.

    Args:
        client: of the project.
        endpoint: as Azure knows it.
        deployment: which of the endpoint's deployments to ask.
        sample: inputs of the flow.
        seconds: how long an answer may take.
        role_minutes: how long to wait for a role of the endpoint's identity that does not hold yet.

    Raises:
        RunFailed: it gave no answer, or one with an output that is missing; the text says what and why.
    """
    from azure.core import PipelineClient
    from azure.core.rest import HttpRequest, HttpResponse

    if endpoint.scoring_uri is None:
        raise RunFailed(
            f"the endpoint {endpoint.name} has no scoring URL, which it gets when it is provisioned; now its state is "
            f"{endpoint.provisioning_state}: see az ml online-endpoint show --name {endpoint.name}"
        )
    credentials = client.online_endpoints.get_keys(endpoint.name)
    secret = getattr(credentials, "primary_key", None) or credentials.access_token
    headers = {"Authorization": f"Bearer {secret}", HEADER: deployment}
    request = HttpRequest("POST", endpoint.scoring_uri, json=dict(sample), headers=headers)
    caller: PipelineClient[HttpRequest, HttpResponse] = PipelineClient(endpoint.scoring_uri, policies=[])
    with caller:
        answer = _ask(caller, request, deployment, seconds)
        deadline = time.monotonic() + role_minutes * 60
        for attempt in itertools.count():
            if not _lacks_role(answer) or time.monotonic() >= deadline:
                break
            if attempt == 0:
                log_progress(f"a role of the endpoint's identity does not hold yet; {role_minutes:g} minutes for it")
            time.sleep(BETWEEN_ROLES_S[min(attempt, len(BETWEEN_ROLES_S) - 1)])
            answer = _ask(caller, request, deployment, seconds)
    if answer.status_code != 200:
        raise RunFailed(f"the smoke test of {deployment} failed: {_reason(answer, secret)}")
    return _outputs(answer.text(), deployment)


def _ask(caller, request, deployment: str, seconds: float):
    """Return the deployment's answer, after some patience with one that can't be reached yet."""
    from azure.core.exceptions import AzureError

    for attempt in range(1, ATTEMPTS + 1):
        try:
            answer = caller.send_request(request, connection_timeout=30, read_timeout=seconds)
        except AzureError as error:
            raise RunFailed(f"the smoke test of {deployment} got no answer: {type(error).__name__}") from None
        if answer.status_code not in TRANSIENT or attempt == ATTEMPTS:
            break
        time.sleep(_wait(answer.headers.get("Retry-After")))
    return answer


def _lacks_role(answer) -> bool:
    """Whether the flow was refused by its connection or its model, because its identity has no role for that."""
    return answer.status_code >= 400 and LACKS_ROLE.search(answer.text()) is not None


def _outputs(text: str, deployment: str) -> dict[str, Any]:
    try:
        outputs = json.loads(text)
    except ValueError:
        raise RunFailed(f"the smoke test of {deployment} failed: its answer is no JSON") from None
    if not isinstance(outputs, dict) or not outputs:
        raise RunFailed(f"the smoke test of {deployment} failed: its answer has no outputs")
    if empty := [name for name, value in outputs.items() if value is None or value == ""]:
        raise RunFailed(f"the smoke test of {deployment} failed: the output {', '.join(empty)} is empty")
    return outputs


def _reason(answer, secret: str) -> str:
    status = answer.headers.get(MODEL_STATUS) or answer.status_code
    try:
        said = answer.json()["error"]["message"]
    except (ValueError, KeyError, TypeError):
        said = answer.text()
    text = f"{status}, {MEANINGS.get(answer.status_code, 'the endpoint failed')}: {' '.join(str(said).split())[:500]}"
    if _lacks_role(answer):
        text += "; the endpoint's identity lacks a role, or it does not hold yet: --endpoint_only prints which it needs"
    return redact_secrets(text.replace(secret, "***"))


def _wait(retry_after: str | None) -> float:
    return min(float(retry_after), 60.0) if retry_after and retry_after.isdigit() else BETWEEN_S
