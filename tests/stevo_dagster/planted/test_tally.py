"""Sums, bounds, and the file that keeps cities."""

from __future__ import annotations

import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.planted.cities import City, Size
from stevo_dagster.planted.families import FAMILIES
from stevo_dagster.planted.kinds import KINDS
from stevo_dagster.planted.tally import judge_cities, lines_of

SMALL = Size(people=20, days=12)


@pytest.mark.parametrize(("found", "is_good"), [(18, True), (17, False)])
def test_a_kind_is_to_be_found_in_eighteen_of_twenty(found, is_good):
    cities = [City(seed, False, dict.fromkeys(KINDS, seed < found), {}) for seed in range(20)]
    lines = lines_of(cities, null=False)
    assert {line.name for line in lines} == set(KINDS)
    assert {(line.count, line.bound, line.is_good) for line in lines} == {(found, 18, is_good)}


@pytest.mark.parametrize(("claimed", "is_good"), [(3, True), (4, False)])
def test_a_family_may_claim_in_three_of_twenty(claimed, is_good):
    cities = [
        City(seed, True, {}, dict.fromkeys(FAMILIES, 7 * (seed < claimed))) for seed in range(20)
    ]
    lines = lines_of(cities, null=True)
    assert {line.name for line in lines} == set(FAMILIES)
    assert {(line.count, line.bound, line.is_good) for line in lines} == {(claimed, 3, is_good)}


def test_kept_cities_are_not_judged_again(tmp_path):
    kept, told = tmp_path / "cities.jsonl", []
    first = judge_cities(1, 4, SMALL, null=False, kept=kept, say=told.append)
    assert told == first
    again = judge_cities(1, 4, SMALL, null=False, kept=kept, say=told.append)
    assert again == first == told
    with pytest.raises(StevoError, match="20 people and 12 days"):
        judge_cities(1, 4, Size(21, 12), null=False, kept=kept, say=told.append)


@pytest.mark.parametrize("text", ["no json", "{}", "[1]"])
def test_a_file_of_something_else_is_refused(text, tmp_path):
    kept = tmp_path / "other.jsonl"
    kept.write_text(text + "\n")
    with pytest.raises(StevoError, match="line 1"):
        judge_cities(1, 4, SMALL, null=False, kept=kept, say=lambda city: None)
