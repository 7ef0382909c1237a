"""Words, in writing with and without blanks between them, and what stands in a text word for word."""

import sys
import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from test_same_text import TEXTS

from src.evaluators import EntitiesEvaluator, MatchEvaluator
from src.evaluators.text import SOUTH_EAST_ASIAN, canonical
from src.evaluators.words import stands_in, words

match = MatchEvaluator()
# F1 and exact match by the rules of the evaluation scripts of SQuAD 1.1 (for English) and MLQA 1.0, where these are
# meant to be the same: without articles, and without punctuation inside of words or signs of values. Computed with
# https://github.com/facebookresearch/MLQA/blob/main/mlqa_evaluation_v1.py
PUBLISHED = [
    ("zh", "他在1911年出生于北京。", "1911年", 4 / 11, 0),
    ("zh", "北京", "北京市", 4 / 5, 0),
    ("zh", "王国", "国王", 1, 0),
    ("zh", "iPhone 15 手机", "iPhone 15", 2 / 3, 0),
    ("zh", "《红楼梦》", "红楼梦", 1, 1),
    ("zh", "你好，世界！", "你好世界", 1, 1),
    ("zh", "公司成立于 1998 年", "公司成立于1998年", 1, 1),
    ("en", "Hedda Lorrimer founded it in 1927.", "Hedda Lorrimer", 1 / 2, 0),
    ("en", "It was founded in 1927, in Bergen.", "in 1927", 4 / 9, 0),
    ("de", "Er wohnt in Köln!", "köln", 2 / 5, 0),
    ("es", "¿En qué año? En 1927", "1927", 1 / 3, 0),
    ("hi", "यह 1927 में स्थापित हुआ।", "1927 में", 4 / 7, 0),
    ("hi", "किताब", "किताबें", 0, 0),
    ("vi", "năm 1927 tại Hà Nội", "Hà Nội", 4 / 7, 0),
    ("ar", "تأسس في عام 1927", "عام 1927", 2 / 3, 0),
]


@pytest.mark.parametrize(("_", "response", "ground_truth", "f1", "exact"), PUBLISHED)
def test_scores_are_those_of_published_scorers_where_the_rules_are_meant_to_be_the_same(
    _, response, ground_truth, f1, exact
):
    scores = match(response=response, ground_truth=ground_truth)
    assert (scores["f1"], scores["exact_match"]) == (pytest.approx(f1), exact)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The mat: the cat!", ["the", "mat", "the", "cat"]),
        ("30,000 or 3.5, e-mail; AT&T", ["30,000", "or", "3.5", "e-mail", "at&t"]),
        ("wait… or wait...what", ["wait", "or", "wait", "what"]),
        ("the cat—the dog – 2019—2024", ["the", "cat", "the", "dog", "2019-2024"]),
        ("(C++), C#, .NET and .5; #1", ["c++", "c#", ".net", "and", ".5", "#1"]),
        ("12 % of € 5", ["12%", "of", "€5"]),
        ("हिन्दी में।नमस्ते", ["हिन्दी", "में", "नमस्ते"]),
        ("ሰላም፡ለዓለም", ["ሰላም", "ለዓለም"]),
        ("東京は、2020年。", ["東", "京", "は", "2020", "年"]),
        ("第3(三)条", ["第", "3", "三", "条"]),
        ("กรุงเทพ", ["กรุ", "รุง", "งเ", "เท", "ทพ"]),
        ("น้ำ 5 ลิตร", [canonical("น้ำ"), "5", "ลิต", "ตร"]),
        ("대한민국의 수도", [canonical("대한민국의"), canonical("수도")]),
        ("col·lecció", ["col·lecció"]),
        ("!?", ["!?"]),
    ],
)
def test_words_of_a_text(text, expected):
    assert words(text) == expected or [words(text)] == [[canonical(each) for each in expected]]


