"""Cut JSONL into files of so many lines, each with its place in the data; check all lines before any is answered.

A line of a shard is `{"line": 17, "data": {...}}`, or `{"file": "a.jsonl", "line": 17, "data": {...}}` where the data
is a folder. Lines count from 1.
"""

from __future__ import annotations

import argparse
import codecs
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from urllib.parse import unquote


def placed_lines(data: Path, columns: Sequence[str]) -> Iterator[bytes]:
    """Yield the lines of a file, or of a folder's files that end in .jsonl in the order of their names.

    Raises:
        ValueError: a line is no JSON object, or one of the columns is missing or null; the text names the place.
    """
    files = [data] if data.is_file() else sorted(path for path in data.rglob("*.jsonl") if path.is_file())
    if not files:
        raise ValueError(f"{data.name} has no file that ends in .jsonl")
    for path in files:
        file = b"" if path == data else b'"file": ' + json.dumps(path.relative_to(data).as_posix()).encode() + b", "
        blank = 0  # the first of the blank lines so far, which may be at the end of the file
        with path.open("rb") as lines:
            for number, raw in enumerate(lines, 1):
                if number == 1:
                    raw = raw.removeprefix(codecs.BOM_UTF8)
                if not raw.strip():
                    blank = blank or number
                    continue
                if blank:
                    raise ValueError(f"{path.name}, line {blank}: is blank; every line has to be a JSON object")
                if fault := error_in(raw, columns):
                    raise ValueError(f"{path.name}, line {number}: {fault}")
                yield b'{%b"line": %d, "data": %b}\n' % (file, number, raw.strip())


def error_in(raw: bytes, columns: Sequence[str]) -> str | None:
    """Return the error in a line; None if it is valid."""
    try:
        row = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        return f"is not valid JSON in UTF-8: {error}"
    if not isinstance(row, dict):
        return f"is no JSON object but a {type(row).__name__}"
    missing = [column for column in columns if row.get(column) is None]
    return f"has no value in the column {', '.join(missing)}; it has {', '.join(row) or 'none'}" if missing else None


def write_shards(lines: Iterator[bytes], size: int, folder: Path) -> tuple[int, int]:
    """Write lines to files of at most `size` lines, whose names sort as the lines do.

    Returns:
        How many lines, and how many files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    total = files = 0
    while shard := list(islice(lines, size)):
        (folder / f"shard-{files:08d}.jsonl").write_bytes(b"".join(shard))
        total, files = total + len(shard), files + 1
    return total, files


def main() -> int:
    """Split the data as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a JSONL file, or a folder of them")
    parser.add_argument("--lines", type=int, required=True, help="of a shard")
    parser.add_argument("--columns", required=True, help="in which every line has a value: URL-encoded, after commas")
    parser.add_argument("--shards", type=Path, required=True, help="the folder that is written")
    arguments = parser.parse_args()
    columns = [unquote(column) for column in arguments.columns.split(",")]
    try:
        lines, files = write_shards(placed_lines(arguments.data, columns), arguments.lines, arguments.shards)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if not lines:
        print(f"error: {arguments.data.name} has no line", file=sys.stderr)
        return 2
    print(f"{lines} lines in {files} shards")
    return 0


if __name__ == "__main__":
    sys.exit(main())
