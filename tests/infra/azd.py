"""What azd makes of its environment's variables: the parameters of infra/main.bicep."""

import json
import re

from bicep_templates import Template, parse

from mlops.common.paths import REPOSITORY

FOLDER = REPOSITORY / "infra"
AZD = {
    "AZURE_ENV_NAME": "llmops-dev",
    "AZURE_LOCATION": "swedencentral",
    "AZURE_PRINCIPAL_ID": "you",
    "AZURE_PRINCIPAL_TYPE": "User",
}
ALL = {"DEPLOY_AKS": "true", "DEPLOY_FUNCTIONS": "true"}
REFERENCE = re.compile(r"\$\{(\w+)\}")
# azd makes of a text what the parameter's type asks for (armParameterFileValue in its bicep_provider.go).
FROM_TEXT = {"bool": lambda text: {"true": True, "false": False}[text], "int": int, "string": str}


def azd_parameters(**variables):
    """The parameters that azd takes from main.parameters.json, with the variables of its environment.

    A parameter whose variable is not set is left to the template's default (loadParameters in its bicep_provider.go).
    """
    declared = parse((FOLDER / "main.bicep").read_text(encoding="utf-8"))["parameters"]
    written = json.loads((FOLDER / "main.parameters.json").read_text(encoding="utf-8"))["parameters"]
    names = {name: REFERENCE.fullmatch(about["value"])[1] for name, about in written.items()}
    known = AZD | variables
    return {name: FROM_TEXT[declared[name]["type"]](known[of]) for name, of in names.items() if of in known}


def deploy(**variables):
    """What azd deploys with some variables in its environment."""
    return Template(FOLDER / "main.bicep", azd_parameters(**variables))


def resources(template, kind):
    """The resources of a type that are deployed, by name, but for those of a loop."""
    found = [each for each in template.resources() if each.about["type"] == kind and not each.about["loop"]]
    return {each.get("name"): each.template.value(each.about["config"]) for each in found}


def page(name):
    """The text of a page."""
    return (REPOSITORY / "docs" / name).read_text(encoding="utf-8")


def table(text, *header):
    """The rows of a page's table with that header, as tuples."""
    rows = text.partition(f"| {' | '.join(header)} |")[2].split("\n\n")[0].splitlines()
    return [tuple(cell.strip() for cell in row.strip("|").split(" | ")) for row in rows[2:]]
