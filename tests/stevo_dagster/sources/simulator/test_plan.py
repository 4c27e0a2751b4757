"""Parameters: what is taken and what is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.sources.simulator.plan import Plan, make_plan, parse_day


@pytest.mark.parametrize(
    ("people", "days", "seed", "start", "city", "named"),
    [
        (0, 5, 1, "2024-01-01", "new_york", "people"),
        (5, 0, 1, "2024-01-01", "new_york", "days"),
        (5, 5, -1, "2024-01-01", "new_york", "seed"),
        (5, 5, 1, "2024-02-30", "new_york", "2024-02-30"),
        (5, 5, 1, "1989-12-31", "new_york", "1989-12-31"),
        (5, 3660, 1, "2095-01-01", "new_york", "2095-01-01"),
        (5, 5, 1, "2024-01-01", "atlantis", "atlantis"),
    ],
)
def test_bad_parameters_are_refused_by_name(
    people: int, days: int, seed: int, start: str, city: str, named: str
) -> None:
    with pytest.raises(StevoError, match=named) as caught:
        make_plan(people, days, seed, start, False, city)
    assert caught.value.fix


def test_local_days_cover_the_utc_days_from_both_sides(plan: Plan) -> None:
    assert plan.local_start == plan.start - timedelta(days=1)
    assert plan.local_start + timedelta(days=plan.local_days - 1) == plan.start + timedelta(
        days=plan.days
    )


def test_each_part_draws_from_its_own_stream(plan: Plan) -> None:
    first = plan.random("city").random(4).tolist()
    assert first == plan.random("city").random(4).tolist()
    assert first != plan.random("people").random(4).tolist()


def test_a_day_may_be_given_as_a_date() -> None:
    assert parse_day(date(2024, 1, 2)) == parse_day("2024-01-02")
