"""Reading: marks, rows, columns and words as a person reads them, from documents made for it and from cases."""

from pathlib import Path

import pytest
from chat_with_pdf.hyphens import settle
from chat_with_pdf.pages import read_document, read_pages
from chat_with_pdf.reading.cells import Cell
from chat_with_pdf.reading.columns import in_columns
from chat_with_pdf.reading.lines import Line
from chat_with_pdf.reading.marks import raised
from chat_with_pdf.reading.text import OPEN, clean
from hypothesis import given, settings
from hypothesis import strategies as st
from pdf_samples import marked_line, pdf_of, placed_pdf, two_columns

from mlops.common.paths import REPOSITORY

CASES = Path(__file__).parent / "cases"
LEFT = [
    "The harbour was dredged in the spring, so that",
    "ships of a deeper draught can come alongside",
    "the old quay. The works took eleven weeks and",
    "cost less than the council had feared, since",
    "the mud was soft and the weather was kind.",
]
RIGHT = [
    "The library has bought a second van, which",
    "visits the farms beyond the ridge on every",
    "other Thursday. Readers there may keep a book",
    "for six weeks, and the driver takes orders for",
    "the next visit, which is in the week of June.",
]


def page_of(document: bytes) -> str:
    [page] = read_pages(document, "g")
    return page


# Cases


@pytest.mark.parametrize(
    "name, expected",
    [
        (
            "superscripts",
            [
                "The annual fee of the rowing club is 12 [note 3] euros.",
                "The reservoir holds 4 x 10^6 cubic metres of water.",
                "The court measures 45 m^2 and was built in 1988 [note 1].",
                "[note 3] Members under 18 pay half.",
            ],
        ),
        (
            "filled_form",
            [
                "Name of the hirer: Ottilie Brandvold",
                "Deposit in euros: 475",
                "Date of the hire: 14 August 2025",
                "Insured: [x]",
            ],
        ),
        (
            "hyphens_that_stay",
            ["period 2019-2024 and", "number KX-81 and", "a well-known and state-of-the-art solution"],
        ),
        ("rotated_page", ["Station | Opened | Platforms", "Harrowgate North | 1931 | 4", "Lower Quay | 1958 | 2"]),
        ("ligatures", ["The first office was flooded; the efficient staff moved to the ruffian's barn."]),
        ("hebrew", ["The name of the ship is:\nשלום"]),
    ],
)
def test_a_case_is_read_as_a_person_reads_it(name, expected):
    document = read_document((CASES / f"{name}.pdf").read_bytes(), name)
    assert [text for text in expected if text not in "\n".join(document.pages)] == []
    assert document.unread == ""


# Marks


@pytest.mark.parametrize(
    "parts, expected",
    [
        (("Built in 1723", "12", " and burnt in 1801."), "Built in 1723 [note 12] and burnt in 1801."),
        (("The hall is old.", "5", " It stands."), "The hall is old. [note 5] It stands."),
        (("It is 3 x 10", "8", " metres."), "It is 3 x 10^8 metres."),
        (("About 10", "-9", " s."), "About 10^-9 s."),
        (("In all 2", "16", " = 65,536."), "In all 2^16 = 65,536."),
        (("Then 5", "3", " = 125."), "Then 5^3 = 125."),
        (("It has 300 km", "2", " of forest."), "It has 300 km^2 of forest."),
        (("E = mc", "2", " says it."), "E = mc^2 says it."),
        (("On the 1", "st", " of May."), "On the 1st of May."),
        (("Le XIX", "e", " siècle."), "Le XIXe siècle."),
        (("Acme", "TM", " ropes."), "Acme™ ropes."),
        (("Holt", "2,3", " wrote it."), "Holt [note 2,3] wrote it."),
        (("The isotope ", "14", "C decays."), "The isotope ^14C decays."),
        (("Add 1", "1", "/2 cups."), "Add 1 1/2 cups."),
        (("It is 25 ", "o", "C warm."), "It is 25 °C warm."),
        (("It sold 12,450", "a", " in 2019."), "It sold 12,450 [note a] in 2019."),
        (("Rope for €12", "99", " a coil."), "Rope for €12.99 a coil."),
        (("The sum a", "n-1", " is less."), "The sum a^(n-1) is less."),
    ],
)
def test_what_is_raised_is_written_as_what_it_is(parts, expected):
    assert page_of(placed_pdf(marked_line(700, *parts))) == expected


@pytest.mark.parametrize(
    "parts, expected",
    [
        (("Water is H", "2", "O."), "Water is H2O."),
        (("The log", "2", " of 8."), "The log_2 of 8."),
        (("The part x", "i", " is small."), "The part x_i is small."),
    ],
)
def test_what_is_lowered_is_written_as_what_it_is(parts, expected):
    assert page_of(placed_pdf(marked_line(700, *parts, rise=-2))) == expected


def test_a_number_is_a_note_where_the_page_has_that_note_and_a_power_where_not():
    notes = [(60, 100, "2 Without the crew.", 8)]
    line = marked_line(700, "It carried 2", "2", " people, and no others, through the storm of that year.")
    assert "2 [note 2] people" in page_of(placed_pdf([*line, *notes]))
    assert "2^2 people" in page_of(placed_pdf(line))


