"""What `azd up` makes: names that Azure takes, roles that the pages name, no keys, hosts as the pages ask for them."""

import json
import re

import pytest
import yaml
from azd import ALL, FOLDER, deploy, page, resources, table
from bicep_templates import Broken, Template, parse

from mlops.common.paths import REPOSITORY

FILES = sorted(FOLDER.rglob("*.bicep"))
# https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
ROLES = {
    "AcrPull": "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    "Azure Kubernetes Service RBAC Cluster Admin": "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b",
    "Azure Machine Learning Workspace Connection Secrets Reader": "ea01e6af-a1c1-4350-9563-ad00f8c72ec5",
    "AzureML Data Scientist": "f6c7c914-8db3-469d-8ca1-694a8f32e121",
    "Cognitive Services OpenAI User": "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd",
    "Managed Identity Operator": "f1a07417-d97a-45cb-824c-7a7467783830",
    "Storage Blob Data Contributor": "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
    "Storage Blob Data Owner": "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
    "Storage Blob Data Reader": "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
    "Storage File Data Privileged Contributor": "69566ab7-960f-475b-8e7c-b3118f30c6bd",
}
WHO = {
    "you": "you",
    "id-batches-": "the identity of batches",
    "id-endpoints-": "the identity of online endpoints",
    "id-service-": "the identity of the flow service",
    "aks-": "the cluster's nodes",
}
ON = {
    "project-": "the project",
    "stf": "the function app's storage account",
    "st": "the storage account",
    "models-": "the model resource",
    "cr": "the registry",
    "aks-": "the cluster",
    "id-endpoints-": "the identity of online endpoints",
}


def worded(name, words):
    return next(word for prefix, word in words.items() if name.startswith(prefix))


# --- The files ---


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_parameters_and_outputs_are_described_and_parameters_used(file):
    text = file.read_text(encoding="utf-8")
    found = parse(text)
    for kind in ("parameters", "outputs"):
        for name, about in found.get(kind, {}).items():
            assert "description" in {decorator["type"] for decorator in about["decorators"]}, name
    for name in found["parameters"]:
        assert len(re.findall(rf"\b{name}\b", text)) > 1, f"{name} is not used"


@pytest.mark.parametrize("variables", [{}, {"DEPLOY_AKS": "true"}, {"DEPLOY_FUNCTIONS": "true"}, ALL])
def test_every_expression_leads_to_something_whatever_is_left_out(variables):
    template = deploy(**variables)
    assert len([each.template.value(each.about["config"], loop_symbols(each)) for each in template.resources()]) > 15
    assert all(isinstance(value, str) for value in template.outputs().values())


def loop_symbols(resource):
    if not resource.about["loop"]:
        return {}
    items = resource.template.value(resource.about["loop"]["array_name"])
    return {
        resource.about["loop"]["item_name"]: items[0]
        if items
        else {"role": "AcrPull", "principalId": "", "principalType": ""}
    }


@pytest.mark.parametrize("name", ["dev", "e" * 25])
def test_names_fit_what_azure_allows(name):
    template = deploy(AZURE_ENV_NAME=name, **ALL)
    limits = {  # https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
        "Microsoft.MachineLearningServices/workspaces": r"[a-zA-Z0-9][\w-]{2,32}",
        "Microsoft.Storage/storageAccounts": r"[a-z0-9]{3,24}",
        "Microsoft.KeyVault/vaults": r"[a-zA-Z](?:[a-zA-Z0-9]|-(?!-)){1,22}[a-zA-Z0-9]",
        "Microsoft.ContainerRegistry/registries": r"[a-zA-Z0-9]{5,50}",
        "Microsoft.CognitiveServices/accounts": r"[a-zA-Z0-9][a-zA-Z0-9-]{1,63}",
        "Microsoft.OperationalInsights/workspaces": r"[a-zA-Z0-9][a-zA-Z0-9-]{2,61}[a-zA-Z0-9]",
        "Microsoft.ManagedIdentity/userAssignedIdentities": r"[a-zA-Z0-9][\w-]{2,127}",
        "Microsoft.ContainerService/managedClusters": r"[a-zA-Z0-9][\w-]{0,61}[a-zA-Z0-9]",
        "Microsoft.Web/sites": r"[a-zA-Z0-9][a-zA-Z0-9-]{0,58}[a-zA-Z0-9]",
    }
    for kind, pattern in limits.items():
        names = resources(template, kind)
        assert names and all(re.fullmatch(pattern, each) for each in names), (kind, names)


