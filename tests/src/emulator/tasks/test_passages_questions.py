import pytest

from src.emulator.tasks.passages import Passage, answer_from

TOWN = (
    Passage("Fernmouth\nThe town lies where the Fern meets the sea. Most townspeople live on cockles and rope.\n"
            "The mayor is Hanne Wolf. The assembly, called the Moot, has 39 members.\n"
            "The customs house was put up in 1744.", 4),
    Passage("The aquarium\nThe aquarium was established by the fisherman Abel Roy in 1931. It belongs to the county.\n"
            "Cameras with a flash are forbidden. Visitors must not feed the seals. Prams may be borrowed for nothing.\n"
            "It covers two hectares. The pier is 310 m long.", 6),
)


def ask(question):
    found = answer_from(question, TOWN)
    return found.text if found else ""


@pytest.mark.parametrize(("question", "part"), [
    ("Who is the mayor of Fernmouth?", "Hanne Wolf"),
    ("How many members sit in the assembly of Fernmouth?", "39"),
    ("When was the customs house of Fernmouth built?", "1744"),
    ("What do people in Fernmouth live on?", "cockles"),
])
def test_a_heading_tells_what_a_sentence_is_about(question, part):
    assert part in ask(question)


@pytest.mark.parametrize(("question", "part"), [
    ("Who started the aquarium?", "Abel Roy"),
    ("Who owns the aquarium?", "the county"),
    ("How large is the aquarium?", "two hectares"),
    ("How long is the pier?", "310 m"),
])
def test_the_answer_is_of_the_kind_that_is_asked_for(question, part):
    assert part in ask(question)


def test_answers_two_questions_in_one():
    both = ask("In what year was the aquarium founded and by whom?")
    assert "1931" in both
    assert both.count("[p. 6]") == 1
    apart = ask("Who is the mayor of Fernmouth and when was the customs house built?")
    assert "Hanne Wolf" in apart
    assert "1744" in apart


@pytest.mark.parametrize(("question", "start", "part"), [
    ("Are visitors allowed to use cameras with a flash?", "No, ", "forbidden"),
    ("May I feed the seals?", "No, ", "must not feed"),
    ("Can I borrow a pram?", "Yes, ", "borrowed"),
])
def test_tells_what_is_allowed(question, start, part):
    assert ask(question).startswith(start)
    assert part in ask(question)


@pytest.mark.parametrize("question", [
    "Who is the mayor of the county?", "When does the aquarium open?", "How many seals does the aquarium have?",
    "Who painted the customs house?", "When was Abel Roy born?", "How deep is the pool?",
])
def test_refuses_what_is_not_told(question):
    assert not ask(question)
