"""From a model's answer to a list of entities, as all three flows do it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entity_answers import read_json, read_list
from flows.yaml_basic_flow.standard.clean_entities import clean

STRAY = " \t\r.\"'“”‘’`"


@pytest.mark.parametrize(
    ("answer", "entities"),
    [
        ("engineer", ["engineer"]),
        ('"engineer"', ["engineer"]),
        ('"engineer", "mayor"', ["engineer", "mayor"]),
        ("engineer, mayor", ["engineer", "mayor"]),
        ("engineer,mayor", ["engineer", "mayor"]),
        ("engineer; mayor;", ["engineer", "mayor"]),
        ("engineer\nmayor\n", ["engineer", "mayor"]),
        ("engineer\r\nmayor\r\n", ["engineer", "mayor"]),
        ('"engineer"\n"mayor"', ["engineer", "mayor"]),
        ('"engineer",\n"mayor",', ["engineer", "mayor"]),
        ("- engineer\n- mayor", ["engineer", "mayor"]),
        ("* engineer\n• mayor", ["engineer", "mayor"]),
        ('- "engineer"\n- "March 3rd, 2025"', ["engineer", "March 3rd, 2025"]),
        ("-5 euros, 10 - 20 euros", ["-5 euros", "10 - 20 euros"]),
        ('["engineer", "mayor"]', ["engineer", "mayor"]),
        (" \t engineer \t.", ["engineer"]),
        ("'engineer', ‘mayor’, “clerk”, `cook`", ["engineer", "mayor", "clerk", "cook"]),
        ('"“engineer”"', ["engineer"]),
        ("Dr. Who., J. R. Tolkien", ["Dr. Who", "J. R. Tolkien"]),
        ("O'Brien, D’Arcy", ["O'Brien", "D’Arcy"]),
        ('"March 3rd, 2025"', ["March 3rd, 2025"]),
        ('"March 3rd, 2025", "9 May 2025"', ["March 3rd, 2025", "9 May 2025"]),
        ('"$30,000"', ["$30,000"]),
        ("30,000 euros, $1,250.50", ["30,000 euros", "$1,250.50"]),
        ('"Smith; Brown and Co"', ["Smith; Brown and Co"]),
        ("+351 21 555 0172, (212) 555-0147", ["+351 21 555 0172", "(212) 555-0147"]),
        ("https://example.com/a?b=c&d=e.", ["https://example.com/a?b=c&d=e"]),
        ("None", []),
        ("none.", []),
        ('"None"', []),
        (" NONE \n", []),
        ("'none'.", []),
        ("None, None", []),
        ("engineer, None", ["engineer"]),
        ('""', []),
        ("[]", []),
        ("-", []),
        (", ; \n .", []),
        ("Nonesuch Records", ["Nonesuch Records"]),
        ("日本銀行", ["日本銀行"]),
    ],
)
def test_stray_characters_go_and_entities_stay_as_they_are(answer, entities):
    assert read_list(answer, f"The text: {answer}, and more") == entities


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("I found an engineer, and a mayor.", "An engineer met a mayor."),
        ("Sure! Here are the entities: engineer, mayor", "An engineer met a mayor."),
        ("engineer, judge", "An engineer met a mayor."),
        ("An engineer met a mayor.", "An engineer met a mayor."),  # the text is no entity of itself
        ("  an ENGINEER  met a mayor", "An engineer met a mayor."),
    ],
)
def test_prose_is_no_list(answer, text):
    with pytest.raises(ValueError, match="the model answered in prose and not with a list of entities"):
        read_list(answer, text)


@pytest.mark.parametrize(
    ("answer", "entities"),
    [
        ('"judge", "engineer"', ["judge", "engineer"]),  # in quotes it is a list, right or wrong
        ("Engineer", ["Engineer"]),
        ("civil engineer", ["civil engineer"]),
    ],
)
def test_what_stands_in_the_text_or_in_quotes_is_an_entity(answer, entities):
    assert read_list(answer, "A civil\n engineer met a mayor.") == entities


@pytest.mark.parametrize("answer", ["", " ", "\n\t", None])
def test_no_answer_at_all_is_a_mistake_and_not_a_none(answer):
    """The other two flows learn of it from the completion; test_entity_extraction.py."""
    with pytest.raises(ValueError, match="the model's answer is empty: raise its limit of output tokens"):
        clean(answer, "text")


def test_json_of_the_schema_is_read():
    assert read_json('{"entities": ["March 3rd, 2025", " mayor "]}') == ["March 3rd, 2025", "mayor"]
    assert read_json('{"entities": []}') == []


CHARACTERS = st.sampled_from("ab1 ,;.\"'\n\r\t“”‘’`-*[]") | st.characters(codec="utf-8")
NOTHING = ("", "none", "[]", *"[]-*•")


@given(st.text(CHARACTERS, max_size=40).filter(str.strip))
def test_nothing_stray_is_left(answer):
    text = f"{answer} and more"
    entities = read_list(answer, text)
    assert clean(answer, text) == entities
    for entity in entities:
        assert entity == entity.strip(STRAY)
        assert entity.lower() not in NOTHING
        assert entity in answer


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters='"\n'), min_size=1, max_size=20), min_size=1))
def test_entities_in_double_quotes_come_back_whatever_is_in_them(entities):
    wanted = [entity.strip(STRAY) for entity in entities]
    answer = ", ".join(f'"{entity}"' for entity in entities)
    assert read_list(answer, "") == [entity for entity in wanted if entity.lower() not in NOTHING]