def test_unrelated_texts_in_thai_share_few_words():
    one, other = "ผู้ใหญ่จ่ายค่าเข้าชมสิบสองยูโรในคืนวันเสาร์", "ทะเลสาบแห่งนี้ลึกสองร้อยสี่สิบเอ็ดเมตร"
    assert match(response=one, ground_truth=other)["f1"] < 0.25


def test_what_is_asked_for_is_found_in_a_sentence_without_blanks():
    scores = match(response="東京は日本の首都です", ground_truth="東京")
    assert scores["recall"] == 1 and 0 < scores["precision"] < 0.5
    assert match(response="เมืองหลวงคือกรุงเทพมหานคร", ground_truth="กรุงเทพ")["recall"] == 1


def test_south_east_asian_letters_are_those_that_unicode_breaks_with_a_dictionary():
    known = [chr(point) for point in range(sys.maxunicode + 1) if unicodedata.category(chr(point)) not in ("Cn", "Cs")]
    found = regex.findall(f"[{SOUTH_EAST_ASIAN}]", "".join(known))
    assert found == regex.findall(r"\p{Line_Break=SA}", "".join(known))


@pytest.mark.parametrize(
    ("entity", "text"),
    [
        ("Ann", "Ann's fair"),
        ("Ann", "“Ann” said"),
        ("Ann", "Ann-Marie"),
        ("Ann", "said Ann."),
        ("ann", "我见了Ann和Bob"),
        ("5", "it costs €5"),
        ("5", "5% of it"),
        ("5", "room 5."),
        ("5", "rooms 3, 5, 7"),
        ("5", "10-5"),
        ("-5", "it is −5 °C"),
        ("C++", "in C++, or"),
        ("2.5", "about 2.5."),
        ("東京", "東京は日本の首都です"),
        ("กรุงเทพ", "เมืองหลวงคือกรุงเทพมหานคร"),
        ("12%", "12 % of it"),
        ("software engineer", "a software\n engineer"),
        ("A+B", "A+B"),
        ("Straße 5", "in der STRASSE 5"),
    ],
)
def test_an_entity_stands_in_a_text(entity, text):
    assert EntitiesEvaluator()(answer=[entity], text=text) == {"in_text": 1, "number": 1}


@pytest.mark.parametrize(
    ("entity", "text"),
    [
        ("Ann", "The annual fair"),
        ("Ann", "Hann"),
        ("nurse", "two nurses"),
        ("5", "15 or 50"),
        ("5", "it is −5 °C"),
        ("5", "3.5"),
        ("3", "3.5"),
        ("30", "30,000"),
        (".5", "10.5"),
        ("5", "it is .5 wide"),
        ("-5", "10-5"),
        ("C", "C++ or C#"),
        ("user", "user_name"),
        ("क", "किताब"),
        ("ก", "กี่"),
        ("e", "e\u0301"),
        ("5", "5kg"),
        ("10", "10⁶"),
        ("6", "10⁶"),
        ("Zug", "Ausflugszug"),
    ],
)
def test_an_entity_that_begins_or_ends_inside_of_a_word_does_not_stand_there(entity, text):
    assert EntitiesEvaluator()(answer=[entity], text=text) == {"in_text": 0, "number": 1}


@given(TEXTS)
def test_every_text_stands_in_itself(text):
    assert stands_in(canonical(text), canonical(text))


NAMES = st.sampled_from(["Ann", "annual", "fair", "3.5", "-5", "C++", "O'Brien"])


@given(st.lists(NAMES, min_size=1, max_size=6), st.data())
def test_of_a_text_its_words_stand_in_it(found, data):
    word = data.draw(st.sampled_from(found))
    assert stands_in(canonical(word), canonical(" ".join(found)))
    assert words(" ".join(found)) == [each.casefold() for each in found]


@given(TEXTS)
def test_words_have_no_blanks_and_case_makes_none(text):
    assert all(word and word == "".join(word.split()) for word in words(text))
    assert words(text.casefold()) == words(text)
