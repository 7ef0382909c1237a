"""Sections of config.yaml: which one counts, and what the error for each mistake says."""

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops.common.errors import UserError
from mlops.common.paths import REPOSITORY
from mlops.configuration.config import Configuration, load_data_assets, parse
from mlops.configuration.endpoints import AoaiConfig
from mlops.configuration.sections import AiStudioConfig, ChatModel

FLOW = """
flow_path: flows/a
data_path: data/a.jsonl
eval_data_path: data/b.jsonl
column_mapping: {text: "${data.text}"}
model: {deployment: m, family: chat, max_output_tokens: 5}
"""


ENVIRONMENTS = ("local", "pr", "dev", "prod")


@pytest.fixture
def write(tmp_path):
    def write(text: str, environment: str = "pr", **variables: str) -> Configuration:
        path = tmp_path / "config.yaml"
        path.write_text(text, encoding="utf-8")
        return Configuration(environment, path, variables)

    return write


def flow_section(name: str, extra: str = "") -> str:
    return f"{name}:" + (FLOW + extra).replace("\n", "\n  ")


# Which section


def test_the_section_of_the_environment_is_preferred_to_the_plain_one(write):
    text = """
    aoai_config: {connection: c, endpoint: "https://plain", api_version: v}
    aoai_config_local: {connection: c, endpoint: "https://special", api_version: v}
    """
    assert write(text, "local").aoai().endpoint == "https://special"
    assert write(text, "dev").aoai().endpoint == "https://plain"


def test_a_flow_without_the_environment_names_those_that_it_has(write):
    text = "\n".join(flow_section(f"f_{e}") for e in ENVIRONMENTS)
    with pytest.raises(UserError, match=r"^no section f_qa in .*config.yaml; it has local, pr, dev, prod$"):
        write(text, "qa").flow("f")


def test_a_flow_of_which_there_is_no_section_at_all_is_said_so(write):
    with pytest.raises(UserError, match="no section g_pr .* no section for the flow g at all"):
        write(flow_section("f_pr")).flow("g")


def test_section_names_that_are_no_texts_do_no_harm(write):
    with pytest.raises(UserError, match="no section g_pr"):
        write("1: {}\n" + flow_section("f_pr")).flow("g")


@pytest.mark.parametrize("read", ["aoai", "aistudio"])
def test_a_missing_plain_section_is_named(write, read):
    with pytest.raises(UserError, match=f"no section {read}_config in .*config.yaml"):
        getattr(write("a: {}"), read)()


def test_a_deployment_is_an_entry_of_its_section(write):
    text = "deployment_configs: {a: {endpoint_name: my-endpoint, instance_type: t}}"
    assert write(text).deployment("a").endpoint_name == "my-endpoint"


@pytest.mark.parametrize(
    ("section", "has"),
    [("{a: {}, b: {}}", "has a, b"), ("", "has none"), ("{}", "has none"), ("a", "found str"), ("[c]", "found list")],
)
def test_a_missing_deployment_names_those_that_there_are(write, section, has):
    with pytest.raises(UserError, match=f"section deployment_configs.*{has}"):
        write(f"deployment_configs: {section}").deployment("c")


@pytest.mark.parametrize("name", ["1a", "A", "ab", "a" * 33, "a_b"])
def test_an_endpoint_name_that_azure_refuses_is_refused(write, name):
    with pytest.raises(UserError, match="key endpoint_name"):
        write(f"deployment_configs: {{a: {{endpoint_name: '{name}', instance_type: t}}}}").deployment("a")


# Variables


def test_a_missing_variable_matters_only_to_the_section_that_asks_for_it(write):
    text = "aoai_config: {connection: c, endpoint: '${MISSING}', api_version: v}\n" + flow_section("f_pr")
    configuration = write(text)
    assert configuration.flow("f").model.deployment == "m"
    with pytest.raises(UserError, match=r"section aoai_config, key endpoint: MISSING is not set; .*\.env"):
        configuration.aoai()


def test_the_key_of_a_missing_variable_is_reported_with_its_path(write):
    text = flow_section("f_pr").replace("deployment: m", "deployment: '${M}'")
    with pytest.raises(UserError, match=r"key model\.deployment: M is not set"):
        write(text).flow("f")


# .env


# Mistakes


@pytest.mark.parametrize("key", ["retrieval", "planning"])
def test_a_part_that_a_flow_cannot_do_without_is_reported_by_its_key_and_section(write, key):
    config = write(flow_section("f_pr")).flow("f")
    with pytest.raises(UserError, match=f"config.yaml, the section with flow_path .*: key {key} is missing"):
        getattr(config, f"required_{key}")()


def test_the_endpoint_of_an_emulator_that_nothing_has_started_is_reported_with_a_remedy(write):
    aoai = write("aoai_config: {connection: c, emulator: {}}").aoai()
    with pytest.raises(UserError, match="the connection c has no endpoint in .*; name an environment with an endpoint"):
        aoai.to_endpoint()


