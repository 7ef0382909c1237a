import time

import pytest

from src.emulator.tasks.passages import Passage, answer_from

CLUB = (
    Passage("Contents\n1 The sailing club ........ 2\n2 Prices ........ 3\n3 Courses . . . . . . 5", 1),
    Passage("Prices in euros\nBoat | Half a day | Full day\nCanoe | 9.50 | 16.00\nDinghy for beginners,\nwith a sail"
            " | 21.00 | 38.50\nMembers pay nothing.", 3),
    Passage("Courses\nCourse | Begins | Lasts | Led by | Places\nKnots | 4 April | 3 evenings | Ulla Berg | 12\n"
            "Night sailing | 2 June | 5 nights | Tom Reed | 6", 5),
    Passage("Lights\nName | Height in metres | Built\nNorth Mole | 17 | 1904\nGull Point | 32 | 1888", 6),
    Passage("Ferries\nFrom | To | Leaves | Takes\nSandy Bay | Gull Point | 8.15 | 40 minutes\n"
            "Gull Point | Sandy Bay | 9.30 | 55 minutes", 7),
    Passage("The harbour\nPost code | SB 204 | Berths | 96\nDepth | 3.4 m | Telephone | 0441 77", 8),
)


def ask(question, passages=CLUB):
    found = answer_from(question, passages)
    return found.text if found else None


@pytest.mark.parametrize(("question", "expected"), [
    ("What does a canoe cost for a full day?", "Canoe, Full day: 16.00 euros [p. 3]."),
    ("How much is the dinghy for beginners for half a day?",
     "Dinghy for beginners, with a sail, Half a day: 21.00 euros [p. 3]."),
    ("How tall is the light at Gull Point?", "Gull Point, Height: 32 metres [p. 6]."),
    ("When was the light of North Mole built?", "North Mole, Built: 1904 [p. 6]."),
])
def test_looks_up_the_row_and_the_column(question, expected):
    assert ask(question) == expected


@pytest.mark.parametrize(("question", "value"), [
    ("Who teaches the course on knots?", "Ulla Berg"),
    ("When does the course in night sailing start?", "2 June"),
    ("How long is the course on knots?", "3 evenings"),
    ("How many people can join the course in night sailing?", "6"),
])
def test_the_kind_of_question_tells_the_column(question, value):
    assert f": {value} [p. 5]" in ask(question)


def test_minds_the_direction_of_two_keys():
    assert "40 minutes" in ask("How long does the ferry from Sandy Bay to Gull Point take?")
    assert "55 minutes" in ask("How long does the ferry from Gull Point to Sandy Bay take?")


@pytest.mark.parametrize(("question", "expected"), [
    ("What is the post code of the harbour?", "Post code: SB 204 [p. 8]."),
    ("How many berths does the harbour have?", "Berths: 96 [p. 8]."),
    ("How deep is the harbour?", "Depth: 3.4 m [p. 8]."),
])
def test_takes_names_and_values_in_turn_as_pairs(question, expected):
    assert ask(question) == expected


@pytest.mark.parametrize("question", [
    "What does a rowing boat cost for a full day?",
    "Who teaches the course on cooking?",
    "How tall is the light at South Mole?",
    "What do the courses of the sailing club tell on page 5?",
    "What is the deposit for a canoe?",
    "Who owns the light of North Mole?",
])
def test_refuses_what_no_row_or_column_has(question):
    assert ask(question) is None


def test_a_row_that_no_line_wraps_stays_apart_from_its_neighbours():
    rows = Passage("Tool | Shelf | Owner\nSaw | 3 | the school\nof carpenters\nDrill | 7 | Ada Moor", 2)
    assert ask("Who owns the saw?", [rows]) == "Saw, Owner: the school of carpenters [p. 2]."


@pytest.mark.parametrize("text", ["May | 1 | Key | 2\n" * 20_000, "a | b\nword\n" * 30_000, "x" + " | y" * 100_000,
                                  "Name | " + "." * 400_000, "a\u00a0" * 200_000 + "|"])
def test_a_hostile_table_takes_no_long_time(text):
    start = time.perf_counter()
    answer_from("Who came in May, and when?", [Passage(text, 1)])
    assert time.perf_counter() - start < 60
