"""Flows that a team adds, each a folder with a definition, and a section of config.yaml: they are served at once."""

import sys
from pathlib import Path

import pytest
from model_server import ModelServer
from playground_page import Page
from running_service import STREAM, events_of, running, settings_for

import flows
from mlops.common.errors import UserError
from mlops.common.paths import CONFIG_FILE, DOCUMENTS
from src.flow_service.settings import load_settings

FOLDER = Path(__file__).with_name("added_flows")
MAPPINGS = {"added_class": ["review", "tone"], "added_function": ["report"], "added_dag": ["topic"]}
SECTION = """
{name}_local:
  <<: *basic_flow
  flow_path: {folder}/{name}/standard
  column_mapping: {{{mapping}}}
"""
HANDBOOK = DOCUMENTS / "larkmoor_handbook.pdf"
REPLY = "We are sorry, and thankful."


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """A config.yaml with sections for the added flows, which are among those of the repository meanwhile."""
    path = tmp_path_factory.mktemp("added") / "config.yaml"
    sections = [
        SECTION.format(name=name, folder=FOLDER, mapping=", ".join(f"{each}: '${{data.{each}}}'" for each in inputs))
        for name, inputs in MAPPINGS.items()
    ]
    path.write_text(CONFIG_FILE.read_text(encoding="utf-8") + "".join(sections), encoding="utf-8")
    before, own = set(sys.modules), flows.__path__
    flows.__path__ = [*own, str(FOLDER)]
    flows.all_flows.cache_clear()
    yield path
    flows.__path__ = own
    flows.all_flows.cache_clear()
    for name in set(sys.modules) - before:
        if name.startswith("flows.added_") or name in ("asking", "wording", "added_measuring"):
            del sys.modules[name]


@pytest.fixture(scope="module")
def models():
    with ModelServer(lambda _: REPLY) as server:
        yield server


@pytest.fixture(scope="module")
def service(config, models, tmp_path_factory):
    with running(settings_for(models.endpoint, tmp_path_factory.mktemp("documents"), path=config)) as client:
        yield client


def test_they_are_listed_with_those_of_the_repository(service):
    listed = {flow["name"]: flow for flow in service.get("/flows").json()}
    assert set(MAPPINGS) < set(listed) and "class_basic_flow" in listed
    assert listed["added_class"]["streams"] and not listed["added_dag"]["streams"]
    assert listed["added_function"]["document"] == "report" and listed["added_dag"]["document"] is None
    assert listed["added_dag"]["sample"] == {"topic": "the sea"}


def test_a_class_answers_with_its_own_inputs_and_outputs(service, models):
    answer = service.post("/flows/added_class", json={"review": "Cold soup."})
    assert answer.json()["outputs"] == {"reply": REPLY, "tone": "friendly"}
    assert answer.json()["usage"] == {"prompt_tokens": 7, "completion_tokens": 3}
    assert models.chats[-1]["messages"][0]["content"] == "Reply in a friendly tone to: Cold soup."
    assert models.chats[-1]["model"] == "gpt-5.6-luna"


def test_an_output_of_any_name_is_streamed_beside_the_flows_own_events(service):
    first, *pieces, last = events_of(service.post("/flows/added_class", json={"review": "Cold."}, headers=STREAM))
    assert first == ("draft", {"words": 5})
    assert "".join(data["text"] for name, data in pieces if name == "delta") == REPLY and len(pieces) == 5
    assert last[0] == "result" and last[1]["outputs"] == {"reply": REPLY, "tone": "friendly"}


def test_a_function_that_is_not_asynchronous_gets_documents_and_its_constants(service):
    pdf_url = service.post("/documents", content=HANDBOOK.read_bytes()).json()["pdf_url"]
    for report in (pdf_url, "data/documents/larkmoor_handbook.pdf"):
        answer = service.post("/flows/added_function", json={"report": report})
        assert answer.json()["outputs"] == {"size": HANDBOOK.stat().st_size, "unit": "BYTES"}
    refused = service.post("/flows/added_function", json={"report": "documents/" + "A" * 43})
    assert refused.status_code == 422 and refused.json()["errors"][0]["field"] == "report"


