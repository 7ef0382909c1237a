"""Configuration: which section counts, how variables are filled in, and what every mistake is told like."""

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops.common import config as config_module
from mlops.common.config import Configuration, load_data_assets, parse, read_variables
from mlops.common.config_models import AiStudioConfig, AoaiConfig, ChatModel, FlowConfig, Section
from mlops.common.errors import UserError
from mlops.common.paths import REPOSITORY

FLOW = """
flow_path: flows/a
data_path: data/a.jsonl
eval_data_path: data/b.jsonl
column_mapping: {text: "${data.text}"}
model: {deployment: m, family: chat, max_output_tokens: 5}
"""
FLOWS = ("class_basic_flow", "function_basic_flow", "yaml_basic_flow")
ENVIRONMENTS = ("local", "pr", "dev", "prod")
NAMES = st.text(string.ascii_letters + "_", min_size=1, max_size=8)


@pytest.fixture
def write(tmp_path):
    def write(text: str, environment: str = "pr", **variables: str) -> Configuration:
        path = tmp_path / "config.yaml"
        path.write_text(text, encoding="utf-8")
        return Configuration(environment, path, variables)

    return write


def flow_section(name: str, extra: str = "") -> str:
    return f"{name}:" + (FLOW + extra).replace("\n", "\n  ")


class One(Section):
    value: str


def filled(text: str, **variables: str) -> str:
    return parse({"value": text}, One, "here", variables).value


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


def test_the_key_of_a_missing_variable_is_told_with_its_path(write):
    text = flow_section("f_pr").replace("deployment: m", "deployment: '${M}'")
    with pytest.raises(UserError, match=r"key model\.deployment: M is not set"):
        write(text).flow("f")


@pytest.mark.parametrize(("variables", "value"), [({}, "d"), ({"V": ""}, "d"), ({"V": "x"}, "x")])
def test_a_default_counts_when_the_variable_is_missing_or_empty(variables, value):
    assert filled("${V:-d}", **variables) == value


def test_an_empty_variable_without_a_default_is_as_good_as_missing():
    with pytest.raises(UserError, match="V is not set"):
        filled("${V}", V="")


def test_a_default_may_be_empty_and_may_hold_colons_and_dashes():
    assert filled("[${V:-}]") == "[]"
    assert filled("${V:-http://a:80/-b}") == "http://a:80/-b"


def test_a_column_of_the_data_is_no_variable():
    assert filled("${data.text}") == "${data.text}"


def test_variables_inside_lists_are_filled_in_and_missing_ones_located():
    class Many(Section):
        values: list[str]

    assert parse({"values": ["${A}", "b"]}, Many, "here", {"A": "a"}).values == ["a", "b"]
    with pytest.raises(UserError, match=r"key values\[1\]: B is not set"):
        parse({"values": ["a", "${B}"]}, Many, "here", {})


@given(st.text().filter(lambda text: "${" not in text))
def test_text_without_a_variable_stays_as_it_is(text):
    assert filled(text) == text


@given(NAMES, st.text(min_size=1), st.text(), st.text())
def test_a_value_is_put_in_literally_and_never_expanded_again(name, value, before, after):
    before, after = before.replace("$", ""), after.replace("$", "")
    variables = {"OTHER": "again", name: value + "${OTHER}\\1"}
    assert filled(f"{before}${{{name}}}{after}", **variables) == f"{before}{value}${{OTHER}}\\1{after}"


@given(NAMES, st.text().filter(lambda text: "}" not in text))
def test_any_default_without_a_closing_brace_is_taken_literally(name, default):
    assert filled(f"${{{name}:-{default}}}") == default


@given(st.lists(st.tuples(NAMES, st.text(min_size=1)), unique_by=lambda pair: pair[0], min_size=1))
def test_every_variable_of_a_text_is_filled_in(pairs):
    text = "|".join(f"${{{name}}}" for name, _ in pairs)
    assert filled(text, **dict(pairs)) == "|".join(value for _, value in pairs)


