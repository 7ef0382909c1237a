"""Data files: every malformed kind is told with file and line before anything runs."""

import codecs
import csv
import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops.common.errors import UserError
from mlops.common.paths import REPOSITORY
from mlops.data.column_mapping import map_row, mapped_columns
from mlops.data.files import ColumnRequirement, check_data, read_data

TEXT = ColumnRequirement("text", frozenset({"string"}), "the flow's input text")
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
        (GOOD + b'{"text": "a", "text": "b"}\n', 2, "duplicate key 'text'"),
        (GOOD + b"[" * 100_000 + b"\n", 2, "is not valid JSON"),
        (GOOD + b'{"text": "\\ud800"}\n', 2, "half a character"),
        (GOOD + b'{"text": {"a": ["\\uDFFF"]}}\n', 2, "half a character"),
        (GOOD + b'["a"]\n', 2, "is no JSON object but a list"),
        (GOOD + b'"a"\n', 2, "is no JSON object but a str"),
        (GOOD + b"null\n", 2, "is no JSON object but a NoneType"),
        (
            GOOD + GOOD + b'{"txt": "a", "b": 1}\n',
            3,
            'has no column "text", which the flow\'s input text needs; it has txt, b',
        ),
        (GOOD + b"{}\n", 2, "it has none"),
        (GOOD + b'{"text": null}\n', 2, 'column "text" is null; the flow\'s input text takes a string'),
        (GOOD + b'{"text": 42}\n', 2, 'the column "text" is an integer (42); the flow\'s input text takes a string'),
        (GOOD + b'{"text": 1e3}\n', 2, "is a number (1000.0)"),
        (GOOD + b'{"text": true}\n', 2, "is a boolean (true)"),
        (GOOD + b'{"text": ["a"]}\n', 2, 'is a list (["a"])'),
        (GOOD + b'{"text": {"a": 1}}\n', 2, 'is an object ({"a": 1})'),
        (GOOD + b'{"text": "a", "n": 1e400}\n', 2, "1e400 is more than a number can be"),
        (GOOD + b"\n" + GOOD, 2, "is blank"),
        (GOOD + b" \t \n\n" + GOOD, 2, "is blank"),
        (b"\n" + GOOD, 1, "is blank"),
        (GOOD + '{"text": "é"}\n'.encode("latin-1"), 2, "byte 11 is not UTF-8"),
        ('{"text": "é"}\n'.encode("cp1252"), 1, "not UTF-8; save the file as UTF-8"),
        (GOOD + codecs.BOM_UTF8 + GOOD, 2, "byte-order mark"),
        ('{"text": "a"}\n'.encode("utf-16"), 1, "is UTF-16; save the file as UTF-8"),
        ('{"text": "a"}\n'.encode("utf-16-le"), 1, "is not valid JSON"),
        (b'{"text": "a"}\r{"text": "b"}\r', 1, "is not valid JSON"),
        (b"PK\x03\x04\xff\xfe", 1, "not UTF-8"),
    ],
)
def test_a_malformed_line_is_reported_with_its_file_and_number(data, content, line, says):
    with pytest.raises(UserError) as error:
        check_data(data(content), [TEXT])
    message = str(error.value)
    assert message.startswith(f"{data(content)}, line {line}: ")
    assert says in message
    assert "\n" not in message


def test_an_empty_file_is_reported(data):
    with pytest.raises(UserError, match="data.jsonl is empty"):
        check_data(data(b""))


def test_a_missing_file_and_a_folder_are_reported(tmp_path):
    with pytest.raises(UserError, match="none.jsonl does not exist"):
        check_data(tmp_path / "none.jsonl")
    with pytest.raises(UserError, match="is not a file"):
        check_data(tmp_path)


@pytest.mark.parametrize("name", ["data.json", "data.tsv", "data.parquet", "data.XLSX"])
def test_other_formats_are_refused_by_their_names(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(GOOD)
    with pytest.raises(UserError, match=f"{name}.* has to end in .jsonl"):
        check_data(path)


def test_a_file_in_the_repository_is_reported_as_a_user_would_type_it():
    with pytest.raises(UserError, match="^data/none.jsonl does not exist"):
        check_data(REPOSITORY / "data" / "none.jsonl")


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        GOOD.rstrip(),
        codecs.BOM_UTF8 + GOOD,
        GOOD + b"\n",
        GOOD + b"\r\n \t\n",
        b'{"text": "a"}\r\n',
        b'  {"text" : ""}  \n',
        '{"text": "a\u2028b\x85c"}\n'.encode(),
        b'{"text": "\\ud83d\\ude00"}\n',
        '{"text": "😀"}\n'.encode(),
        b'{"text": "a\\ufeff"}\n',
        b'{"text": "\\\\ud800"}',
    ],
)
def test_unusual_lines_that_are_right_are_taken(data, content):
    assert check_data(data(content), [TEXT]) == 1


def test_columns_that_nobody_asked_for_may_be_missing_or_null(data):
    assert check_data(data(GOOD + b'{"text": "a", "b": null}\n'), [TEXT]) == 2


@settings(max_examples=40)
@given(rows=st.lists(st.dictionaries(st.text(), JSON, max_size=4), min_size=1, max_size=5), ascii_only=st.booleans())
def test_whatever_json_writes_is_taken_line_by_line(tmp_path_factory, rows, ascii_only):
    path = tmp_path_factory.getbasetemp() / "round_trip.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=ascii_only) + "\n" for row in rows), encoding="utf-8")
    assert check_data(path) == len(rows)