def test_an_unknown_key_is_reported_with_what_was_meant(write):
    with pytest.raises(UserError, match=r"section f_pr: unknown key concurency; did you mean concurrency\?"):
        write(flow_section("f_pr", "concurency: 3")).flow("f")


def test_an_unknown_key_further_down_is_reported_with_its_path(write):
    text = flow_section("f_pr").replace("family: chat", "family: chat, temprature: 1")
    with pytest.raises(UserError, match=r"unknown key model\.temprature; did you mean model\.temperature\?"):
        write(text).flow("f")


def test_an_unknown_key_of_an_optional_part_is_reported_with_its_path(write):
    with pytest.raises(UserError, match=r"unknown key emulator\.latency; did you mean emulator\.latency_ms\?"):
        write("aoai_config: {connection: c, api_version: v, emulator: {latency: 5}}").aoai()


@pytest.mark.parametrize("name", ["match.f1", "min"])
def test_an_unknown_key_of_a_named_entry_is_reported_with_its_path(write, name):
    text = flow_section("f_pr", f"thresholds: {{{name}: {{mim: 0.5}}}}")
    with pytest.raises(
        UserError, match=rf"unknown key thresholds\.{name}\.mim; did you mean thresholds\.{name}\.min\?"
    ):
        write(text).flow("f")


def test_an_unknown_key_like_no_other_gets_no_suggestion(write):
    with pytest.raises(UserError) as error:
        write(flow_section("f_pr", "zzz: 3")).flow("f")
    assert str(error.value).endswith("unknown key zzz")


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("family: chat", "family: clairvoyant", "model.family"),
        ("max_output_tokens: 5", "max_output_tokens: many", "model.max_output_tokens"),
        ("max_output_tokens: 5", "max_output_tokens: 0", "model.max_output_tokens"),
        ("family: chat", "family: chat, temperature: 3", "model.temperature"),
        ("deployment: m", "deployment: ''", "model.deployment"),
        ("data_path: data/a.jsonl", "data_path: [1]", "data_path"),
        ('{text: "${data.text}"}', "[text]", "column_mapping"),
    ],
)
def test_a_value_of_the_wrong_kind_is_reported_with_its_key(write, old, new, key):
    with pytest.raises(UserError, match=f"section f_pr: key {key}: "):
        write(flow_section("f_pr").replace(old, new)).flow("f")


def test_a_missing_key_is_named(write):
    with pytest.raises(UserError, match="section f_pr: key model.family is missing"):
        write(flow_section("f_pr").replace(", family: chat", "")).flow("f")


@pytest.mark.parametrize("value", ["", "[a, b]", "text", "5"])
def test_a_section_that_is_no_mapping_is_reported(write, value):
    with pytest.raises(UserError, match="section aoai_config: expected keys and values"):
        write(f"aoai_config: {value}").aoai()


def test_a_key_that_stands_twice_is_refused_with_its_line(write):
    with pytest.raises(UserError, match=r"duplicate key b .*line 3"):
        write("a:\n  b: 1\n  b: 2\n")


def test_a_section_that_stands_twice_is_refused(write):
    with pytest.raises(UserError, match="duplicate key a"):
        write("a: 1\nb: 2\na: 3\n")


def test_keys_may_be_set_again_over_an_anchor(write):
    text = flow_section("f_local: &f") + "\nf_pr:\n  <<: *f\n  concurrency: 3\n"
    text = text.replace("f_local: &f:", "f_local: &f")
    assert write(text).flow("f").concurrency == 3
    assert write(text, "local").flow("f").concurrency == 16


@pytest.mark.parametrize(
    "text",
    [
        "a: [1",
        "a: b: c",
        "\ta: 1",
        "a: *nowhere",
        "a: !!python/object:os.system {}",
        "? [a, b]\n: 1",
        "? {a: b}\n: 1",
        "a: \x00",
    ],
)
def test_broken_yaml_is_one_sentence(write, text):
    with pytest.raises(UserError, match="config.yaml is not valid YAML: ") as error:
        write(text)
    assert "\n" not in str(error.value)


def test_another_encoding_is_one_sentence(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_bytes(b"a: \xff\n")
    with pytest.raises(UserError, match="config.yaml is not valid YAML"):
        Configuration("pr", path, {})


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "text", "# nothing but a comment"])
def test_a_file_without_sections_is_reported(write, text):
    with pytest.raises(UserError, match="config.yaml has to hold sections"):
        write(text)


def test_a_file_that_is_not_there_or_is_a_folder_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match="none.yaml does not exist"):
        Configuration("pr", tmp_path / "none.yaml", {})
    with pytest.raises(UserError, match="cannot be read"):
        Configuration("pr", tmp_path, {})


