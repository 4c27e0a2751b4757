"""Real files: every line is accounted for, by the whole of ingest or by its reading half."""

from __future__ import annotations

import pytest

from stevo_dagster.ingest import ingest_path
from stevo_dagster.ingest.landing import land
from stevo_dagster.ingest.parse import parse
from stevo_dagster.ingest.pseudonym import pseudonyms
from stevo_dagster.ingest.run import rules_of
from tests.stevo_dagster.ingest.kit import fates

# Lines, and how many are refused: of orders that hold no item, reviews have no item either.
COUNTS = {
    "olist": ("olist", 16_590, 778),
    "tianchi": ("tianchi/tianchi_mobile_user_geohash_sample.csv", 1_999, 0),
    "movielens": ("movielens_100k", 100_000, 0),
    "completejourney": ("completejourney", 1_469_307, 0),
}


@pytest.mark.slow
def test_check_ins_of_new_york_are_accounted_for(shared_dir, settings) -> None:
    folder = shared_dir / "data" / "foursquare_nyc"
    path = folder / "checkins_TSMC2014_NYC_poi10.txt.gz"
    result = ingest_path(settings, path, "tsmc2014", "nyc", "run")
    # Check-ins have no id: 388 of them are the same person, place and second again.
    assert fates(result) == {"accepted": 147_379, "duplicate": 388}


@pytest.mark.slow
@pytest.mark.parametrize("form", COUNTS)
def test_every_line_is_read(shared_dir, settings, tmp_path, form) -> None:
    name, lines, refused = COUNTS[form]
    landed = land(settings, shared_dir / "data" / name, form, "real")
    rules = rules_of(settings, landed)
    found = parse(landed, tmp_path, rules, pseudonyms(settings), frozenset())
    assert (found.lines, found.refused_lines) == (lines, refused)