# .env


@pytest.fixture
def env_file(tmp_path, monkeypatch):
    path = tmp_path / ".env"
    monkeypatch.setattr(config_module, "ENV_FILE", path)
    return path


def test_the_environment_is_above_the_file_env_and_neither_changes(env_file, monkeypatch):
    env_file.write_text("A_TEST_1=file\nA_TEST_2=file\n")
    monkeypatch.setenv("A_TEST_1", "process")
    variables = read_variables()
    assert (variables["A_TEST_1"], variables["A_TEST_2"]) == ("process", "file")
    import os

    assert "A_TEST_2" not in os.environ


def test_a_file_env_is_not_needed(env_file):
    assert "PATH" in read_variables()


def test_a_file_env_may_have_quotes_comments_and_names_without_values(env_file):
    env_file.write_text("# comment\nexport A_TEST='x y'  # why\nB_TEST\n")
    variables = read_variables()
    assert variables["A_TEST"] == "x y"
    assert "B_TEST" not in variables


def test_a_file_env_saved_with_a_byte_order_mark_is_read(env_file):
    env_file.write_bytes(b"\xef\xbb\xbfA_TEST=x\n")
    assert read_variables()["A_TEST"] == "x"


def test_a_file_env_in_another_encoding_is_told_in_one_sentence_without_its_content(env_file):
    env_file.write_bytes("A_TEST=s\xe9cret".encode("latin-1"))
    with pytest.raises(UserError, match=r"\.env is not UTF-8") as error:
        read_variables()
    assert "cret" not in str(error.value)


# Mistakes


def test_an_unknown_key_is_told_with_what_was_meant(write):
    with pytest.raises(UserError, match=r"section f_pr: unknown key concurency; did you mean concurrency\?"):
        write(flow_section("f_pr", "concurency: 3")).flow("f")


def test_an_unknown_key_further_down_is_told_with_its_path(write):
    text = flow_section("f_pr").replace("family: chat", "family: chat, temprature: 1")
    with pytest.raises(UserError, match=r"unknown key model\.temprature; did you mean model\.temperature\?"):
        write(text).flow("f")


