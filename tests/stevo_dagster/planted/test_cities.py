"""A city is judged by its seed alone, and a null city claims or does not, but finds nothing."""

from __future__ import annotations

from stevo_dagster.planted.cities import Size, judge_city
from stevo_dagster.planted.families import FAMILIES
from stevo_dagster.planted.kinds import KINDS

SMALL = Size(people=30, days=16)


def test_a_planted_city_has_its_kinds_and_the_same_seed_gives_the_same():
    city = judge_city(5, SMALL, null=False)
    assert tuple(city.found) == tuple(KINDS)
    assert not city.claimed
    assert city == judge_city(5, SMALL, null=False)


def test_a_null_city_has_its_families():
    city = judge_city(5, SMALL, null=True)
    assert tuple(city.claimed) == FAMILIES
    assert not city.found
    assert city.as_json() == {"seed": 5, "null": True, "found": {}, "claimed": city.claimed}
