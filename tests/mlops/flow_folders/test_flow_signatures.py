"""What a batch gives a flow is compared with what the flow takes, before anything runs."""

import pytest

from mlops.cloud_runs.scale_out_code import with_overrides
from mlops.common.errors import UserError
from mlops.common.paths import REPOSITORY
from mlops.flow_folders.signatures import check_arguments

FLOWS = REPOSITORY / "flows"
TEXT = {"entity_type": "${data.entity_type}", "text": "${data.text}"}


def check(flow, mapping, init=None):
    check_arguments(FLOWS / flow / "standard", mapping, init)


def test_what_fits_is_taken():
    check("function_basic_flow", {**TEXT, "deployment": "d"})
    check("class_basic_flow", TEXT, {"connection": "c", "structured_output": False})
    check("yaml_basic_flow", TEXT)


@pytest.mark.parametrize(
    ("flow", "mapping", "init", "says"),
    [
        ("function_basic_flow", {**TEXT, "deploymnt": "d"}, None, "has deploymnt, which the flow does not take"),
        ("function_basic_flow", {"text": "${data.text}"}, None, "lacks entity_type"),
        ("class_basic_flow", TEXT, {"conection": "c"}, "has conection"),
        ("yaml_basic_flow", {**TEXT, "temprature": 1}, None, "has temprature"),
        ("yaml_basic_flow", {**TEXT, "text": "${dta.text}"}, None, r"text is \$\{dta.text\}"),
        ("yaml_basic_flow", TEXT, {"a": 1}, "has a, which the flow does not take; it takes nothing"),
    ],
)
def test_what_does_not_fit_is_named(flow, mapping, init, says):
    with pytest.raises(UserError, match=says):
        check(flow, mapping, init)


DAG = {
    "nodes": [
        {"name": "ask", "type": "llm", "connection": "a", "inputs": {"deployment_name": "d"}},
        {"name": "read", "use_variants": True},
    ],
    "node_variants": {
        "read": {
            "default_variant_id": "one",
            "variants": {"one": {"node": {"inputs": {"x": 1}}}, "two": {"node": {"inputs": {"x": 2}}}},
        }
    },
}


def test_variants_and_connections_are_written_into_the_dag():
    resolved = with_overrides(DAG, {"ask": {"connection": "b", "deployment_name": "e"}}, "${read.two}", "flow")

    assert resolved["nodes"][0]["connection"] == "b" and resolved["nodes"][0]["inputs"] == {"deployment_name": "e"}
    assert resolved["nodes"][1] == {"name": "read", "inputs": {"x": 2}} and "node_variants" not in resolved


@pytest.mark.parametrize(
    ("overrides", "variant", "says"),
    [
        ({"aks": {"connection": "b"}}, None, "has no node aks; it has ask, read"),
        ({"ask": {"connectoin": "b"}}, None, "no input connectoin"),
        ({}, "${read.three}", "no variant"),
    ],
)
def test_what_the_dag_does_not_have_is_named(overrides, variant, says):
    with pytest.raises(UserError, match=says):
        with_overrides(DAG, overrides, variant, "flow")