def test_a_name_that_is_too_long_for_azure_is_refused():
    with pytest.raises(Broken, match="environmentName"):
        deploy(AZURE_ENV_NAME="e" * 26)


def test_checkov_reads_bicep_with_the_parser_of_these_tests():
    def version(lock):
        return re.search(r"^pycep-parser==(\S+)", (REPOSITORY / lock).read_text(encoding="utf-8"), re.MULTILINE)[1]

    assert version("requirements-checkov.lock") == version("requirements.lock")


def test_every_check_that_is_left_out_has_its_reason():
    lines = (FOLDER / ".checkov.yaml").read_text(encoding="utf-8").splitlines()
    left_out = [line for line in lines if "CKV" in line]
    assert left_out and [line for line in left_out if not re.fullmatch(r"  - CKV_AZURE_\d+  # \S.+", line)] == []


# --- Roles ---


def test_roles_have_microsofts_names_and_ids_and_all_are_used():
    grants = list(deploy(**ALL).grants())
    assert {grant.role: grant.role_id for grant in grants} == ROLES
    assert json.loads((FOLDER / "roles.json").read_text(encoding="utf-8")) == ROLES


def test_who_has_which_role_is_what_the_page_says():
    made = {(worded(g.principal, WHO), g.role, worded(g.scope, ON)) for g in deploy(**ALL).grants()}
    said = {
        (who.partition(",")[0], role, on)
        for who, role, on, _ in table(page("azure.md"), "who", "role", "on", "what for")
    }
    assert made == said


def test_without_cluster_and_function_app_their_roles_are_not_assigned():
    assert {worded(grant.principal, WHO) for grant in deploy().grants()} == {
        "you",
        "the identity of batches",
        "the identity of online endpoints",
    }


@pytest.mark.parametrize(
    ("who", "place"),
    [
        ("id-batches-", "docs/scale_out.md"),
        ("id-endpoints-", "docs/online_endpoints.md"),
        ("id-endpoints-", "mlops/deployment"),
    ],
)
def test_the_roles_of_an_identity_are_those_that_its_page_or_command_names(who, place):
    path = REPOSITORY / place
    texts = [path] if path.is_file() else sorted(path.rglob("*.py"))
    named = " ".join(" ".join(each.read_text(encoding="utf-8") for each in texts).split())
    roles = {grant.role for grant in deploy().grants() if grant.principal.startswith(who)}
    assert len(roles) == 4 and [role for role in roles if role not in named] == []


def test_whoever_has_roles_is_a_user_or_a_service_principal():
    template = deploy(AZURE_PRINCIPAL_TYPE="ServicePrincipal")
    for resource in template.resources():
        if resource.about["loop"] and resource.about["loop"]["array_name"] == "access":
            for grant in resource.template.parameters["access"]:
                assert grant["principalType"] == "ServicePrincipal"


# --- Without keys ---


@pytest.mark.parametrize(("keys", "how"), [("false", "Identity"), ("true", "AccessKey")])
def test_datastores_use_keys_only_where_storage_takes_them(keys, how):
    template = deploy(STORAGE_KEYS=keys, **ALL)
    accounts = resources(template, "Microsoft.Storage/storageAccounts")
    taken = {worded(name, ON): each["properties"]["allowSharedKeyAccess"] for name, each in accounts.items()}
    assert taken == {"the storage account": keys == "true", "the function app's storage account": False}
    workspaces = resources(template, "Microsoft.MachineLearningServices/workspaces").values()
    [hub] = [each for each in workspaces if each["kind"] == "Hub"]
    assert hub["properties"]["systemDatastoresAuthMode"] == how


