import pytest

from src.emulator.tasks.rewriting import Turn, standalone


def follow_up(question, *said):
    return standalone(question, [Turn(bool(index % 2), text) for index, text in enumerate(said)])


@pytest.mark.parametrize(("said", "question", "expected"), [
    (("Which tower stands at the gate?", "The Ravel Tower [p. 43]."), "How many bells does it have?",
     "How many bells does the Ravel Tower have?"),
    (("Which boat is the oldest?", "The blue cutter is the oldest [p. 4]."), "Who built it?",
     "Who built the blue cutter?"),
    (("What is the capital of Tarn?", "Capital: Veld [p. 4]."), "How many people live there?",
     "How many people live in Veld?"),
    (("What is the tallest oak called?", "It is called Old Ned [p. 5]."), "How tall is it?", "How tall is Old Ned?"),
    (("What is the Moot?", "The Moot is the assembly of Tarn [p. 3]."), "How many members sit in it?",
     "How many members sit in the Moot?"),
])
def test_what_an_answer_names_is_what_the_next_question_is_about(said, question, expected):
    assert follow_up(question, *said) == expected


@pytest.mark.parametrize(("said", "question", "expected"), [
    (("Who is the mayor of Fernmouth?", "The mayor is Hanne Wolf [p. 4]."), "Which product do people there live on?",
     "Which product do people in Fernmouth live on?"),
    (("How much is the weekend card?", "The weekend card costs 20 euros [p. 5]."), "How many guests does that include?",
     "How many guests does the weekend card include?"),
    (("How long is the bridge over the Fern?", "It is 90 m long [p. 7]."), "When was it built?",
     "When was the bridge over the Fern built?"),
    (("How long can I keep a film?", "You can keep a film for two days [p. 9]."),
     "What happens if I bring it back late?", "What happens if I bring the film back late?"),
    (("Who leads the choir?", "Prof. Ada Quist leads the choir [p. 2]."), "Where does she live?",
     "Where does Prof. Ada Quist live?"),
])
def test_else_it_is_about_the_topic_of_the_last_question(said, question, expected):
    assert follow_up(question, *said) == expected


def test_no_citation_gets_into_a_question():
    assert "[p" not in follow_up("Who made it?", "Which bell is the largest?", "Great Tom [p. 8].")
