"""Variables in config.yaml: where their values come from, and how they are filled in."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops.common.errors import UserError
from mlops.configuration import config as config_module
from mlops.configuration.config import parse, read_variables
from mlops.configuration.sections import Section

NAMES = st.text(string.ascii_letters + "_", min_size=1, max_size=8)


class One(Section):
    value: str


def filled(text: str, /, **variables: str) -> str:
    return parse({"value": text}, One, "here", variables).value


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


def test_a_file_env_in_another_encoding_is_reported_in_one_sentence_without_its_content(env_file):
    env_file.write_bytes("A_TEST=s\xe9cret".encode("latin-1"))
    with pytest.raises(UserError, match=r"\.env is not UTF-8") as error:
        read_variables()
    assert "cret" not in str(error.value)