@given(st.binary(max_size=60))
def test_no_content_ends_in_anything_but_a_sentence(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_bytes(content)
    try:
        assert check_data(path) > 0
    except UserError as error:
        assert "any.jsonl" in str(error)


def test_a_large_file_is_read_line_by_line(data):
    path = data((json.dumps({"text": "a" * 20_000}).encode() + b"\n") * 200)
    tracemalloc.start()
    try:
        assert check_data(path, [TEXT]) == 200
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 500_000 < 4_000_000 < path.stat().st_size


def test_the_columns_of_a_mapping_are_those_of_the_data():
    mapping = {"a": "${data.text}", "b": "${data.my.type {x}}", "c": "constant", "d": 5, "e": "${run.outputs.x}"}
    assert mapped_columns(mapping) == ["my.type {x}", "text"]
    row = {"text": ["t"], "my.type {x}": 2**70, "other": None}
    assert map_row(mapping, row) == {**mapping, "a": ["t"], "b": 2**70}
    assert map_row(mapping, {"text": "t"}).keys() == mapping.keys() - {"b"}


@pytest.mark.parametrize(
    ("name", "columns"),
    [("basic_flow_data", ["entity_type", "text"]), ("basic_flow_eval_data", ["entity_type", "text", "ground_truth"])],
)
def test_the_shipped_data_is_right(name, columns):
    path = REPOSITORY / "data" / f"{name}.jsonl"
    assert check_data(path, [ColumnRequirement(column) for column in columns]) >= 40
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len({(row["entity_type"], row["text"]) for row in rows}) == len(rows)


def test_the_shipped_labels_stand_in_their_texts():
    path = REPOSITORY / "data" / "basic_flow_eval_data.jsonl"
    for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        for label in row["ground_truth"]:
            assert label in row["text"]
        assert len(set(row["ground_truth"])) == len(row["ground_truth"])


@pytest.fixture
def table(tmp_path):
    def write(content: bytes) -> Path:
        path = tmp_path / "data.csv"
        path.write_bytes(content)
        return path

    return write


def test_every_cell_of_a_csv_is_text_as_it_stands(table):
    content = '\ufeffentity_type,text,date\r\nphone,01632960733,2021-03-04\r\n"a ""b"", c","line\r\nend",\r\n\r\n'
    assert list(read_data(table(content.encode()), [TEXT])) == [
        {"entity_type": "phone", "text": "01632960733", "date": "2021-03-04"},
        {"entity_type": 'a "b", c', "text": "line\r\nend", "date": ""},
    ]


def test_a_cell_is_read_as_json_where_no_text_is_wanted(table):
    path = table(b'text,page,history\n5,5,"[{""a"": 1}]"\n1e5,,[]\n')
    wanted = [
        TEXT,
        ColumnRequirement("page", frozenset({"number", "null"})),
        ColumnRequirement("history", frozenset({"list"})),
    ]
    assert list(read_data(path, wanted)) == [
        {"text": "5", "page": 5, "history": [{"a": 1}]},
        {"text": "1e5", "page": None, "history": []},
    ]


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        (b"text,b\na,1\nb\n", 3, "the number of cells is 1, and that of the header 2"),
        (b"text\na\n\nb\n", 3, "is blank"),
        (b"text;b\na;1\n", 1, "separated by ';'; separate them by commas"),
        (b"text\tb\na\t1\n", 1, "separated by '\\t'"),
        (b"text,text\na,b\n", 1, 'duplicate column "text"'),
        (b'text\n"a\n', 2, "is not valid CSV"),
        (b'text\n"a"b\n', 2, "is not valid CSV"),
        (b"b\na\n", 2, 'has no column "text"'),
        ("text\né\n".encode("cp1252"), 2, "byte 1 is not UTF-8"),
        ("text\na\n".encode("utf-16"), 1, "is UTF-16"),
    ],
)
def test_a_malformed_csv_is_reported_with_its_line(table, content, line, says):
    with pytest.raises(UserError) as error:
        check_data(table(content), [TEXT])
    assert str(error.value).startswith(f"{table(content)}, line {line}: ") and says in str(error.value)


@pytest.mark.parametrize("content", [b"", b"text\n", b"\n\n"])
def test_a_csv_without_rows_is_empty(table, content):
    with pytest.raises(UserError, match="data.csv is empty; it needs a row below its header"):
        check_data(table(content))


def test_a_long_cell_is_taken_whole(table):
    text = "word " * 60_000
    assert list(read_data(table(f"text\n{text}\n".encode()))) == [{"text": text}]


CELL = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"))


@settings(max_examples=60)
@given(rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=5))
def test_whatever_the_csv_module_writes_is_read_as_it_was(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "round_trip.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([("a", "b"), *rows])
    assert [(row["a"], row["b"]) for row in read_data(path)] == rows


@settings(max_examples=60)
@given(rows=st.lists(st.dictionaries(st.text(), JSON, max_size=4), min_size=1, max_size=5))
def test_every_value_is_read_as_it_was_written_and_of_its_type(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "values.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert repr(list(read_data(path))) == repr(rows)
