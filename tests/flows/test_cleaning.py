"""From a model's answer to a list of entities: the same in all three flows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.class_basic_flow.standard.entity_extractor import clean as clean_in_class
from flows.function_basic_flow.standard.extract_entities import clean as clean_in_function
from flows.yaml_basic_flow.standard.clean_entities import clean as clean_in_dag

CLEANERS = {"class": clean_in_class, "function": clean_in_function, "dag": clean_in_dag}
STRAY = " \t\r.\"'“”‘’`"


@pytest.mark.parametrize("clean", CLEANERS.values(), ids=CLEANERS)
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
def test_stray_characters_go_and_entities_stay_as_they_are(clean, answer, entities):
    assert clean(answer) == entities


@pytest.mark.parametrize("clean", CLEANERS.values(), ids=CLEANERS)
@pytest.mark.parametrize("answer", ["", " ", "\n\t", None])
def test_no_answer_at_all_is_a_mistake_and_not_a_none(clean, answer):
    with pytest.raises(ValueError, match="the model's answer is empty: raise its limit of output tokens"):
        clean(answer)


CHARACTERS = st.sampled_from("ab1 ,;.\"'\n\r\t“”‘’`-*[]") | st.characters(codec="utf-8")
NOTHING = ("", "none", "[]", *"[]-*•")


@given(st.text(CHARACTERS, max_size=40).filter(str.strip))
def test_all_three_clean_alike_and_leave_nothing_stray(answer):
    entities = clean_in_class(answer)
    assert clean_in_function(answer) == clean_in_dag(answer) == entities
    for entity in entities:
        assert entity == entity.strip(STRAY)
        assert entity.lower() not in NOTHING
        assert entity in answer


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters='"\n'), min_size=1, max_size=20), min_size=1))
def test_entities_in_double_quotes_come_back_whatever_is_in_them(entities):
    wanted = [entity.strip(STRAY) for entity in entities]
    answer = ", ".join(f'"{entity}"' for entity in entities)
    assert clean_in_class(answer) == [entity for entity in wanted if entity.lower() not in NOTHING]