def test_an_unknown_key_of_an_optional_part_is_told_with_its_path(write):
    with pytest.raises(UserError, match=r"unknown key emulator\.latency; did you mean emulator\.latency_ms\?"):
        write("aoai_config: {connection: c, api_version: v, emulator: {latency: 5}}").aoai()


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
        ("{text: \"${data.text}\"}", "[text]", "column_mapping"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_with_its_key(write, old, new, key):
    with pytest.raises(UserError, match=f"section f_pr: key {key}: "):
        write(flow_section("f_pr").replace(old, new)).flow("f")


def test_a_missing_key_is_named(write):
    with pytest.raises(UserError, match="section f_pr: key model.family is missing"):
        write(flow_section("f_pr").replace(", family: chat", "")).flow("f")


@pytest.mark.parametrize("value", ["", "[a, b]", "text", "5"])
def test_a_section_that_is_no_mapping_is_told(write, value):
    with pytest.raises(UserError, match="section aoai_config: expected keys and values"):
        write(f"aoai_config: {value}").aoai()


def test_a_key_that_stands_twice_is_refused_with_its_line(write):
    with pytest.raises(UserError, match=r"the key b stands twice .*line 3"):
        write("a:\n  b: 1\n  b: 2\n")


def test_a_section_that_stands_twice_is_refused(write):
    with pytest.raises(UserError, match="the key a stands twice"):
        write("a: 1\nb: 2\na: 3\n")


def test_keys_may_be_set_again_over_an_anchor(write):
    text = flow_section("f_local: &f") + "\nf_pr:\n  <<: *f\n  concurrency: 3\n"
    text = text.replace("f_local: &f:", "f_local: &f")
    assert write(text).flow("f").concurrency == 3
    assert write(text, "local").flow("f").concurrency == 16


@pytest.mark.parametrize("text", ["a: [1", "a: b: c", "\ta: 1", "a: *nowhere", "a: !!python/object:os.system {}",
                                  "? [a, b]\n: 1", "? {a: b}\n: 1", "a: \x00"])
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
def test_a_file_without_sections_is_told(write, text):
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
    aoai = parse({"connection": "c", "endpoint": "https://a", "api_key": "${K}", "api_version": "v"},
                 AoaiConfig, "here", {"K": "distinctive"})
    assert "distinctive" not in f"{aoai!r} {aoai} {aoai.model_dump()} {aoai.model_dump_json()}"
    assert aoai.api_key.get_secret_value() == "distinctive"


# Endpoints and models


@pytest.mark.parametrize("endpoint", ["https://a.openai.azure.com", "https://a/", "http://127.0.0.1:8900",
                                      "http://localhost:1", "http://[::1]:2/", "http://127.8.8.8"])
def test_endpoints_that_are_encrypted_or_on_loopback_are_taken(endpoint):
    taken = AoaiConfig(connection="c", endpoint=endpoint, api_version="v").endpoint
    assert taken == endpoint.rstrip("/")


@pytest.mark.parametrize("endpoint", ["http://a.openai.azure.com", "http://127.0.0.1.evil.example", "ftp://localhost",
                                      "localhost:80", "https://", "http://", "http://10.0.0.1",
                                      "http://localhost.example",
                                      "http://127.0.0.1@evil.example", "http://[::1", "a"])
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


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("flow", FLOWS)
def test_the_shipped_sections_are_right_and_lead_to_files(flow, environment):
    section = Configuration(environment, variables={}).flow(flow)
    assert isinstance(section, FlowConfig)
    assert section.flow_path == REPOSITORY / "flows" / flow / "standard"
    assert section.flow_path.is_dir()
    assert section.data_path.is_file()
    assert section.eval_data_path.is_file()


@pytest.mark.parametrize("flow", FLOWS)
def test_the_shipped_sections_take_deployment_and_family_from_the_environment(flow):
    variables = {"AOAI_CHAT_DEPLOYMENT": "mine", "AOAI_CHAT_FAMILY": "chat"}
    model = Configuration("prod", variables=variables).flow(flow).model
    assert model.deployment == "mine"
    assert set(model.parameters()) == {"max_tokens", "temperature"}


def test_only_the_environment_local_runs_without_an_endpoint():
    assert Configuration("local", variables={}).aoai().emulator is not None
    for environment in ENVIRONMENTS[1:]:
        with pytest.raises(UserError, match="AOAI_BASE_ENDPOINT is not set"):
            Configuration(environment, variables={}).aoai()
    keyless = Configuration("dev", variables={"AOAI_BASE_ENDPOINT": "https://a"}).aoai()
    assert not keyless.api_key.get_secret_value()


@pytest.mark.parametrize("flow", FLOWS)
def test_the_shipped_deployments_are_right(flow):
    assert Configuration("prod", variables={}).deployment(flow).instance_count == 1


def test_the_shipped_data_assets_lead_to_files():
    assets = load_data_assets(variables={})
    assert {asset.name for asset in assets} >= {"basic_flow_data", "basic_flow_eval_data"}
    assert all(asset.path.is_file() for asset in assets)


def test_a_data_asset_that_is_not_right_is_told_with_its_number(tmp_path):
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
def test_data_assets_that_are_no_list_are_told(tmp_path, content):
    path = tmp_path / "data_config.yaml"
    path.write_text(f"data_assets: {content}")
    with pytest.raises(UserError, match="data_config.yaml: data_assets has to be a list"):
        load_data_assets(path, {})


def test_paths_are_shown_as_a_user_would_type_them(tmp_path):
    from mlops.common.paths import shown

    assert shown(REPOSITORY / "config" / "config.yaml") == str(Path("config/config.yaml"))
    assert shown(tmp_path / "x") == str((tmp_path / "x").resolve())
