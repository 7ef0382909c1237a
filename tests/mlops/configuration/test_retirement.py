"""Days and months on which models are retired."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops.configuration.retirement import NOTICE, Day, Retirement, Stage, today_utc

DATES = st.dates(date(2020, 1, 1), date(2040, 12, 31))
DAYS = st.builds(Day, DATES)
MONTHS = st.builds(lambda day: Day.parse(f"{day:%Y-%m}"), DATES)


@given(st.one_of(DAYS, MONTHS))
def test_what_is_written_is_read_again(day):
    assert Day.parse(str(day)) == day


@given(DATES)
def test_of_a_month_the_last_day_counts(day):
    month = Day.parse(f"{day:%Y-%m}")

    assert month.whole_month
    assert day <= month.last
    assert month.last.month == day.month
    assert (month.last + timedelta(days=1)).month != day.month


@given(st.one_of(DAYS, MONTHS), DATES)
def test_a_model_is_retired_from_its_day_on_and_reported_120_days_before(day, today):
    stage = Retirement(day, "Microsoft").stage(today)

    assert (stage is Stage.RETIRED) == (today >= day.last)
    assert (stage is Stage.AVAILABLE) == (today < day.last - timedelta(days=NOTICE))


@given(st.one_of(DAYS, MONTHS), DATES, st.integers(0, 2000))
def test_time_never_takes_a_model_back(day, today, later):
    retirement, order = Retirement(day, "Microsoft"), list(Stage)

    stages = [retirement.stage(today), retirement.stage(today + timedelta(days=later))]
    assert order.index(stages[0]) <= order.index(stages[1])


@pytest.mark.parametrize(
    ("left", "stage"),
    [
        (-1, Stage.RETIRED),
        (0, Stage.RETIRED),
        (1, Stage.ENDS_SOON),
        (120, Stage.ENDS_SOON),
        (121, Stage.AVAILABLE),
    ],
)
def test_the_edges_of_the_notice(left, stage):
    today = date(2026, 11, 26)
    retirement = Retirement(Day(today + timedelta(days=left)), "Microsoft")

    assert retirement.stage(today) is stage
    assert retirement.days_left(today) == left


def test_no_date_is_known_of_what_is_unknown():
    assert Day.parse("unknown") is None


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "2026-02-30", "next year", "2026", ""])
def test_what_is_no_date_is_refused_in_words(text):
    with pytest.raises(ValueError, match="is not a (date|month)"):
        Day.parse(text)


def test_a_date_is_shown_with_whose_it_is():
    assert str(Retirement(Day.parse("2026-10"), "Microsoft")) == "2026-10 (Microsoft)"


def test_today_is_a_day_of_utc():
    assert abs(today_utc() - date.today()) <= timedelta(days=1)
