"""Data files: every malformed kind is told with file and line before anything runs."""

import codecs
import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops.common.data_files import check_jsonl, mapped_columns
from mlops.common.errors import UserError
from mlops.common.paths import REPOSITORY

GOOD = b'{"text": "a"}\n'
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def data(tmp_path):
    def write(content: bytes) -> Path:
        path = tmp_path / "data.jsonl"
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        (GOOD + b'{"text": "a"\n', 2, "is not valid JSON"),
        (GOOD + b"{'text': 'a'}\n", 2, "is not valid JSON"),
        (GOOD + b'{"text": "a"} {"text": "b"}\n', 2, "is not valid JSON"),
        (GOOD + b'{"text": "a",}\n', 2, "is not valid JSON"),
        (GOOD + b'{"text": "a\tb"}\n', 2, "is not valid JSON"),
        (GOOD + b'{"text": NaN}\n', 2, "NaN is no JSON value"),
        (GOOD + b'{"text": -Infinity}\n', 2, "-Infinity is no JSON value"),
        (GOOD + b'{"text": "a", "text": "b"}\n', 2, "the key 'text' stands twice"),
        (GOOD + b"[" * 100_000 + b"\n", 2, "is not valid JSON"),
        (GOOD + b'{"text": "\\ud800"}\n', 2, "half a character"),
        (GOOD + b'{"text": {"a": ["\\uDFFF"]}}\n', 2, "half a character"),
        (GOOD + b'["a"]\n', 2, "is no JSON object but a list"),
        (GOOD + b'"a"\n', 2, "is no JSON object but a str"),
        (GOOD + b"null\n", 2, "is no JSON object but a NoneType"),
        (GOOD + GOOD + b'{"txt": "a", "b": 1}\n', 3, 'has no column "text"; it has txt, b'),
        (GOOD + b"{}\n", 2, 'has no column "text"; it has none'),
        (GOOD + b'{"text": null}\n', 2, 'the column "text" is null'),
        (GOOD + b"\n" + GOOD, 2, "is blank"),
        (GOOD + b" \t \n", 2, "is blank"),
        (b"\n", 1, "is blank"),
        (GOOD + '{"text": "é"}\n'.encode("latin-1"), 2, "byte 11 is not UTF-8"),
        ('{"text": "é"}\n'.encode("cp1252"), 1, "not UTF-8; save the file as UTF-8"),
        (codecs.BOM_UTF8 + GOOD, 1, "byte-order mark"),
        (GOOD + codecs.BOM_UTF8 + GOOD, 2, "byte-order mark"),
        ('{"text": "a"}\n'.encode("utf-16"), 1, "byte-order mark"),
        ('{"text": "a"}\n'.encode("utf-16-le"), 1, "is not valid JSON"),
        (b'{"text": "a"}\r{"text": "b"}\r', 1, "is not valid JSON"),
        (b"PK\x03\x04\xff\xfe", 1, "not UTF-8"),
    ],
)
def test_a_malformed_line_is_told_with_its_file_and_number(data, content, line, says):
    with pytest.raises(UserError) as error:
        check_jsonl(data(content), ["text"])
    message = str(error.value)
    assert message.startswith(f"{data(content)}, line {line}: ")
    assert says in message
    assert "\n" not in message


def test_an_empty_file_is_told(data):
    with pytest.raises(UserError, match="data.jsonl is empty"):
        check_jsonl(data(b""))


def test_a_missing_file_and_a_folder_are_told(tmp_path):
    with pytest.raises(UserError, match="none.jsonl does not exist"):
        check_jsonl(tmp_path / "none.jsonl")
    with pytest.raises(UserError, match="is no file"):
        check_jsonl(tmp_path)


@pytest.mark.parametrize("name", ["data.csv", "data.json", "data.tsv", "data.parquet"])
def test_a_name_that_prompt_flow_reads_in_another_format_is_refused(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(GOOD)
    with pytest.raises(UserError, match=f"{name}.* has to end in .jsonl"):
        check_jsonl(path)


def test_a_file_in_the_repository_is_told_as_a_user_would_type_it():
    with pytest.raises(UserError, match="^data/none.jsonl does not exist"):
        check_jsonl(REPOSITORY / "data" / "none.jsonl")


@pytest.mark.parametrize(
    "content",
    [GOOD, GOOD.rstrip(), b'{"text": "a"}\r\n', b'  {"text" : ""}  \n', '{"text": "a\u2028b\x85c"}\n'.encode(),
     b'{"text": "\\ud83d\\ude00"}\n', '{"text": "😀"}\n'.encode(), b'{"text": "a\\ufeff"}\n', b'{"text": "\\\\ud800"}'],
)
def test_unusual_lines_that_are_right_are_taken(data, content):
    assert check_jsonl(data(content), ["text"]) == 1


def test_columns_that_nobody_asked_for_may_be_missing_or_null(data):
    assert check_jsonl(data(GOOD + b'{"text": "a", "b": null}\n'), ["text"]) == 2


@settings(max_examples=40)
@given(rows=st.lists(st.dictionaries(st.text(), JSON, max_size=4), min_size=1, max_size=5), ascii_only=st.booleans())
def test_whatever_json_writes_is_taken_line_by_line(tmp_path_factory, rows, ascii_only):
    path = tmp_path_factory.getbasetemp() / "round_trip.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=ascii_only) + "\n" for row in rows), encoding="utf-8")
    assert check_jsonl(path) == len(rows)


@given(st.binary(max_size=60))
def test_no_content_ends_in_anything_but_a_sentence(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_bytes(content)
    try:
        assert check_jsonl(path) > 0
    except UserError as error:
        assert "any.jsonl" in str(error)


def test_a_large_file_is_read_line_by_line(data):
    path = data((json.dumps({"text": "a" * 20_000}).encode() + b"\n") * 200)
    tracemalloc.start()
    try:
        assert check_jsonl(path, ["text"]) == 200
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 500_000 < 4_000_000 < path.stat().st_size


def test_the_columns_of_a_mapping_are_those_of_the_data():
    mapping = {"a": "${data.text}", "b": "${data.type}: ${data.text}", "c": "constant", "d": 5, "e": "${run.outputs.x}"}
    assert mapped_columns(mapping) == ["text", "type"]


@pytest.mark.parametrize(
    ("name", "columns"),
    [("basic_flow_data", ["entity_type", "text"]), ("basic_flow_eval_data", ["entity_type", "text", "ground_truth"])],
)
def test_the_shipped_data_is_right(name, columns):
    path = REPOSITORY / "data" / f"{name}.jsonl"
    assert check_jsonl(path, columns) >= 40
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len({(row["entity_type"], row["text"]) for row in rows}) == len(rows)


def test_the_shipped_labels_stand_in_their_texts():
    path = REPOSITORY / "data" / "basic_flow_eval_data.jsonl"
    for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        for label in row["ground_truth"]:
            assert label in row["text"]
        assert len(set(row["ground_truth"])) == len(row["ground_truth"])