def test_a_note_begins_with_its_mark():
    text, note = marked_line(700, "A text of the usual size."), marked_line(90, "", "3", " Half.", size=9)
    page = page_of(placed_pdf([*text, *note]))
    assert page.split("\n") == ["A text of the usual size.", "[note 3] Half."]


@pytest.mark.parametrize("gap", [8, 30])
def test_a_note_whose_number_is_not_raised_is_known_by_its_mark(gap):
    text = marked_line(700, "The fee is 12", "3", " euros for each of the members of the club.")
    page = page_of(placed_pdf([*text, (60, 90, "3", 9), (60 + gap, 90, "Half for pupils.", 9), (60, 70, "4 boats", 9)]))
    assert page.split("\n")[1:] == ["[note 3] Half for pupils.", "4 boats"]


def test_a_mark_that_was_drawn_last_stands_where_it_is_seen():
    first, mark, rest = marked_line(700, "The fee is 12", "3", " euros for a member.")
    other = [(60, 680, "Another line of the page, which is long enough to be one.")]
    assert "The fee is 12 [note 3] euros for a member." in page_of(placed_pdf([first, rest, *other, mark]))


def test_small_text_on_the_baseline_and_large_initials_are_no_marks():
    small = placed_pdf([(60, 700, "The fee is 12 ", 12), (136, 700, "EUR", 8)])
    assert page_of(small) == "The fee is 12 EUR"
    lines = [(84, 716, "he library opens at nine.", 12), (84, 702, "It is shut later.", 12)]
    initial = placed_pdf([(60, 700, "T", 36), *lines])
    assert page_of(initial).startswith("The library opens at nine.")


@given(
    st.text("ab1 .(", max_size=12),
    st.sampled_from(["1", "12", "1,2", "n", "-3", "st", "*", "TM", "o", "n+1"]),
    st.text("ab1 /.C", max_size=6),
    st.frozensets(st.sampled_from(["1", "12", "n"])),
)
def test_no_mark_is_lost_and_none_becomes_part_of_the_number_before_it(text, mark, after, notes):
    written = raised(text, mark, after, notes)
    assert written.startswith(text.rstrip())
    added = written[len(text.rstrip()) :]
    assert mark.strip("()") in added or added.strip() in ("™", "°") or "^(" in added
    assert not (text[-1:].isdigit() and added[:1].isdigit())


# Rows and columns


def table(*rows: tuple) -> list[tuple]:
    return [
        (60 + 90 * column, 700 - 20 * row, text) for row, texts in enumerate(rows) for column, text in enumerate(texts)
    ]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_rows_with_cells_of_one_character_stay_rows_however_the_page_is_turned(rotation):
    items = [(x, y - 400, text) for x, y, text in table(("Team", "W", "D"), ("Harrow", "4", "1"), ("Quay", "2", "2"))]
    page = page_of(turned(items, rotation))
    assert page.split("\n") == ["Team | W | D", "Harrow | 4 | 1", "Quay | 2 | 2"]


def turned(items: list[tuple], rotation: int) -> bytes:
    """A page whose text is drawn in a direction."""
    from pdf_samples import drawn

    with drawn() as (canvas, file):
        canvas.setPageRotation(rotation)
        canvas.translate(297, 421)
        canvas.rotate(rotation)
        canvas.translate(-297, -421)
        for x, y, text in items:
            canvas.drawString(x, y + 100, text)
    return file.getvalue()


@pytest.mark.parametrize("lower", [0, 4])
@pytest.mark.parametrize("across", [True, False])
def test_each_of_two_columns_is_read_to_its_end_however_they_were_drawn(across, lower):
    heading = (50, 740, "News from the town and the country around it, in this week of the month of June", 14)
    foot = (290, 40, "7", 10)
    page = page_of(placed_pdf([heading, *two_columns(LEFT, RIGHT, across, lower), foot]))
    assert page.startswith(heading[2])
    assert page.replace("\n", " ").find(" ".join(LEFT)) < page.replace("\n", " ").find(" ".join(RIGHT))
    assert " ".join(LEFT) in page.replace("\n", " ") and page.endswith("\n7")


def test_columns_that_spaces_part_on_a_typewriter_are_columns():
    lines = [f"{left:<52}{right}" for left, right in zip(LEFT, RIGHT)]
    page = page_of(placed_pdf([(40, 700 - 12 * number, line, 8, "Courier") for number, line in enumerate(lines)]))
    assert page.replace("\n", " ") == " ".join(LEFT + RIGHT)


@pytest.mark.parametrize(
    "rows",
    [
        [
            ("Opening hours of the library in winter", "nine in the morning to five"),
            ("Opening hours of the library in summer", "eight in the morning to seven"),
            ("Fee for members who live in the town", "twelve euros a year"),
            ("Books that may be borrowed at a time", "six, of which two films"),
        ],
        [
            ("a herring", "two pence a pound in the spring"),
            ("a cod", "four pence a pound the whole year"),
            ("a flounder", "three pence a pound until June"),
            ("an eel", "five pence when it is alive"),
        ],
    ],
)
def test_a_table_of_texts_is_read_row_by_row(rows):
    page = page_of(placed_pdf([(x, 700 - 16 * n, t, 10) for n, row in enumerate(rows) for x, t in zip((50, 300), row)]))
    assert page.split("\n") == [" | ".join(row) for row in rows]


