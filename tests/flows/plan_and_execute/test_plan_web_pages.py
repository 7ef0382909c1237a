"""The readable text of pages, whatever they are made of."""

import pytest
from guarded_web.fetch import Fetched
from hypothesis import given
from hypothesis import strategies as st
from plan_and_execute.errors import ToolError
from plan_and_execute.web_pages import page_text


def text_of(body: str | bytes, content_type: str = "text/html", charset: str = "utf-8") -> str:
    body = body.encode(charset) if isinstance(body, str) else body
    return page_text(Fetched("https://a.example/page", content_type, charset, body))


def test_what_is_no_reading_is_left_out():
    parts = [
        f"<{name}>of {name}</{name}>"
        for name in (
            "script",
            "style",
            "noscript",
            "template",
            "nav",
            "header",
            "footer",
            "aside",
            "select",
            "iframe",
            "svg",
        )
    ]
    page = f"<head><title>Title</title></head><body>{'after '.join(parts)}<!-- comment --><p>Text</p></body>"
    assert text_of(f"<html>{page}</html>").split("\n") == ["Title", " ".join(["after"] * 10), "Text"]


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        ("<h1>Rivers</h1>The Danube<h2>Length</h2>2,850 km", ["Rivers", "The Danube", "Length", "2,850 km"]),
        ("<ul><li>one<ul><li>inner</li></ul></li><li>two</li></ul>", ["one", "inner", "two"]),
        ("<div>Intro<p>First</p>Between<p>Second</p></div>After", ["Intro", "First", "Between", "Second", "After"]),
        ("a<br>b<br/>c", ["a", "b", "c"]),
        ("<p>one <b>two</b>   three\t<a href='x'>four</a></p>", ["one two three four"]),
        ("<dl><dt>Length</dt><dd>2,850 km</dd></dl>", ["Length", "2,850 km"]),
        (
            "<main>a</main><pre>b\nc</pre><blockquote>d</blockquote><figure>e<figcaption>f</figcaption></figure>",
            ["a", "b", "c", "d", "e", "f"],
        ),
        ("word<span>s</span> and<i> more</i>", ["words and more"]),
        ("&lt;context&gt; &amp; caf&eacute;", ["<context> & café"]),
    ],
)
def test_blocks_are_on_lines_of_their_own_and_words_stay_together(html, lines):
    assert text_of(html).split("\n") == lines


def test_a_row_of_a_table_is_a_line_with_separated_cells():
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


@pytest.mark.parametrize(
    "body",
    [
        "",
        " \n\t ",
        "<!-- only a comment -->",
        "<script>1</script>",
        "<html></html>",
        "<nav>Menu</nav>",
        "\0\0",
        "<!DOCTYPE html>",
        "<?xml version='1.0'?>",
        "&nbsp;",
    ],
)
def test_a_page_without_text_is_reported(body):
    with pytest.raises(ToolError, match="holds no text"):
        text_of(body)


# What is content, although it is in what often is none


def test_content_that_is_wrapped_in_a_form_is_read_without_the_controls():
    form = (
        "<form id='aspnetForm'><input type='hidden' value='x'><h1>Rivers</h1><p>The Danube is 2,850 km long.</p>"
        "<select><option>km<option>miles</select><textarea>notes</textarea><button>Search</button></form>"
    )
    assert text_of(f"<body>{form}</body>").split("\n") == ["Rivers", "The Danube is 2,850 km long."]


@pytest.mark.parametrize(
    "page",
    [
        "<header><a href='/'>Site</a><h1>Rivers</h1></header><p>Text</p><footer>About</footer>",
        "<header><a href='/'>Site</a><form><button>Search</button></form>"
        "<div><h1>Rivers</h1></div></header><p>Text</p>",
        "<article><header><h1>Rivers</h1></header><p>Text</p></article>",
        "<main><section><header><hgroup><h1>Rivers</h1></hgroup></header>Text</section></main><footer>About</footer>",
    ],
)
def test_headings_inside_a_header_are_read_and_what_else_a_site_has_there_is_not(page):
    assert text_of(page).split("\n") == ["Rivers", "Text"]


