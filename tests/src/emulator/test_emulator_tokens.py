import hashlib

import pytest
import tiktoken
from hypothesis import given
from hypothesis import strategies as st

from src.emulator.chat import fit
from src.emulator.conversation import Reply, Usage
from src.emulator.tokens import EstimatingTokenizer, RealTokenizer, cached_vocabulary

ESTIMATE = EstimatingTokenizer()
# A real encoding, of single bytes and two merges.
BYTES = RealTokenizer(
    tiktoken.Encoding(
        "bytes",
        pat_str=r"\S+|\s+",
        special_tokens={},
        mergeable_ranks={**{bytes([number]): number for number in range(256)}, b"th": 256, b"the": 257},
    )
)


@pytest.mark.parametrize("tokenizer", [ESTIMATE, BYTES], ids=["estimate", "real"])
@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_pieces_join_to_the_text(tokenizer, text):
    assert "".join(tokenizer.pieces(text)) == text
    assert tokenizer.count(text) >= len(tokenizer.pieces(text))


def test_the_real_tokenizer_counts_tokens():
    assert BYTES.count("the") == 1
    assert BYTES.count("ß") == 2
    assert BYTES.pieces("ß the") == ["ß", " ", "the"]


@pytest.mark.parametrize(
    "text, real",
    [
        # Counts of o200k_base, made with tiktoken.
        ("The quick brown fox jumps over the lazy dog.", 10),
        ('{"name": "Ada Lovelace", "born": 1815, "tags": ["mathematics", "computing"]}', 26),
        ("def add(left, right):\n    return left + right\n", 13),
    ],
)
def test_the_estimate_is_near_the_real_count(text, real):
    assert abs(ESTIMATE.count(text) - real) <= max(2, 0.15 * real)


@pytest.mark.parametrize("content", [None, b"damaged"])
def test_a_vocabulary_that_is_missing_or_damaged_is_not_used_and_not_fetched(tmp_path, monkeypatch, content):
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    if content:
        address = "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken"
        (tmp_path / hashlib.sha1(address.encode()).hexdigest()).write_bytes(content)
    assert cached_vocabulary("o200k_base") is None


@given(text=st.text(max_size=80), limit=st.integers(0, 30), stop=st.lists(st.text(min_size=1, max_size=2), max_size=4))
def test_a_cut_answer_is_a_prefix_without_stop_strings_and_within_the_limit(text, limit, stop):
    fitted = fit(Reply(text), tuple(stop), limit, 0, ESTIMATE)
    cut = "".join(fitted.pieces)
    assert text.startswith(cut)
    assert fitted.tokens == len(fitted.pieces) <= limit
    assert not any(string in cut for string in stop)
    assert (fitted.finish_reason == "length") == (
        len(cut) < min([len(text), *(text.find(s) for s in stop if s in text)])
    )


@given(
    text=st.text(max_size=80),
    used=st.integers(0, 60),
    limit=st.integers(0, 60),
    reason=st.sampled_from(["stop", "length", "content_filter"]),
)
def test_a_reply_with_a_usage_is_cut_only_if_that_is_over_the_limit(text, used, limit, reason):
    fitted = fit(Reply(text, (), reason, Usage(9, used)), (), limit, 128, ESTIMATE)
    if used <= limit:
        assert ("".join(fitted.pieces), fitted.finish_reason, fitted.tokens) == (text, reason, used)
    else:
        assert text.startswith("".join(fitted.pieces)) and fitted.tokens <= limit
        assert fitted.finish_reason in (reason, "length")
