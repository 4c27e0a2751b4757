"""Groups keep their numbers while they overlap, whatever order they come in."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_ml.patterns.stable_ids import MEMORY, jaccard, stable_ids


def group(text: str) -> dict[str, float]:
    return dict.fromkeys(text, 1.0)


def test_a_group_keeps_its_number_as_it_changes_slowly():
    weeks = [["abcd", "xyz"], ["xyzw", "abce"], ["bcef"], ["uv", "cefg", "xyzw"]]
    assert stable_ids([[group(one) for one in week] for week in weeks]) == [
        [0, 1],
        [1, 0],
        [0],
        [2, 0, 1],
    ]


def test_a_group_that_splits_gives_its_number_to_the_part_most_like_it():
    assert stable_ids([[group("abcdefg")], [group("ab"), group("cdefg")]]) == [[0], [1, 0]]


def test_a_group_that_was_away_too_long_is_another():
    back = [[group("ab")], *[[] for _ in range(MEMORY - 1)], [group("ab")]]
    assert stable_ids(back)[-1] == [0]
    assert stable_ids([*back[:-1], [], [group("ab")]])[-1] == [1]


def test_the_index_of_weighted_groups_is_ruzickas():
    assert jaccard({"a": 2.0, "b": 1.0}, {"a": 1.0, "c": 1.0}) == pytest.approx(1 / 4)
    assert jaccard({}, {}) == 0.0


groups = st.sets(st.sampled_from("abcdefgh"), min_size=1).map(lambda one: group("".join(one)))


@given(st.lists(st.lists(groups, max_size=4), max_size=6))
@settings(max_examples=60)
def test_numbers_of_a_period_are_distinct_and_given_without_gaps(periods):
    found = stable_ids(periods)
    assert [len(one) for one in found] == [len(one) for one in periods]
    assert all(len(set(one)) == len(one) for one in found)
    used = {number for one in found for number in one}
    assert used == set(range(len(used)))