def test_what_belongs_to_an_article_is_read():
    page = (
        "<main><article><header><h1>Danube</h1><p>A river</p></header><aside><table><tr><th>Length<td>2,850 km"
        "</table></aside><p>Text</p><footer>Sources: none</footer></article></main>"
    )
    assert text_of(page).split("\n") == ["Danube", "A river", "Length | 2,850 km", "Text", "Sources: none"]


def test_an_answer_that_is_unfolded_by_its_heading_is_read():
    page = "<h3><button>How long?</button></h3><p>2,850 km</p><details><summary>Width?</summary>1.5 km</details>"
    assert text_of(page).split("\n") == ["How long?", "2,850 km", "Width?", "1.5 km"]


# Numbers above and below the line


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("10<sup>6</sup> people", "10⁶ people"),
        ("10<sup>-6</sup> m", "10⁻⁶ m"),
        ("10<sup>−6</sup> m", "10⁻⁶ m"),
        ("20 m<sup>2</sup>", "20 m²"),
        ("in 1988<sup>1</sup>.", "in 1988¹."),
        ("in 1988<sup>[1]</sup>", "in 1988[1]"),
        ("in 1988<sup><a href='#n'>12</a></sup> and", "in 1988¹² and"),
        ("1988<sup>1, 2</sup>", "1988^(1, 2)"),
        ("1988<sup>a</sup>", "1988a"),
        ("21<sup>st</sup> of May", "21st of May"),
        ("1<sup>er</sup> mai", "1er mai"),
        ("2<sup>e</sup> rang", "2e rang"),
        ("M<sup>me</sup> X", "Mme X"),
        ("e<sup>x</sup>", "e^x"),
        ("2<sup>n</sup>", "2^n"),
        ("2<sup>n+1</sup>", "2^(n+1)"),
        ("12<sup>*</sup>", "12*"),
        ("5<sup>1</sup>/<sub>2</sub> inches", "5¹/₂ inches"),
        ("H<sub>2</sub>O", "H2O"),
        ("log<sub>10</sub>100", "log₁₀100"),
        ("x<sub>i</sub>", "xi"),
        ("<sup>1</sup> Source", "¹ Source"),
        ("10<span style='vertical-align: super'>6</span>", "10⁶"),
        ("a<sup></sup>b<sup> </sup>c", "ab c"),
        ("<b>10</b><sup>6</sup>", "10⁶"),
        ("10<sup><sup>6</sup></sup>", "10⁶"),
    ],
)
def test_what_is_raised_or_lowered_stays_apart_from_the_number_before(html, text):
    assert text_of(f"<p>{html}</p>") == text


@given(st.integers(0, 10**9), st.integers(-99, 10**6))
def test_no_raised_number_becomes_a_part_of_another(number, raised):
    text = text_of(f"<p>{number}<sup>{raised}</sup> km</p>")
    assert text.startswith(str(number)) and text.endswith(" km")
    assert not any(character in "0123456789" for character in text[len(str(number)) :])


# Tables, white space, characters without a shape


@pytest.mark.parametrize(
    ("table", "lines"),
    [
        (
            "<tr><td><p>Danube</p></td><td><p>2,850</p></td></tr><tr><td>Rhine<td>1,233",
            ["Danube | 2,850", "Rhine | 1,233"],
        ),
        ("<tr><td>a<br>b</td><td></td><td>c</td></tr>", ["a b | | c"]),
        ("<tr><td>Alps<td><ul><li>Austria</li><li>New Zealand</li></ul></td></tr>", ["Alps | Austria; New Zealand"]),
        (
            "<tr><td>menu</td><td><h1>Title</h1><p>First</p><p>Second</p></td></tr>",
            ["menu |", "Title", "First", "Second"],
        ),
        ("<tr><td>left</td><td><table><tr><td>a</td><td>b</td></tr></table></td></tr>", ["left |", "a | b"]),
        ("<thead><tr><th>A<th>B</thead><tbody><tr><td>1<td>2</tbody>", ["A | B", "1 | 2"]),
    ],
)
def test_cells_stay_apart_and_rows_together(table, lines):
    assert text_of(f"<table>{table}</table>").split("\n") == lines


