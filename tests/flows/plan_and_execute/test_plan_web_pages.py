"""The readable text of pages, whatever they are made of."""

import subprocess
import sys

import pytest
from guarded_web.fetch import Fetched
from plan_and_execute.errors import ToolError
from plan_and_execute.web_pages import page_text


def text_of(body: str | bytes, content_type: str = "text/html", charset: str = "utf-8") -> str:
    body = body.encode(charset) if isinstance(body, str) else body
    return page_text(Fetched("https://a.example/page", content_type, charset, body))


def test_what_is_no_reading_is_left_out():
    parts = [f"<{name}>of {name}</{name}>" for name in
             ("script", "style", "noscript", "template", "nav", "header", "footer", "aside", "form", "iframe", "svg")]
    page = f"<head><title>Title</title></head><body>{'after '.join(parts)}<!-- comment --><p>Text</p></body>"
    assert text_of(f"<html>{page}</html>").split("\n") == ["Title", " ".join(["after"] * 10), "Text"]


@pytest.mark.parametrize(("html", "lines"), [
    ("<h1>Rivers</h1>The Danube<h2>Length</h2>2,850 km", ["Rivers", "The Danube", "Length", "2,850 km"]),
    ("<ul><li>one<ul><li>inner</li></ul></li><li>two</li></ul>", ["one", "inner", "two"]),
    ("<div>Intro<p>First</p>Between<p>Second</p></div>After", ["Intro", "First", "Between", "Second", "After"]),
    ("a<br>b<br/>c", ["a", "b", "c"]),
    ("<p>one <b>two</b>   three\t<a href='x'>four</a></p>", ["one two three four"]),
    ("<dl><dt>Length</dt><dd>2,850 km</dd></dl>", ["Length", "2,850 km"]),
    ("<main>a</main><pre>b\nc</pre><blockquote>d</blockquote><figure>e<figcaption>f</figcaption></figure>",
     ["a", "b", "c", "d", "e", "f"]),
    ("word<span>s</span> and<i> more</i>", ["words and more"]),
    ("&lt;context&gt; &amp; caf&eacute;", ["<context> & café"]),
])
def test_blocks_are_on_lines_of_their_own_and_words_stay_together(html, lines):
    assert text_of(html).split("\n") == lines


def test_a_row_of_a_table_is_a_line_whose_cells_can_be_told_apart():
    rows = [["River", "Length in km", "Countries"], ["Danube", "2,850", "10"], ["Rhine", "1,233", "6"]]
    cells = ["".join(f"<td>{cell}</td>" for cell in row) for row in rows]
    lines = text_of(f"<table><caption>Rivers</caption><tr>{'</tr><tr>'.join(cells)}</tr></table>").split("\n")
    assert lines == ["Rivers", *(" | ".join(row) for row in rows)]


def test_plain_text_keeps_its_lines_and_its_angle_brackets():
    assert text_of("one <b>\n\n  two  ", "text/plain") == "one <b>\ntwo"


@pytest.mark.parametrize("content_type", ["application/pdf", "image/png", "application/octet-stream", "video/mp4"])
def test_what_is_no_text_is_refused(content_type):
    with pytest.raises(ToolError, match=f"^https://a.example/page: {content_type} is no text$"):
        text_of(b"\x89PNG", content_type)


@pytest.mark.parametrize("body", ["", " \n\t ", "<!-- only a comment -->", "<script>1</script>", "<html></html>",
                                  "<nav>Menu</nav>", "\0\0", "<!DOCTYPE html>", "<?xml version='1.0'?>", "&nbsp;"])
def test_a_page_without_text_is_told(body):
    with pytest.raises(ToolError, match="holds no text"):
        text_of(body)


# Encodings


@pytest.mark.parametrize("charset", ["latin-1", "utf-8", "ascii", "utf-16", "cp037", "shift_jis", "idna", "undefined",
                                     "punycode", "hex", "rot13", "mbcs", "nonsense", "", "unicode_escape", "utf-7"])
@pytest.mark.parametrize("content_type", ["text/html", "text/plain"])
def test_a_wrong_or_unknown_charset_costs_characters_at_most(charset, content_type):
    assert text_of(b"<p>caf\xc3\xa9 1,233 km \\ud800 +2AA-</p>", content_type, charset or "x")


def test_bytes_that_are_no_characters_and_nul_are_no_obstacle():
    assert text_of(b"<p>1,2\x0033 \xff km</p>") == "1,233 � km"
    assert text_of("<?xml version='1.0' encoding='latin-1'?><html><p>é</p></html>") == "é"
    assert text_of("<p>1\x01</p>2\x02<br>&#1;3<!-- c -->4<?php x ?>5").replace("\x01", "") == "1\n2\x02\n345"
    assert "x" in text_of("&#0;&#xD800;&#x110000;x")


# Pages that want to do harm


HOSTILE = [
    "<div>" * 100_000 + "deep", "<table><tr><td>" * 50_000, "<svg>" * 100_000, "<a " * 500_000, "<!--" * 500_000,
    "<p>text" + "</p>" * 500_000, "<p>" + "&amp;" * 400_000, "<nav></nav>a" * 170_000, "<p a=" + "x" * 2_000_000,
]


def test_no_page_of_two_megabytes_takes_long_or_ends_the_process(tmp_path):
    code = """
import sys
from pathlib import Path
from guarded_web.fetch import Fetched
from plan_and_execute.errors import ToolError
from plan_and_execute.web_pages import page_text
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        page_text(Fetched("u", "text/html", "utf-8", path.read_bytes()))
    except ToolError:
        pass
print("well")
"""
    for place, html in enumerate(HOSTILE):
        (tmp_path / str(place)).write_text(html)
    environment = {"PYTHONPATH": ":".join(path for path in sys.path if path), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path], capture_output=True, text=True, timeout=30, env=environment
    )
    assert done.stdout == "well\n", done.stderr[-500:]