def test_a_dag_has_its_variant_its_constants_and_the_parameters_of_the_configured_model(service, models):
    answer = service.post("/flows/added_dag", json={"topic": "the sea"})
    assert answer.json()["outputs"] == {"lines": ["We are sorry", "and thankful."], "number": 2}
    asked = models.chats[-1]
    assert [message["content"] for message in asked["messages"]] == ["You write poems.", "A short poem about the sea"]
    assert asked["model"] == "gpt-5.6-luna" and asked["max_completion_tokens"] == 1000 and asked["stop"] == ["THE END"]
    assert "temperature" not in asked and "max_tokens" not in asked


@pytest.mark.parametrize(
    "name, hidden", [("added_class", "in_pieces"), ("added_function", "unit"), ("added_dag", "style")]
)
def test_callers_send_the_inputs_of_the_definition_and_no_others(service, name, hidden):
    sample = next(flow["sample"] for flow in service.get("/flows").json() if flow["name"] == name)
    answer = service.post(f"/flows/{name}", json={**sample, hidden: "x"})
    assert answer.status_code == 422 and answer.json()["errors"] == [
        {"field": hidden, "message": "there is no such field"}
    ]


def test_a_pattern_of_a_field_is_named(service):
    answer = service.post("/flows/added_class", json={"review": "!"})
    assert answer.status_code == 422 and "pattern" in answer.json()["errors"][0]["message"]


def test_the_openapi_document_has_each_flows_own_models_though_they_share_names(service):
    document = service.get("/openapi.json").json()
    schemas = document["components"]["schemas"]

    def of(reference):
        return schemas[reference["$ref"].rsplit("/", 1)[1]]["properties"]

    outputs = {"added_class": ["reply", "tone"], "added_function": ["size", "unit"], "added_dag": ["lines", "number"]}
    for name, inputs in MAPPINGS.items():
        operation = document["paths"][f"/flows/{name}"]["post"]
        assert list(of(operation["requestBody"]["content"]["application/json"]["schema"])) == inputs
        result = of(operation["responses"]["200"]["content"]["application/json"]["schema"])
        assert list(of(result["outputs"])) == outputs[name]
    described = document["paths"]["/flows/added_class"]["post"]["description"]
    assert (
        "`draft` with the number of words as `words`, `delta` with a chunk of the answer as `text`, then" in described
    )


def test_metrics_count_them(service):
    assert service.post("/flows/added_dag", json={"topic": "the sea"}).status_code == 200
    assert 'flow_requests_total{flow="added_dag",status="200"}' in service.get("/metrics").text


def test_serving_names_those_that_are_served(config, models, tmp_path):
    serving = "serving_local: &serving_local\n"
    chosen = tmp_path / "config.yaml"
    chosen.write_text(config.read_text().replace(serving, f"{serving}  flows: [added_dag, yaml_basic_flow]\n"))
    assert list(load_settings("local", chosen, {}).flows) == ["added_dag", "yaml_basic_flow"]
    with running(settings_for(models.endpoint, tmp_path, path=chosen)) as client:
        assert [flow["name"] for flow in client.get("/flows").json()] == ["added_dag", "yaml_basic_flow"]
        assert client.post("/flows/class_basic_flow", json={}).status_code == 404
    chosen.write_text(config.read_text().replace(serving, f"{serving}  flows: [nope]\n"))
    with pytest.raises(UserError, match="there is no flow nope; there are .*added_dag"):
        load_settings("local", chosen, {})


@pytest.mark.browser
def test_the_page_has_a_form_for_each_and_shows_outputs_of_any_name(browser, service):
    page = Page(browser, service, "added_dag")
    assert page.text("h1") == "Added DAG"
    page.fill("topic", "a lake")
    page.press("Run")
    assert "We are sorry" in page.wait_for(".answer").text
    page = Page(browser, service, "added_class")
    assert page.one("[name=review]").get_attribute("value") == "The soup was cold."
    page.press("Run")
    assert REPLY in page.wait_for(".answer").text and page.complaints() == []


@pytest.mark.browser
def test_the_page_takes_a_document_for_a_flow_without_a_conversation(browser, service):
    page = Page(browser, service, "added_function")
    page.press("Run")
    assert "Report: is missing" in page.wait_for(".document .problem").text
    page.take(HANDBOOK)
    page.wait_for(".document .chosen")
    page.press("Run")
    assert str(HANDBOOK.stat().st_size) in page.wait_for(".answer").text
    assert page.complaints() == []