def test_a_line_that_is_wrapped_in_the_source_is_one():
    assert text_of("<p>The Danube\nis 2,850\r\nkm long.</p>\n\n<pre>one\n<b>two\nthree</b></pre>").split("\n") == [
        "The Danube is 2,850 km long.",
        "one",
        "two",
        "three",
    ]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("1&nbsp;233&#8239;456 km", "1 233 456 km"),
        ("Donau&shy;dampf", "Donaudampf"),
        ("zero&#8203;width", "zerowidth"),
        ("2&#8288;,&#65279;850", "2,850"),
        ("a&#x202e;b&#x2066;c", "abc"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🔬", "👩\u200d🔬"),
        ("x\u200d\u200c\u200d\u200dy", "xy"),
        ("word<wbr>break", "wordbreak"),
        ("x" + "".join(chr(0xE0000 + ord(letter)) for letter in "obey me"), "x"),
        ("1\x002", "12"),
        ("1\x022", "12"),
    ],
)
def test_characters_that_nobody_sees_are_left_out_and_blanks_are_blanks(html, text):
    assert text_of(f"<p>{html}</p>") == text


def test_the_same_goes_for_plain_text():
    assert text_of("1\xa0233\u2009km\u200b\U000e0041\n\u200b\n", "text/plain") == "1 233 km"


# More than there is room for


MENU = "".join(
    f"<li><a href='/{word}'>{word} of this week</a></li>"
    for word in ("News", "Sport", "Weather", "Culture", "Travel", "Offers", "Letters", "Games", "Jobs", "Cars")
)
STORY = "".join(
    f"<p>In the year {year} the water of the river stood {year - 1700} centimetres above the old mark, "
    f"which the people of the town remember, since it rained for weeks.</p>"
    for year in range(1900, 1920)
)
LONG = (
    f"<head><title>High water</title></head><div class='menu'><ul>{MENU * 4}</ul></div><div class='content'>"
    f"<h1>High water</h1>{STORY}</div><div class='sidebar'><ul>{MENU * 4}</ul></div>"
)


def test_a_page_that_fits_is_given_as_a_whole():
    text = page_text(Fetched("u", "text/html", "", LONG.encode()), 100_000)
    assert text == page_text(Fetched("u", "text/html", "", LONG.encode())) and text.count("Cars of this week") == 8


@pytest.mark.parametrize("room", [600, 1500])
def test_of_a_page_that_does_not_fit_the_title_and_the_main_part_come_first(room):
    text = page_text(Fetched("u", "text/html", "", LONG.encode()), room)
    assert text.startswith("High water\n") and "In the year 1900 " in text and len(text) <= room
    assert "of this week" not in text


def test_room_that_the_main_part_leaves_is_for_the_rest_and_all_is_in_the_order_of_the_page():
    whole = page_text(Fetched("u", "text/html", "", LONG.encode())).split("\n")
    lines = page_text(Fetched("u", "text/html", "", LONG.encode()), 4000).split("\n")
    assert "In the year 1919 the water" in "\n".join(lines) and "News of this week" in lines
    places = iter(whole)
    assert all(any(each.startswith(line) for each in places) for line in lines)  # one is cut


@given(st.text(), st.integers(1, 50))
def test_a_text_is_never_longer_than_its_room(text, room):
    try:
        assert 0 < len(page_text(Fetched("u", "text/html", "", text.encode("utf-8", "replace")), room)) <= room
    except ToolError as error:
        assert "holds no text" in str(error)


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 250 + "<p>some words in a line, and more of them</p>" * 50,
        "<table>" + "<tr><td>a few words<td>1,233" * 300,
        "<ul><li><a href=x>a link with words</a>" * 120,
        "<p>" + "one endless paragraph, " * 500,
        "<article></article>" + "<br>a line of words" * 300,
        "<body><frameset>" + "text of a kind " * 400,
        "<p>a line of words</p>" * 9_000,
    ],
)
def test_any_page_that_is_too_long_fills_its_room_or_is_reported(html):
    assert 300 < len(page_text(Fetched("u", "text/html", "", f"<title>Title</title>{html}".encode()), 500)) <= 500
