"""What the emulator does with facts that are worded in another way than they are asked for, or lie a step further."""

import pytest
from plan_prompts import plan, request, solution

NOTHING = "The context does not tell."
NEMEDIA = """Velt
Velt is a fishing town on the west coast of Nemedia. The quays of Velt are 3 kilometres long.

Nemedia
Nemedia is a mountainous country in the north. The capital of Nemedia is Orva. About 900 sheep graze there, more than
three for each inhabitant. Nemedia had 184,300 inhabitants in 2023."""
CLUBS = """Orva Rovers
Orva Rovers is a football club from Orva. The club came into being in 1921. The Silt Ground, its stadium, holds 18,600
people. It belongs to a cooperative of 3,100 drinkers. Supporters juggle with three lemons.

Tilla Marn
Tilla Marn is a footballer. At seventeen she joined Orva Rovers, for which she scored 87 goals. Tilla Marn moved to Velt
United in 2020.

Winter at Velt
Winter at Velt is a film that came out in 1951. Winter at Velt took in 58 million dorins at the box office.

Silt Line
The Silt Line is a railway. The Silt Line has carried trains since 1911. The Silt School was founded in 1798 as a school
of navigation."""


def answered(question: str, *values: str) -> str:
    """The answer to a question whose facts and calculations are found to be so, in the order of the plan."""
    steps = plan(question)
    given = iter(values)
    results = {step["id"]: next(given) for step in steps if step["tool"] in ("llm_tool", "math_tool")}
    return solution(question, steps, results)


def requests_of(question: str) -> list[str]:
    return [step["arguments"]["request"] for step in plan(question) if "request" in step["arguments"]]


@pytest.mark.parametrize(("question", "first", "second"), [
    ("In which country was Ada Quill born?", "Where was Ada Quill born?", "In which country does #E2 lie?"),
    ("In which country was the Silt Club founded?", "Where was the Silt Club founded?",
     "In which country does #E2 lie?"),
    ("What is the capital of the country where Ada Quill was born?", "Where was Ada Quill born?",
     "In which country does #E2 lie?"),
    ("In which region is the Silt Bridge situated?", "Where is the Silt Bridge situated?",
     "In which region does #E2 lie?"),
])
def test_the_country_is_asked_for_by_way_of_the_place(question, first, second):
    assert requests_of(question)[:2] == [first, second]


@pytest.mark.parametrize("place", ["Velt", "Nemedia"])
def test_a_place_lies_in_its_country_and_a_country_in_itself(place):
    assert request(f"In which country does {place} lie?", NEMEDIA) == "Nemedia"


def test_a_sea_is_no_country():
    context = "Velt\nVelt is a village on the shore of the Silt Sea."
    assert request("In which country does Velt lie?", context) == NOTHING


@pytest.mark.parametrize(("text", "reply"), [
    ("In which year was Orva Rovers founded?", "1921"),
    ("In which year was Winter at Velt published?", "1951"),
    ("How much did Winter at Velt earn in cinemas?", "58 million dorins"),
    ("In which year did the first trains cross the Silt Line?", "1911"),
    ("In which year was the Silt School founded?", "1798"),
    ("How many spectators does the Silt Ground hold?", "18,600 people"),
    ("Which club did Tilla Marn play for before she moved to Velt United?", "Orva Rovers"),
    ("Where was Orva Rovers founded?", "Orva"),
])
def test_other_words_tell_the_same(text, reply):
    assert request(text, CLUBS) == reply


@pytest.mark.parametrize("text", [
    "What was the revenue of Orva Rovers in 2023?", "How much revenue did Orva Rovers have in 2023?",
    "Where was Winter at Velt published?",
])
def test_a_value_of_another_kind_is_no_answer(text):
    assert request(text, CLUBS) == NOTHING


def test_what_is_counted_for_each_is_not_the_number_of_all():
    assert request("How many inhabitants does Nemedia have?", NEMEDIA) == "184,300 inhabitants"


