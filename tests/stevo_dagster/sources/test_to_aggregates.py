"""Every outside format goes through ingest and the warehouse's days, none by a way of its own."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from stevo_dagster.days import days_between
from stevo_dagster.ingest import ingest_path
from stevo_dagster.lake import run_staging
from stevo_dagster.settings import Settings, load_settings
from stevo_dagster.warehouse import build
from stevo_dagster.warehouse.plan import DAY_MODELS
from stevo_dagster.warehouse.publish import publish_run
from tests.stevo_dagster.ingest.kit import fates, rows
from tests.stevo_dagster.sources.kit import SAMPLES

pytestmark = pytest.mark.slow
FIRST, LAST = date(2017, 7, 10), date(2017, 7, 11)


FATES = {
    "olist": {"accepted": 3, "quarantined": 1},
    "completejourney": {"accepted": 2},
    "movielens": {"accepted": 2, "quarantined": 1},
    "tianchi": {"accepted": 2},
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One home that took a file of each format, with its two days built."""
    folder = tmp_path_factory.mktemp("formats")
    settings = load_settings(folder / "home", {"STEVO_ENV": "ci"})
    for form, wanted in FATES.items():
        result = ingest_path(settings, SAMPLES[form](folder / form), form, form, f"ingest-{form}")
        assert fates(result) == wanted, form
    with run_staging(settings.lake, "days"):
        prepared = build.ensure_manifest()
        results = build.run_dbt(settings, "days", ["tag:days"], FIRST, LAST)
        publish_run(settings, "days", results, prepared, days_between(FIRST, LAST))
    return settings


def test_every_table_of_days_is_published(built: Settings) -> None:
    for name in DAY_MODELS:
        days = rows(built, name, f"select count(distinct day) as days from {name}")
        assert days, name


def test_what_was_accepted_is_in_the_aggregates_or_removed_with_a_reason(built: Settings) -> None:
    accepted = Counter(row["source"] for row in rows(built, "events"))
    assert accepted == {form: wanted["accepted"] for form, wanted in FATES.items()}
    (calendar,) = rows(built, "agg_calendar", "select sum(events)::bigint as n from agg_calendar")
    (gone,) = rows(
        built,
        "fct_cleaning_ledger",
        "select coalesce(sum(removed), 0)::bigint as n from fct_cleaning_ledger",
    )
    assert calendar["n"] + gone["n"] == sum(accepted.values())
    (users,) = rows(built, "agg_user_days", "select sum(events)::bigint as n from agg_user_days")
    (items,) = rows(built, "agg_item_days", "select sum(events)::bigint as n from agg_item_days")
    assert users["n"] == items["n"] == calendar["n"]


def test_places_reach_the_cells_and_their_absence_too(built: Settings) -> None:
    clean = rows(built, "fct_events", "select source, h3_r9 is not null as placed from fct_events")
    placed = Counter((row["source"], row["placed"]) for row in clean)
    assert placed["olist", True] == 3, "two units of one product are two purchases"
    assert placed["movielens", False] == 2
    assert placed["tianchi", False] == 2, "its geohashes are scrambled, so they are no places"
    query = "select sum(events) filter (where h3_r9 is not null)::bigint as n from agg_cell_hours"
    (cells,) = rows(built, "agg_cell_hours", query)
    assert cells["n"] == sum(count for (_, is_placed), count in placed.items() if is_placed)