@pytest.mark.parametrize("keys", [True, False])
def test_models_take_keys_only_if_asked_to(keys):
    [account] = resources(deploy(MODEL_KEYS=str(keys).lower()), "Microsoft.CognitiveServices/accounts").values()
    assert account["properties"]["disableLocalAuth"] is not keys


@pytest.mark.parametrize(("protected", "value"), [("true", True), ("false", None)])
def test_a_vault_is_protected_or_does_not_say(protected, value):
    [vault] = resources(deploy(PURGE_PROTECTION=protected), "Microsoft.KeyVault/vaults").values()
    assert vault["properties"]["enablePurgeProtection"] is value


def test_the_project_has_the_identity_that_batches_run_under():
    template = deploy()
    workspaces = resources(template, "Microsoft.MachineLearningServices/workspaces").values()
    [project] = [each for each in workspaces if each["kind"] == "Project"]
    [identity] = project["identity"]["userAssignedIdentities"]
    assert identity.rpartition("/")[2] + ":properties.clientId" == template.get("SCALE_OUT_IDENTITY")


# --- The hosts of the flow service ---


def test_the_function_app_is_what_the_page_asks_for():
    template = deploy(**ALL)
    [plan] = resources(template, "Microsoft.Web/serverfarms").values()
    [app] = resources(template, "Microsoft.Web/sites").values()
    runtime = app["properties"]["functionAppConfig"]["runtime"]
    assert plan["sku"] == {"name": "FC1", "tier": "FlexConsumption"} and plan["properties"]["reserved"]
    assert "Flex Consumption" in page("functions.md") and f"Python {runtime['version']}" in page("functions.md")
    settings = {each["name"]: each["value"] for each in app["properties"]["siteConfig"]["appSettings"]}
    assert settings["AOAI_BASE_ENDPOINT"] == template.get("AOAI_BASE_ENDPOINT")
    assert settings["AZURE_CLIENT_ID"] == template.get("SERVICE_IDENTITY_CLIENT_ID")
    assert "AOAI_API_KEY" not in settings and "AzureWebJobsStorage" not in settings


def test_the_cluster_trusts_the_service_account_of_the_overlay():
    overlay = REPOSITORY / "src" / "flow_service" / "kubernetes" / "overlays" / "dev" / "kustomization.yaml"
    namespace = yaml.safe_load(overlay.read_text(encoding="utf-8"))["namespace"]
    kind = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials"
    [trusted] = resources(deploy(**ALL), kind).values()
    assert trusted["properties"]["subject"] == f"system:serviceaccount:{namespace}:flow-service"
    assert f"--subject {trusted['properties']['subject']} --audiences {trusted['properties']['audiences'][0]}" in page(
        "kubernetes.md"
    )


# --- The tests themselves ---


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("param name string\n", "missing or unknown: name"),
        ("param name int = 'x'\n", "no int"),
        ("@maxLength(2)\nparam name string = 'long'\n", "not within"),
        ("@allowed(['a'])\nparam name string = 'b'\n", "not of"),
        (
            "module it 'it.bicep' = if (false) {\n  name: 'it'\n  params: {}\n}\noutput o string = it.outputs.o\n",
            "not deployed",
        ),
    ],
)
def test_what_the_compiler_or_azure_would_refuse_is_refused_here(tmp_path, text, problem):
    (tmp_path / "main.bicep").write_text(text, encoding="utf-8")
    with pytest.raises(Broken, match=problem):
        Template(tmp_path / "main.bicep", {}).outputs()
