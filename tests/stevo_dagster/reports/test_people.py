"""k-anonymity: every shown group has k distinct people, and no event is counted twice."""

from __future__ import annotations

import h3
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stevo_dagster.reports.people import anonymous_cells, anonymous_hours, subject_users

CENTRE = h3.latlng_to_cell(40.74, -73.98, 9)
CELLS = sorted(h3.grid_disk(CENTRE, 7))


def visits(seed: int, people: int, rows: int) -> pd.DataFrame:
    """Random visits, most of them near the first cells."""
    rng = np.random.default_rng(seed)
    cells = np.minimum(rng.exponential(len(CELLS) / 6, rows).astype(int), len(CELLS) - 1)
    frame = pd.DataFrame(
        {
            "h3_r9": [CELLS[number] for number in cells],
            "user_id": rng.integers(0, people, rows),
            "events": rng.integers(1, 4, rows),
        }
    )
    return frame.groupby(["h3_r9", "user_id"], as_index=False)["events"].sum()


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 1000),
    people=st.integers(1, 60),
    rows=st.integers(1, 400),
    k=st.integers(1, 12),
    resolution=st.integers(7, 9),
)
def test_cells_have_k_people_and_do_not_overlap(seed, people, rows, k, resolution):
    frame = visits(seed, people, rows)
    shown = anonymous_cells(frame, k, resolution)
    assert (shown["users"] >= k).all()
    assert not shown["cell"].duplicated().any()
    # give every visit to the finest shown group that it can belong to, and count again
    left = frame
    for level in range(resolution, resolution - 3, -1):
        of_level = shown[shown["resolution"] == level].set_index("cell")
        parent = left["h3_r9"].map(lambda cell, to=level: h3.cell_to_parent(cell, to))
        inside = parent.isin(of_level.index)
        groups = left[inside].groupby(parent[inside])
        pd.testing.assert_series_equal(
            groups["events"].sum(), of_level["events"].sort_index(), check_names=False,
            check_dtype=False,
        )  # fmt: skip
        pd.testing.assert_series_equal(
            groups["user_id"].nunique(), of_level["users"].sort_index(), check_names=False,
            check_dtype=False,
        )  # fmt: skip
        left = left[~inside]


def test_a_lonely_cell_is_pooled_in_its_parent():
    parent = h3.cell_to_parent(CENTRE, 8)
    one, two, three = h3.cell_to_children(parent, 9)[:3]
    rows = [(one, user, 1) for user in range(12)]
    rows += [(two, user, 1) for user in range(6)] + [(three, user, 1) for user in range(4, 10)]
    shown = anonymous_cells(pd.DataFrame(rows, columns=["h3_r9", "user_id", "events"]), 10)
    assert shown.set_index("cell")["users"].to_dict() == {one: 12, parent: 10}


def test_a_pool_that_stays_too_small_is_dropped():
    rows = [(CENTRE, user, 1) for user in range(9)]
    frame = pd.DataFrame(rows, columns=["h3_r9", "user_id", "events"])
    assert not len(anonymous_cells(frame, 10))
    assert len(anonymous_cells(frame, 9)) == 1


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 1000), people=st.integers(1, 40), k=st.integers(1, 12))
def test_hour_blocks_have_k_people(seed, people, k):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "user_id": rng.integers(0, people, 300),
            "weekday": rng.integers(1, 8, 300),
            "local_hour": rng.integers(0, 24, 300),
            "events": 1,
        }
    )
    shown = anonymous_hours(frame, ["weekday"], k)
    assert (shown["users"] >= k).all()
    for row in shown.itertuples():
        hours = frame["local_hour"].between(row.hour, row.hour + row.width - 1)
        assert frame[hours & (frame["weekday"] == row.weekday)]["user_id"].nunique() == row.users
    if len(shown) and shown["width"].iloc[0] < 24:
        assert shown["events"].sum() == 300


@pytest.mark.parametrize(("people", "width"), [(10, 1), (3, 24)])
def test_hours_stay_whole_when_people_are_enough(people, width):
    rows = [(user, 1, hour, 1) for user in range(people) for hour in range(24)]
    frame = pd.DataFrame(rows, columns=["user_id", "weekday", "local_hour", "events"])
    shown = anonymous_hours(frame, ["weekday"], 10)
    assert set(shown["width"]) <= {width}
    assert bool(len(shown)) == (people >= 10)


def test_subjects_count_people_once(make_city):
    city = make_city(1, 7)
    users = city.users.set_index("subject")["users"]
    events = city.events
    assert users["event_type:cart"] == events[events["event_type"] == "cart"]["user_id"].nunique()
    assert users["local_hour:5"] == events[events["hour"] % 24 == 5]["user_id"].nunique()
    cell = city.visits["h3_r9"].iloc[0]
    assert users[f"cell:{cell}"] == city.visits[city.visits["h3_r9"] == cell]["user_id"].nunique()
    assert not subject_users(city.person_hours.iloc[:0], city.visits.iloc[:0])["users"].any()
