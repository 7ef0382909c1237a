import pytest

from src.emulator.tasks.judges import score

MUSEUM = "The museum was designed by Ines Duarte and opened in May 1987. It has 12 rooms."


@pytest.mark.parametrize("answer", [
    "The document does not tell.",
    "The context doesn’t say.",
    "The provided passages do not hold the answer.",
    "Unfortunately, the text does not contain this information.",
])
def test_an_answer_that_only_says_that_the_text_does_not_tell_claims_nothing(answer):
    assert score("groundedness", {"context": MUSEUM, "answer": answer}) == 5
    assert score("coherence", {"question": "Who owns the museum?", "answer": answer}) == 5


@pytest.mark.parametrize("answer", [
    "The document does not tell. The museum opened in 1990.",
    "The document does not tell, but the museum opened in 1990.",
    "The document does not say that the moon is green.",
    "I don't know.",
    "",
])
def test_a_claim_beside_it_is_judged(answer):
    assert score("groundedness", {"context": MUSEUM, "answer": answer}) < 4


def test_a_refusal_is_relevant_only_where_the_context_is_about_something_else():
    refusal = {"answer": "The document does not tell.", "context": MUSEUM}
    assert score("relevance", {"question": "Who designed the museum?", **refusal}) == 1
    assert score("relevance", {"question": "How deep are the lakes of Norway?", **refusal}) == 4


def test_a_long_answer_is_judged_quickly():
    assert score("groundedness", {"context": MUSEUM, "answer": "The document " * 20_000}) <= 5
