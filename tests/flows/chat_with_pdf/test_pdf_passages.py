"""Passages: nothing is lost, nothing is too long, nothing is there twice."""

import re

import pytest
from chat_with_pdf import passages as passages_module
from chat_with_pdf.passages import EMBEDDING_MODEL, Passage, cut_into_passages, fits
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from semantic_text_splitter import TextSplitter

WORDS = st.sampled_from(
    [
        "The",
        "library",
        "opens",
        "at",
        "nine.",
        "Members,",
        "pay",
        "twelve",
        "euros;",
        "(half",
        "off)",
        "that?",
        "日本語の文章。",
        "Übergröße",
        "https://example.com/a/b?c=d",
        "x" * 90,
        "1,234.56",
        "—",
        "😀",
        "e.g.",
        "\n",
        "\n\n",
        "incomprehensibilities",
    ]
)
PAGES = st.lists(st.lists(WORDS, max_size=80).map(" ".join), min_size=1, max_size=5)
SIZES = st.integers(20, 60).flatmap(lambda tokens: st.tuples(st.just(tokens), st.integers(0, tokens - 1)))


def tokens_fit(text: str, tokens: int) -> bool:
    """Whether a text has so many tokens of the embedding model at most."""
    return not text.strip() or len(TextSplitter.from_tiktoken_model(EMBEDDING_MODEL, max(1, tokens)).chunks(text)) == 1


def letters(text: str) -> str:
    return "".join(text.split())


@settings(max_examples=50)
@given(PAGES, SIZES)
def test_every_passage_is_short_enough_and_pages_ascend(pages, sizes):
    tokens, overlap = sizes
    passages = cut_into_passages(pages, tokens, overlap)
    assert all(passage.text.strip() and tokens_fit(passage.text, tokens) for passage in passages)
    numbers = [passage.page for passage in passages]
    assert numbers == sorted(numbers)
    assert set(numbers) == {number for number, page in enumerate(pages, 1) if page.strip()}


@settings(max_examples=50)
@given(PAGES, SIZES)
def test_all_that_a_page_says_is_in_its_passages_in_order_and_overlaps_are_short(pages, sizes):
    tokens, overlap = sizes
    passages = cut_into_passages(pages, tokens, overlap)
    for number, page in enumerate(pages, 1):
        read = 0
        whole = page + passages_module._rest_of_sentence(page, pages[number] if number < len(pages) else "")
        for passage in (passage for passage in passages if passage.page == number):
            # Where the passage begins: in what was read, by the overlap at most, or after it with only space between.
            starts = [found.start() for found in re.finditer(f"(?={re.escape(passage.text)})", whole)]
            starts = [start for start in starts if start >= read or tokens_fit(whole[start:read], overlap)]
            starts = [start for start in starts if not whole[read:start].strip()]
            assert starts
            end = max(start + len(passage.text) for start in starts)
            assert end > read, "it says nothing that the one before did not"
            read = end
        assert not whole[read:].strip()


@settings(max_examples=15)
@given(st.integers(60, 200), SIZES)
def test_no_passage_is_contained_in_the_one_before(count, sizes):
    text = " ".join(f"Sentence number {number} says {number * 7919}." for number in range(count))
    passages = cut_into_passages([text], *sizes)
    assert not [after for before, after in zip(passages, passages[1:]) if after.text in before.text]
    assert passages[-1].text.endswith(f"{(count - 1) * 7919}.")


def test_a_passage_ends_with_a_sentence_where_it_can():
    text = "The library opens at nine in the morning. It closes at six. Members pay twelve euros a year. " * 5
    assert all(passage.text.endswith(".") for passage in cut_into_passages([text], 30, 10))


@pytest.mark.parametrize(
    "first, second, expected",
    [
        ("It opens at", "nine in the morning. It closes.", "It opens at nine in the morning."),
        ("It opens,", "they say, at nine! Then", "It opens, they say, at nine!"),
        ("It opens.", "nine it is. More.", "It opens."),
        ("It opens at", "Nine is early. More.", "It opens at"),
        ("It opens at", "nine " * 200 + ".", "It opens at"),
        ("It opens at", "", "It opens at"),
        ("", "nine.", None),
    ],
)
def test_a_sentence_that_goes_on_overleaf_stands_whole_where_it_begins(first, second, expected):
    passages = cut_into_passages([first, second], 100, 0)
    assert [passage.text for passage in passages if passage.page == 1] == [expected] * (expected is not None)


def test_a_page_that_is_nothing_but_the_end_of_a_sentence_is_still_a_page():
    assert cut_into_passages(["It opens at", "nine."], 100, 10) == [
        Passage(1, "It opens at nine."),
        Passage(2, "nine."),
    ]


@given(st.lists(WORDS, max_size=60).map(" ".join), st.integers(-3, 200))
def test_what_fits_fits_with_more_room_too_and_so_does_a_part_of_it(text, tokens):
    assume(fits(text, tokens))
    assert fits(text, tokens + 1)
    assert fits(text[: text.rfind(" ")] if " " in text else "", tokens)


@given(st.lists(st.sampled_from(["the", "library", "opens", "at", "nine"]), max_size=100))
def test_common_words_are_a_token_each(words):
    text = "".join(f" {word}" for word in words)
    assert fits(text, len(words))
    assert not words or not fits(text, len(words) - 1)


def test_nothing_fits_everywhere_and_something_nowhere_without_room():
    assert fits("", 0) and fits("", -5) and not fits("a", 0) and not fits("a", -5)


@pytest.mark.parametrize("end", [".", ""])
def test_a_long_text_without_line_ends_makes_short_passages_of_whole_words(end):
    text = " ".join(f"Word{number}{end if number % 9 == 0 else ''}" for number in range(4_000))
    passages = cut_into_passages([text], 60, 0)
    assert all(tokens_fit(passage.text, 60) for passage in passages)
    assert [word for passage in passages for word in passage.text.split()] == text.split()
