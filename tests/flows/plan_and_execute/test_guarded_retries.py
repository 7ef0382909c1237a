"""Asking again: how often, how long, and what servers say of when they want to be asked."""

import time
from email.utils import formatdate

import pytest
from guarded_web import retries
from guarded_web.errors import TransientFetchError
from guarded_web.retries import retried, retry_after
from hypothesis import given
from hypothesis import strategies as st

DATE = "Fri, 31 Dec 1999 23:59:59 GMT"


@pytest.fixture
def pauses(monkeypatch) -> list[float]:
    """The pauses that are made; nobody waits for them, but the clock goes on by as much."""
    made, clock = [], [1000.0]

    async def sleep(seconds):
        made.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr(retries.asyncio, "sleep", sleep)
    monkeypatch.setattr(retries.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(retries, "FIRST_PAUSE", 0.5)
    return made


def failing(*asked: float | None):
    """An attempt that fails once for each of the pauses that a server asks for, then returns how often it was made."""
    left = []

    async def attempt(seconds):
        left.append(seconds)
        if len(left) <= len(asked):
            raise TransientFetchError("busy", asked[len(left) - 1])
        return len(left)

    return attempt


async def refusal(*asked: float | None, seconds: float = 60, attempts: int = 6) -> TransientFetchError:
    with pytest.raises(TransientFetchError) as caught:
        await retried(failing(*asked), TransientFetchError, seconds, attempts)
    return caught.value


async def test_pauses_grow_by_twice_up_to_the_longest_and_are_left_to_chance(pauses):
    assert await retried(failing(*[None] * 6), TransientFetchError, 60, 7) == 7
    for pause, longest in zip(pauses, (0.5, 1, 2, 4, 8, 8)):
        assert longest * 0.75 <= pause <= longest


async def test_a_pause_is_as_long_as_the_server_asks_or_a_little_longer(pauses):
    assert await retried(failing(3, 0.2, 0), TransientFetchError, 60) == 4
    assert 3 <= pauses[0] <= 3.5 and 0.2 <= pauses[1] <= 0.25
    assert 1.5 <= pauses[2] <= 2, "a server that asks for no pause is not asked again at once"


async def test_a_pause_for_which_there_is_no_time_is_reported_at_once(pauses):
    error = await refusal(3600, seconds=30)
    assert str(error) == "busy; it asks to wait for 3,600 seconds, and 30 are left"
    assert (error.retry_after, pauses) == (3600, [])
    assert str(await refusal(None, 3600, seconds=30)).endswith("are left (2 attempts)")


async def test_all_attempts_together_keep_to_their_time(pauses):
    error = await refusal(*[None] * 99, seconds=5, attempts=99)
    assert sum(pauses) <= 5 and str(error) == f"busy ({len(pauses) + 1} attempts)"


@pytest.mark.parametrize(("attempts", "told"), [(1, "busy"), (2, "busy (2 attempts)"), (6, "busy (6 attempts)")])
async def test_attempts_are_counted_in_the_reason_where_there_were_several(attempts, told, pauses):
    assert str(await refusal(*[None] * 9, attempts=attempts)) == told
    assert len(pauses) == attempts - 1


async def test_what_will_not_pass_is_not_repeated(pauses):
    calls = []

    async def attempt(seconds):
        calls.append(seconds)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await retried(attempt, TransientFetchError, 60)
    assert len(calls) == 1 and pauses == []


@given(st.lists(st.none() | st.floats(0, 100), max_size=12), st.floats(0.1, 200), st.integers(1, 8))
async def test_no_server_can_make_it_ask_longer_or_more_often(asked, seconds, attempts):
    made, clock = [], [0.0]

    async def sleep(pause):
        made.append(pause)
        clock[0] += pause

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(retries.asyncio, "sleep", sleep)
        patch.setattr(retries.time, "monotonic", lambda: clock[0])
        try:
            await retried(failing(*asked), TransientFetchError, seconds, attempts)
        except TransientFetchError:
            assert len(made) < attempts or len(asked) >= attempts
        assert sum(made) <= seconds + 1e-9 and len(made) < attempts


# What servers say


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3),
        ({"retry-after": " 0 "}, 0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "1"}, 1),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "9" * 400}, 1e9),
        ({"retry-after": "1e3"}, None),
        ({"retry-after": "٣"}, None),
        ({"retry-after": "Sat, 01 Jan 2000 00:00:29 GMT", "date": DATE}, 30),
        ({"retry-after": "Saturday, 01-Jan-00 00:00:29 GMT", "date": DATE}, 30),
        ({"retry-after": "Sat Jan  1 00:00:29 2000", "date": DATE}, 30),
        ({"retry-after": "Fri, 31 Dec 1999 23:00:00 GMT", "date": DATE}, 0),
        ({"retry-after": "Fri, 31 Dec 99999 23:00:00 GMT", "date": DATE}, None),
        ({"retry-after": "Fri, 99 Foo 1999 99:99:99 GMT", "date": DATE}, None),
    ],
)
def test_the_pause_that_a_server_asks_for_is_read_in_each_of_its_forms(headers, seconds):
    assert retry_after(headers) == seconds


def test_a_date_counts_from_now_where_the_server_does_not_say_what_time_it_is():
    assert retry_after({"retry-after": formatdate(time.time() + 40, usegmt=True)}) == pytest.approx(40, abs=5)


@given(st.text(), st.text())
def test_any_header_is_a_pause_or_none(value, date):
    for name in ("retry-after", "retry-after-ms"):
        found = retry_after({name: value, "date": date})
        assert found is None or 0 <= found <= 1e9
