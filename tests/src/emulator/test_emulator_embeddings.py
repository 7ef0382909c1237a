import base64

import numpy as np
import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.emulator.embeddings import embed

RELATED = [
    ("indexing documents", "the document was indexed"),
    ("How do I cancel my subscription?", "Cancelling a subscription is done in the settings."),
    ("The cat sat on the mat", "Cats are sitting on mats"),
    ("Stock prices fell sharply on Monday", "On Monday the price of the stocks was falling"),
    ("encrypting customer data at rest", "Customer data is encrypted when it rests on disk"),
    ("deploy the model to an online endpoint", "online with_emulator_endpoint and how a model is deployed to them"),
    ("Die Bundesregierung erhöht die Förderung", "Förderungen der Bundesregierung wurden erhöht"),
    ("政府は再生可能エネルギーを支援する", "再生可能エネルギーへの政府の支援"),
]


@pytest.mark.parametrize("dimensions, kept", [(1536, None), (3072, None), (1536, 512), (3072, 256)])
def test_related_texts_are_closer_than_unrelated_ones(dimensions, kept):
    left, right = (embed(side, dimensions, kept) for side in zip(*RELATED))
    similar = left @ right.T
    unrelated = similar - 2 * np.eye(len(RELATED))
    assert (np.diag(similar) > unrelated.max(axis=0) + 0.15).all()
    assert (np.diag(similar) > unrelated.max(axis=1) + 0.15).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=5), st.sampled_from([1, 7, 256, 1536]))
def test_every_text_has_a_vector_of_unit_length(texts, kept):
    vectors = embed(texts, 1536, kept)
    assert vectors.shape == (len(texts), kept) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=40), min_size=2, max_size=5))
def test_a_vector_depends_on_its_own_text_only(texts):
    together = embed(texts, 1536)
    assert np.allclose(together[0], embed(texts[:1], 1536)[0], atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet="abcdfghklmnopqrtuvwxzéöж", min_size=4, max_size=12))
def test_a_word_is_closest_to_itself_and_near_its_plural(word):
    same, plural, other = embed([word, word + "s", "zebra crossing"], 1536)
    assert same @ plural > 0.3
    assert same @ plural > abs(same @ other)


def test_the_official_client_gets_lists_and_base64_alike(client):
    texts = ["one text", "another text"]
    floats = client.embeddings.create(model="text-embedding-3-small", input=texts, encoding_format="float")
    default = client.embeddings.create(model="text-embedding-3-small", input=texts)
    assert np.allclose(floats.data[1].embedding, default.data[1].embedding)
    assert [entry.index for entry in default.data] == [0, 1]
    assert default.usage.prompt_tokens == default.usage.total_tokens > 0


def test_base64_is_little_endian_float32(client):
    raw = client.embeddings.with_raw_response.create(
        model="text-embedding-3-large", input="text", encoding_format="base64"
    ).http_response.json()
    vector = np.frombuffer(base64.b64decode(raw["data"][0]["embedding"]), "<f4")
    assert vector.shape == (3072,)


def test_dimensions_keep_the_vectors_beginning(client):
    full, short = (
        client.embeddings.create(model="text-embedding-3-small", input="some text", dimensions=size).data[0].embedding
        for size in (1536, 256)
    )
    start = np.array(full[:256])
    assert np.allclose(short, start / np.linalg.norm(start), atol=1e-5)


@pytest.mark.parametrize(
    "options, param",
    [
        ({"input": ""}, "input"),
        ({"input": []}, "input"),
        ({"input": ["a", ""]}, "input"),
        ({"input": [[]]}, "input"),
        ({"input": [1.5]}, "input[0]"),
        ({"input": ["a", 5]}, "input[1]"),
        ({"input": ["a"] * 2_049}, "input"),
        ({"input": "word " * 9_000}, "input"),
        ({"input": [[1] * 8_000] * 40}, "input"),
        ({"input": "a", "dimensions": 0}, "dimensions"),
        ({"input": "a", "dimensions": 5_000}, "dimensions"),
        ({"input": "a", "encoding_format": "hex"}, "encoding_format"),
        ({"input": {"a": 1}}, "input"),
    ],
)
def test_what_is_wrong_with_a_request_is_named(client, options, param):
    with pytest.raises(openai.BadRequestError) as error:
        client.embeddings.create(**{"model": "text-embedding-3-small", "encoding_format": "float", **options})
    assert error.value.param == param


def test_the_older_model_takes_no_dimensions(client):
    with pytest.raises(openai.BadRequestError) as error:
        client.embeddings.create(model="text-embedding-ada-002", input="a", dimensions=10)
    assert error.value.param == "dimensions"


def test_token_numbers_are_inputs_too(client):
    one = client.embeddings.create(model="text-embedding-3-small", input=[1, 2, 3])
    two = client.embeddings.create(model="text-embedding-3-small", input=[[1, 2, 3], [9]])
    assert one.data[0].embedding == two.data[0].embedding
    assert (one.usage.prompt_tokens, two.usage.prompt_tokens) == (3, 4)


def test_as_many_inputs_as_are_allowed_are_answered(client):
    texts = [f"entry number {number} of the catalogue" for number in range(2_048)]
    assert len(client.embeddings.create(model="text-embedding-3-small", input=texts).data) == 2_048
