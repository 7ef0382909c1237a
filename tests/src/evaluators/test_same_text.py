"""When two texts are the same, by examples of every rule and by properties of any text at all."""

import sys
import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from src.evaluators import EntitiesEvaluator, MatchEvaluator
from src.evaluators.text import _IGNORED, canonical

# Writing of every kind that a rule is about, which random text would seldom bring together.
PIECES = st.sampled_from(
    [
        "a",
        "B",
        "ß",
        "İ",
        "ı",
        "é",
        "e\u0301",
        "5",
        "５",
        "٣",
        "१",
        "⁶",
        "⁻",
        "₂",
        "½",
        "①",
        "%",
        "°",
        "€",
        "$",
        "#",
        "§",
        "-",
        "–",
        "—",
        "−",
        "'",
        "’",
        "″",
        "«",
        "」",
        "`",
        "´",
        " ",
        "\u00a0",
        "\u2009",
        "\u3000",
        "\n",
        "\u00ad",
        "\u200b",
        "\u200d",
        "\ufeff",
        "\ufe0f",
        ",",
        ".",
        ";",
        "、",
        "。",
        "，",
        "।",
        "(",
        ")",
        "/",
        "+",
        "&",
        "東",
        "京",
        "カ",
        "ｶﾞ",
        "ー",
        "ก",
        "ำ",
        "ี่",
        "ક",
        "ि",
        "क",
        "्",
        "한",
        "ﬁ",
        "№",
        "™",
        "👍",
    ]
)
TEXTS = st.text(max_size=12) | st.lists(PIECES, max_size=10).map("".join)
SAME = [
    ("straße", "STRASSE"),
    ("ΟΔΟΣ", "οδος"),
    ("İstanbul", "i\u0307stanbul"),
    ("ISPARTA", "isparta"),
    ("Café", "Cafe\u0301"),
    ("ﬁnance", "finance"),
    ("ＡＢＣ　１２３", "abc 123"),
    ("ｶﾞｽ", "ガス"),
    ("20 ℃", "20 °C"),
    ("№ 5", "No 5"),
    ("٢٠٢٣", "2023"),
    ("२०२३", "2023"),
    ("𝟓", "5"),
    ("㎡", "m²"),
    ("CO₂", "CO2"),
    ("½", "1/2"),
    ("10⁻⁶", "10^-6"),
    ("12½", "12 1/2"),
    ("New\u00a0York", "New York"),
    ("New\u2009 \u202f York", "New York"),
    ("New\u3000York", "New York"),
    ("exam\u00adple", "example"),
    ("exam\u200bple", "example"),
    ("\ufeffexample\u200e", "example"),
    ("می\u200cروم", "میروم"),
    ("محـــمد", "محمد"),
    ("❤\ufe0f", "❤"),
    ("O’Brien", "O'Brien"),
    ("O`Brien", "O'Brien"),
    ("O´Brien", "O'Brien"),
    ("Hawaiʻi", "Hawai'i"),
    ("5′ 10″", "5' 10\""),
    ("5' 10''", "5' 10\""),
    ("צה״ל", 'צה"ל'),
    ("“so”", '"so"'),
    ("«so»", '"so"'),
    ("„so“", '"so"'),
    ("「東京」", '"東京"'),
    ("2019–2024", "2019-2024"),
    ("2019—2024", "2019-2024"),
    ("2019 – 2024", "2019-2024"),
    ("−5", "-5"),
    ("a‑b", "a-b"),
    ("Berlin — Paris", "Berlin - Paris"),
    ("תל־אביב", "תל-אביב"),
    ("12 %", "12%"),
    ("12\u00a0%", "12%"),
    ("１２％", "12%"),
    ("12 ‰", "12‰"),
    ("5 €", "5€"),
    ("€ 5", "€5"),
    ("US$ 5", "US$5"),
    ("« so »", '"so"'),
    ("«\u202fso\u202f»", "“so”"),
    ("So\u00a0!", "So!"),
    ("»so« und »so«", '"so" und "so"'),
    ("20 °C", "20°C"),
    ("§ 5", "§5"),
    ("第 3 条", "第3条"),
    ("東京 都", "東京都"),
    ("iPhone 手机", "iPhone手机"),
]
DIFFERENT = [
    ("1,000", "1000"),
    ("1.000", "1,000"),
    ("1 000", "1000"),
    ("3.5", "3,5"),
    ("-5", "5"),
    ("+5", "5"),
    (".5", "5"),
    ("±5", "5"),
    ("€5", "5"),
    ("5%", "5"),
    ("5‰", "5"),
    ("5°", "5"),
    ("§5", "5"),
    ("#5", "5"),
    ("€5", "5€"),
    ("€5", "$5"),
    ("5%", "5‰"),
    ("C++", "C"),
    ("C#", "C"),
    (".NET", "NET"),
    ("10⁶", "106"),
    ("12³", "123"),
    ("12½", "121/2"),
    ("①②", "12"),
    ("5①", "51"),
    ("x²", "x"),
    ("resume", "résumé"),
    ("ılık", "ilik"),
    ("किताब", "कताब"),
    ("กา", "กำ"),
    ("パン", "ハン"),
    ("北京", "京都"),
    ("well-known", "wellknown"),
    ("007", "7"),
    ("1e5", "100000"),
    ("5kg", "5 g"),
]


def f1(response, ground_truth):
    return MatchEvaluator()(response=response, ground_truth=ground_truth)["f1"]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_ways_of_writing_make_no_difference_to_entities_nor_to_words(one, other):
    assert f1([one], [other]) == 1
    assert f1(f"It is {one} today.", f"It is {other} today.") == 1
    assert f1(one, [other]) == 1
    assert EntitiesEvaluator()(answer=[one], text=f"It is {other}, today.")["in_text"] == 1


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_means_something_else_stays_another_text(one, other):
    assert f1([one], [other]) == 0
    assert f1(f"It is {one} today.", f"It is {other} today.") < 1
    assert f1(one, [other]) == 0


@given(TEXTS)
def test_a_form_is_its_own_form(text):
    once = canonical(text)
    assert canonical(once) == once


@given(TEXTS, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_unicode_forms_are_the_same_text_unless_they_run_numbers_together(text, form):
    written = unicodedata.normalize(form, text)
    if "K" not in form or not any(unicodedata.category(each) in ("No", "Sm") or each in "´" for each in text):
        assert canonical(written) == canonical(text)


@given(TEXTS)
def test_case_is_the_same_text(text):
    assert canonical(text.casefold()) == canonical(text)


@given(TEXTS, st.integers(0, 12), st.sampled_from("\u00ad\u200b\u200d\u2060\ufeff"))
def test_what_shows_nothing_makes_no_difference_anywhere(text, place, unseen):
    assert canonical(text[:place] + unseen + text[place:]) == canonical(text)


def test_what_is_ignored_is_what_unicode_calls_ignorable():
    known = [chr(point) for point in range(sys.maxunicode + 1) if unicodedata.category(chr(point)) not in ("Cn", "Cs")]
    ignored = {character for character in known if _IGNORED.match(character)}
    assert ignored - {"\u0640"} == set(regex.findall(r"\p{Default_Ignorable_Code_Point}", "".join(known)))