@pytest.mark.parametrize(("question", "calculated"), [
    ("Take the inhabitants of Orva in 2023 and those of Nemedia in 2024: what percentage of the country's people live "
     "in its capital? Round to one decimal.", "#E2 as a percentage of #E4, rounded to 1 decimal"),
    ("Take the exports of Nemedia in 2023 and the revenue of Silt Steel: what percentage of the exports is it?",
     "#E2 as a percentage of #E4"),
    ("Compare the area of Orva and that of Velt: what is the difference?", "the difference between #E2 and #E4"),
    ("Take the length of the Silt and that of the Tarn: what is their average?", "the average of #E2 and #E4"),
    ("Consider the area of Orva and that of Velt: how many times as large is the first?", "#E2 divided by #E4"),
])
def test_a_question_can_first_tell_what_to_take(question, calculated):
    assert requests_of(question)[-1] == calculated


def test_the_whole_is_what_the_percentage_is_of():
    requests = requests_of("Take the exports of Nemedia in 2023 and the revenue of Silt Steel: what percentage of the "
                           "exports is the revenue?")
    assert requests[:2] == ["What is the revenue of Silt Steel?", "How many exports did Nemedia have in 2023?"]


def test_a_clause_behind_the_verb_belongs_to_its_noun():
    assert requests_of("In which year was the club founded that Tilla Marn played for before she moved to Velt?") == [
        "Which club did Tilla Marn play for before she moved to Velt?", "In which year was #E2 founded?"]


def test_the_year_stays_with_what_changes_from_year_to_year():
    assert requests_of("What is the combined revenue of Silt Steel and Orva Foods in 2023, in crowns?")[:2] == [
        "What was the revenue of Silt Steel in 2023?", "What was the revenue of Orva Foods in 2023?"]


@pytest.mark.parametrize(("question", "values", "said"), [
    ("In which country was Ada Quill born?", ["Velt", "Nemedia"], "Ada Quill was born in Nemedia."),
    ("What percentage of the winners of the Silt Prize were women?", ["27 of them women", "94 winners", "28.7"],
     "28.7% of the winners of the Silt Prize, 27 of 94 winners."),
    ("Which is the oldest of Orva, Velt and Tarn?", ["1412", "1630", "1299"],
     "Tarn is the oldest, 1299; Orva 1412, Velt 1630."),
    ("Which employs more people, Silt Steel or Orva Foods?", ["800 people", "300 people", "500"],
     "Silt Steel employs more people than Orva Foods, by 500 people: 800 people against 300 people."),
    ("Which film earned more, The Ferry or Winter at Velt?", ["9 million dorins", "5 million dorins", "4,000,000"],
     "The Ferry earned more than Winter at Velt, by 4 million dorins: 9 million dorins against 5 million dorins."),
    ("Which is heavier, the lark or the fox?", ["38 grams", "5.4 kilograms", "5,362"],
     "The fox is heavier than the lark, by 5,362 grams: 5.4 kilograms against 38 grams."),
    ("How many people work for Silt Steel?", ["800"], "800 people work for Silt Steel."),
    ("How much did Winter at Velt cost?", ["5 dorins"], "Winter at Velt cost 5 dorins."),
])
def test_answers_are_plain_sentences(question, values, said):
    assert answered(question, *values) == said


def test_the_first_missing_fact_is_told_and_no_mangled_request():
    said = answered("What is the currency of the country in which Ada Quill was born?", NOTHING, NOTHING, NOTHING)
    assert said == "It could not be found where Ada Quill was born: the texts that were found do not tell."
    both = answered("Which of Orva and Velt has more inhabitants?", NOTHING, NOTHING,
                    'There is nothing to calculate: a number is missing in the request "the difference between The".')
    assert both == ("The number of inhabitants of Orva could not be found: the texts that were found do not tell.")
