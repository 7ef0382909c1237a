"""Who is signed in, the subscription, and the services that are registered in it."""

from __future__ import annotations

from collections.abc import Iterator

from mlops.azure.caller import is_application
from mlops.azure.checks.finding import Finding, missing, ok
from mlops.azure.checks.target import Target

# Of https://learn.microsoft.com/rest/api/resources: subscriptions and providers have versions of their own.
SUBSCRIPTIONS, REGISTRATIONS = "2022-12-01", "2021-04-01"
# What infra/ makes, but for what the flow service runs in. A service that is not registered refuses with
# MissingSubscriptionRegistration: https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/
# error-register-resource-provider
PROVIDERS = (
    "Microsoft.MachineLearningServices",
    "Microsoft.CognitiveServices",
    "Microsoft.Storage",
    "Microsoft.KeyVault",
    "Microsoft.ContainerRegistry",
    "Microsoft.Insights",
    "Microsoft.OperationalInsights",
    "Microsoft.ManagedIdentity",
)


def identity(target: Target) -> Iterator[Finding]:
    """Check who is signed in, and that the subscription is of their tenant and can be used."""
    claims = target.claims
    names = ("upn", "preferred_username", "unique_name", "appid", "oid")
    name = next((claims[key] for key in names if claims.get(key)), "somebody without a name")
    kind = "the application" if is_application(claims) else "the user"
    yield ok("signed in", f"{kind} {name}, of the tenant {claims.get('tid')}")
    about = target.manager.get(target.subscription, SUBSCRIPTIONS)
    tenant, state = about.get("tenantId"), about.get("state")
    if tenant and claims.get("tid") and tenant != claims["tid"]:
        yield missing("subscription", f"it is of the tenant {tenant}", f"az login --tenant {tenant}")
    elif state not in ("Enabled", "Warned", "PastDue"):  # the states in which resources can be changed
        command = f"az account show --subscription {target.project.subscription_id}"
        yield missing("subscription", f"it is {state}; only its owner can enable it", command)
    else:
        yield ok("subscription", f"{about.get('displayName')}, {state}")


def providers(target: Target) -> Iterator[Finding]:
    """Check that the services are registered in the subscription."""
    for name in PROVIDERS:
        state = target.manager.get(f"{target.subscription}/providers/{name}", REGISTRATIONS).get("registrationState")
        register = f"az provider register --namespace {name} --subscription {target.project.subscription_id}"
        what = f"provider {name}"
        yield ok(what, "registered") if state == "Registered" else missing(what, f"{state}", register)
