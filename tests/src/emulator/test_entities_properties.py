"""What holds for the extraction of entities from any text whatsoever."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.emulator.tasks import Conversation, Message
from src.emulator.tasks.entities import answer, extract

TYPES = ["job title", "full name", "person", "organisation", "location", "city", "phone number", "date", "money",
         "e-mail", "URL", "percentage", "time", "nationality", "entities", "important words", "unicorn"]
FRAGMENTS = st.sampled_from([
    "Anna", "Łukasz Nowak", "Contoso Ltd", "'s", "chief", "nurse", "of", "the", "and", "de la", "Bank", "University",
    "CEO", "Dr.", "+44 20 7946 0958", "555-0123", "3 May 2025", "$3.5 million", "a@b.example", "www.example.org", ",",
    ".", "(", ")", "“", "”", "\n", "Paris", "&", "-", "30,000", "\u0301", "İ", "ß", "١٢٣", "東京", "🙂", "\x00", "\u2028"])
TEXTS = st.one_of(st.text(max_size=200), st.lists(FRAGMENTS, max_size=25).map(" ".join))
# About two seconds on an idle core; the rest is for busy machines, where a quadratic step would take minutes.
MOST_SECONDS = 20


@settings(max_examples=300, deadline=None)
@given(kind=st.sampled_from(TYPES), text=TEXTS)
def test_entities_occur_in_the_text_and_are_given_once(kind, text):
    found = extract(kind, text)
    assert all(entity in text for entity in found)
    folded = [" ".join(entity.split()).casefold() for entity in found]
    assert len(folded) == len(set(folded))
    assert found == extract(kind, text)


@given(people=st.permutations([
    "Ana Ruiz", "Łukasz Nowak", "Priya Raghunathan", "Kwame Mensah", "Jo O'Neill"]))
def test_entities_come_in_order_of_appearance(people):
    assert extract("full name", f"They invited {', '.join(people[:-1])} and {people[-1]}.") == people


@settings(max_examples=200, deadline=None)
@given(system=TEXTS, user=TEXTS)
def test_any_prompt_is_answered_or_declined(system, user):
    for text in (user, f"Entity type: person\nText: {user}\nEntities:"):
        reply = answer(Conversation((Message("system", system), Message("user", text))))
        assert reply is None or isinstance(reply.text, str)


@pytest.mark.parametrize("unit", ["a.", "1", "1 ", "+1 ", "@", "a@", "A ", "Aa ", "(", "http://", "one ", "$1,", "- ",
                                  "-", "\n", " ", "Bank of ", "Aa de ", "nurse ", "senior ", "1 million ", "Text: a\n",
                                  '"', "`"])
def test_time_grows_with_the_length_and_not_faster(unit):
    text = unit * (100_000 // len(unit))
    started = time.perf_counter()
    extract("entities", text)
    answer(Conversation((Message("user", f"Extract all dates from the text: {text}"),)))
    assert time.perf_counter() - started < MOST_SECONDS
