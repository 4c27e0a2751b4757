"""Nobody clean moves faster than a car."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stevo_dagster.sources.simulator.geography import metres_between
from stevo_dagster.sources.simulator.physics import MAX_METRES_PER_SECOND, possible_moves


def _far_apart(is_visit: list[bool]) -> tuple[list[bool], list[bool]]:
    count = len(is_visit)
    kept, located = possible_moves(
        np.zeros(count, dtype=int),
        np.arange(count) * 60,
        40.7 + 0.1 * (np.arange(count) % 2),
        np.full(count, -73.9),
        np.array(is_visit),
    )
    return kept.tolist(), located.tolist()


def test_of_two_visits_the_later_did_not_happen() -> None:
    assert _far_apart([True, True]) == ([True, False], [True, False])


def test_an_online_event_gives_up_its_point_whichever_comes_first() -> None:
    assert _far_apart([True, False]) == ([True, True], [True, False])
    assert _far_apart([False, True]) == ([True, True], [False, True])


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(0, 20_000),
            st.floats(40.5, 40.9),
            st.one_of(st.just(float("nan")), st.floats(-74.1, -73.7)),
            st.booleans(),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_what_is_left_is_possible(rows: list[tuple[int, int, float, float, bool]]) -> None:
    rows.sort(key=lambda row: row[:2])
    person, at, latitude, longitude, is_visit = map(np.array, zip(*rows, strict=True))
    latitude = np.where(np.isnan(longitude), np.nan, latitude)
    kept, located = possible_moves(person, at, latitude, longitude, is_visit)
    assert kept[~is_visit].all()
    assert not located[np.isnan(latitude)].any()
    left = np.flatnonzero(kept & located)
    a, b = left[:-1], left[1:]
    metres = metres_between(latitude[a], longitude[a], latitude[b], longitude[b])
    same = person[a] == person[b]
    assert (metres <= MAX_METRES_PER_SECOND * (at[b] - at[a]))[same].all()