@given(st.text(string.ascii_letters, min_size=12, max_size=40))
def test_no_error_repeats_the_value_of_a_variable(secret):
    sections = [
        (AoaiConfig, {"connection": "c", "endpoint": "${S}", "api_version": "v"}),
        (AoaiConfig, {"connection": "c", "endpoint": "https://a", "api_version": "v", "emulator": "${S}"}),
        (AoaiConfig, {"connection": "c", "endpoint": "https://a", "api_version": ["${S}"]}),
        (AoaiConfig, {"api_key": "${S}"}),
        (ChatModel, {"deployment": "d", "family": "${S}", "max_output_tokens": 1}),
        (ChatModel, {"deployment": "d", "family": "chat", "max_output_tokens": "${S}"}),
        (AiStudioConfig, {"subscription_id": "${S}", "resource_group_name": ["${S}"], "project_name": "p"}),
    ]
    for model, content in sections:
        with pytest.raises(UserError) as error:
            parse(content, model, "here", {"S": secret})
        assert secret not in str(error.value)


def test_a_key_does_not_show_in_the_configuration():
    aoai = parse(
        {"connection": "c", "endpoint": "https://a", "api_key": "${K}", "api_version": "v"},
        AoaiConfig,
        "here",
        {"K": "distinctive"},
    )
    assert "distinctive" not in f"{aoai!r} {aoai} {aoai.model_dump()} {aoai.model_dump_json()}"
    assert aoai.api_key.get_secret_value() == "distinctive"


# Endpoints and models


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://a.openai.azure.com",
        "https://a/",
        "http://127.0.0.1:8900",
        "http://localhost:1",
        "http://[::1]:2/",
        "http://127.8.8.8",
    ],
)
def test_endpoints_that_are_encrypted_or_on_loopback_are_taken(endpoint):
    taken = AoaiConfig(connection="c", endpoint=endpoint, api_version="v").endpoint
    assert taken == endpoint.rstrip("/")


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://a.openai.azure.com",
        "http://127.0.0.1.evil.example",
        "ftp://localhost",
        "localhost:80",
        "https://",
        "http://",
        "http://10.0.0.1",
        "http://localhost.example",
        "http://127.0.0.1@evil.example",
        "http://[::1",
        "a",
    ],
)
def test_endpoints_in_the_clear_or_of_no_form_are_refused(endpoint):
    content = {"connection": "c", "endpoint": endpoint, "api_version": "v"}
    with pytest.raises(UserError, match="section s: key endpoint: "):
        parse(content, AoaiConfig, "section s", {})


def test_an_endpoint_needs_neither_user_nor_password():
    content = {"connection": "c", "endpoint": "https://user:distinctive@a.example", "api_version": "v"}
    with pytest.raises(UserError, match="key endpoint: ") as error:
        parse(content, AoaiConfig, "section s", {})
    assert "distinctive" not in str(error.value)


def test_an_endpoint_or_an_emulator_there_has_to_be():
    with pytest.raises(UserError, match="endpoint"):
        parse({"connection": "c", "api_version": "v"}, AoaiConfig, "section s", {})
    assert parse({"connection": "c", "api_version": "v", "emulator": {}}, AoaiConfig, "s", {}).emulator.seed == 0


def test_each_family_gets_the_parameters_that_it_takes():
    chat = ChatModel(deployment="d", family="chat", max_output_tokens=7, temperature=0.5)
    reasoning = ChatModel(deployment="d", family="reasoning", max_output_tokens=7, temperature=0.5)
    assert chat.parameters() == {"max_tokens": 7, "temperature": 0.5}
    assert reasoning.parameters() == {"max_completion_tokens": 7}


def test_a_configuration_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        ChatModel(deployment="d", family="chat", max_output_tokens=7).family = "reasoning"


def test_a_project_is_a_destination_of_traces():
    project = AiStudioConfig(subscription_id="s", resource_group_name="g", project_name="p")
    assert project.trace_destination == (
        "azureml://subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/p"
    )


# What is shipped


def test_a_data_asset_that_is_not_right_is_reported_with_its_number(tmp_path):
    path = tmp_path / "data_config.yaml"
    path.write_text("data_assets:\n- {name: a, path: b}\n- {name: 'a b', path: c}\n")
    with pytest.raises(UserError, match="data_config.yaml, asset 2: key name: "):
        load_data_assets(path, {})


@pytest.mark.parametrize("content", ["data_assets:", "other: 1"])
def test_no_data_assets_are_no_mistake(tmp_path, content):
    path = tmp_path / "data_config.yaml"
    path.write_text(content)
    assert load_data_assets(path, {}) == []


@pytest.mark.parametrize("content", ["text", "{a: 1}", "5"])
def test_data_assets_that_are_no_list_are_reported(tmp_path, content):
    path = tmp_path / "data_config.yaml"
    path.write_text(f"data_assets: {content}")
    with pytest.raises(UserError, match="data_config.yaml: data_assets has to be a list"):
        load_data_assets(path, {})


def test_paths_are_shown_as_a_user_would_type_them(tmp_path):
    from mlops.common.paths import display_path

    assert display_path(REPOSITORY / "config" / "config.yaml") == str(Path("config/config.yaml"))
    assert display_path(tmp_path / "x") == str((tmp_path / "x").resolve())