def test_a_table_whose_cells_have_several_lines_is_read_row_by_row_and_cell_by_cell():
    rows = [(LEFT[:3], RIGHT[:3]), (LEFT[2:], RIGHT[2:]), (LEFT[1:4], RIGHT[1:4])]
    items, y = [], 700
    for row in rows:
        for line in zip(*row):
            items += [(x, y, text, 10) for x, text in zip((50, 310), line)]
            y -= 12
        y -= 10
    assert page_of(placed_pdf(items)).split("\n") == [" | ".join(map(" ".join, row)) for row in rows]


TEXTS = st.sampled_from([*LEFT, *RIGHT, "Fee", "12", "a", ""])
PLACES = st.tuples(st.sampled_from([50, 55, 200, 310, 312]), st.integers(0, 15), TEXTS, st.integers(10, 300))


@settings(max_examples=200)
@given(st.lists(st.lists(PLACES, min_size=1, max_size=3), max_size=20))
def test_sorting_into_columns_loses_nothing_and_adds_nothing(drawn_lines):
    lines = [
        Line(tuple(Cell(text, x, x + width, 12.0 * up) for x, up, text, width in cells), 12.0 * cells[0][1], 10.0)
        for cells in drawn_lines
    ]
    words = sorted(word for line in lines for cell in line.cells for word in cell.text.split())
    assert sorted(word for line in in_columns(lines) for cell in line.cells for word in cell.text.split()) == words


# Words


@pytest.mark.parametrize(
    "first, second, expected",
    [
        ("of the opin-", "ion that it", "of the opinion that it"),
        ("a well-", "known bridge", "a well-known bridge"),
        ("a state-of-the-", "art crane", "a state-of-the-art crane"),
        ("a state-of-", "the-art crane", "a state-of-the-art crane"),
        ("the part KX-", "81 is", "the part KX-81 is"),
        ("from 2019-", "2024 and", "from 2019-2024 and"),
        ("on pages 12–", "19 of it", "on pages 12–19 of it"),
        ("a twenty-", "five-year plan", "a twenty-five-year plan"),
        ("by e-", "mail to", "by e-mail to"),
        ("Ms Smith-", "Jones says", "Ms Smith-Jones says"),
        ("eine Verwal-", "tung der", "eine Verwaltung der"),
        ("l’après-", "midi est", "l’après-midi est"),
        ("a pause -", "and then", "a pause -\nand then"),
    ],
)
def test_a_hyphen_at_a_lines_end_stays_where_it_belongs_to_the_word(first, second, expected):
    assert page_of(pdf_of([[first, second]])) == expected


def test_what_the_document_writes_elsewhere_decides_about_a_hyphen():
    apart = pdf_of([["They speak of the gate-", "house here."], ["It is a gate-house."]])
    together = pdf_of([["They speak of the gate-", "house here."], ["It is a gatehouse."]])
    assert "the gate-house here" in read_pages(apart, "g")[0]
    assert "the gatehouse here" in read_pages(together, "g")[0]


@given(st.lists(st.lists(st.sampled_from(["exam", "ple", "well", "A", "x-ray", "12", OPEN, " ", "\n"])).map("".join)))
def test_settling_hyphens_changes_nothing_else(pages):
    settled = settle(pages)
    assert all(OPEN not in page for page in settled)
    assert [page.replace("-", "") for page in settled] == [page.replace(OPEN, "").replace("-", "") for page in pages]


def test_characters_without_width_are_gone_and_those_that_join_letters_stay():
    assert clean("a\u200bb c\ufeffd e\u2060f g\u200eh i\u00adj k\u200dl") == "ab cd ef gh ij kl"
    assert clean("می\u200cخواهم") == "می\u200cخواهم"


def test_a_soft_hyphen_that_is_seen_within_a_line_is_a_hyphen():
    assert page_of(pdf_of([["The part KX\u00ad81 is here."]])) == "The part KX-81 is here."


def test_ligatures_of_bitmap_fonts_are_letters():
    assert clean("di\x1eculties, \x1crst, o\x1bset, \x1e") == "difficulties, first, offset,"


DOCUMENTS = [*sorted(CASES.glob("*.pdf")), REPOSITORY / "data" / "documents" / "larkmoor_handbook.pdf"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_the_reader_reads_in_this_process_what_it_reads_in_its_own(document):
    from chat_with_pdf.pages import LONGEST, MOST_CHARACTERS
    from chat_with_pdf.pdf_reader import read

    content = document.read_bytes()
    found = read(content, LONGEST, MOST_CHARACTERS)
    pages = read_document(content, document.name).pages
    assert [page.split()[:3] for page in found["pages"]] == [page.split()[:3] for page in pages]
    assert len("".join(pages)) > 20
