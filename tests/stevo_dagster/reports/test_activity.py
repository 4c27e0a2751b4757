"""Activity: groups of k people that do not overlap, whatever the crowd, and periods that stay."""

from __future__ import annotations

import h3
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stevo_dagster.reports.activity import ALL, hour_groups
from stevo_dagster.reports.contracts import ACTIVITY_TYPES
from tests.stevo_dagster.reports.conftest import activity_of

CELLS = sorted(h3.grid_disk(h3.latlng_to_cell(40.74, -73.98, 9), 6))
MONDAY = pd.Timestamp("2024-03-04")


def crowd(seed: int, people: int, rows: int, days: int = 15) -> pd.DataFrame:
    """Random events, most of them near the first cells, some nowhere."""
    rng = np.random.default_rng(seed)
    place = np.minimum(rng.exponential(len(CELLS) / 5, rows).astype(int), len(CELLS) - 1)
    day = rng.integers(0, days, rows)
    return pd.DataFrame(
        {
            "user_id": rng.integers(0, people, rows),
            "event_type": rng.choice(["click", "search", "review"], rows, p=[0.6, 0.37, 0.03]),
            "day": [(MONDAY + pd.Timedelta(days=int(one))).date() for one in day],
            "weekday": day % 7 + 1,
            "local_hour": rng.integers(0, 24, rows),
            "h3_r9": [CELLS[one] if one % 7 else None for one in place],
        }
    )


def calendar(events: pd.DataFrame) -> pd.DataFrame:
    """agg_calendar of the events' days."""
    days = sorted(set(events["day"]))
    return pd.DataFrame(
        {"day": days, "is_weekend": False, "is_holiday": False, "holiday_name": None}
    )


@settings(deadline=None, max_examples=12)
@given(
    seed=st.integers(0, 1000), people=st.integers(1, 60), rows=st.integers(1, 900),
    k=st.integers(1, 12),
)  # fmt: skip
def test_every_group_has_the_people_it_says_and_none_overlap(seed, people, rows, k):
    events = crowd(seed, people, rows)
    made = activity_of(events, calendar(events), k)
    for name, frame in made.items():
        assert list(frame.columns) == list(ACTIVITY_TYPES[name])
        assert (frame["users"].dropna() >= k).all()
    left = events.dropna(subset=["h3_r9"])
    for row in made["activity_cells"].sort_values("resolution", ascending=False).itertuples():
        parent = left["h3_r9"].map(lambda cell, to=row.resolution: h3.cell_to_parent(cell, to))
        last = row.first_day + pd.Timedelta(days=row.days - 1)
        inside = (parent == row.cell) & (left["event_type"] == row.event_type)
        inside &= pd.to_datetime(left["day"]).between(row.first_day, last)
        assert inside.sum() == row.events
        assert left[inside]["user_id"].nunique() == row.users
        left = left[~inside]


def test_a_kind_of_few_people_is_in_no_sum():
    events = crowd(3, 40, 900)
    rare = events.head(5).assign(event_type="confession")
    with_rare = pd.concat([events, rare])
    made = activity_of(with_rare, calendar(with_rare))
    plain = activity_of(events, calendar(events))
    for name, frame in made.items():
        pd.testing.assert_frame_equal(frame, plain[name])


def test_a_newer_day_leaves_older_periods_as_they_are():
    events = crowd(3, 40, 900, days=21)
    sooner = events[pd.to_datetime(events["day"]) < MONDAY + pd.Timedelta(days=16)]
    old = activity_of(sooner, calendar(sooner))["activity_cells"]
    new = activity_of(events, calendar(events))["activity_cells"]
    assert set(new["first_day"]) > set(old["first_day"])
    same = new[new["first_day"].isin(old["first_day"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(same, old)


@pytest.mark.parametrize(("people", "rows"), [(12, 7 * 24 + 1 + 1), (9, 0)])
def test_hours_of_all_by_weekday_of_each_type_and_the_whole(people, rows):
    hours = [(user, day, hour, "click", 1) for user in range(people)
             for day in range(1, 8) for hour in range(24)]  # fmt: skip
    hours += [(user, 1, 5, "review", 1) for user in range(3)]
    names = ["user_id", "weekday", "local_hour", "event_type", "events"]
    made = hour_groups(pd.DataFrame(hours, columns=names), 10)
    assert len(made[made["event_type"] == ALL]) == max(rows - 1, 0)
    assert "review" not in set(made["event_type"])
