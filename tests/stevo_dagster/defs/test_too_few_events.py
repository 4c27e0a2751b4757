"""A home with hardly any events still gets a release: the baseline, which says what is lacking."""

from __future__ import annotations

import pytest

from stevo_dagster.chain import run_chain
from stevo_dagster.defs.making import one_row
from stevo_dagster.lake import read, releases
from stevo_dagster.warehouse.build import ensure_manifest


@pytest.mark.slow
def test_too_few_events_publish_the_baseline_and_say_how_many_are_needed(
    settings, publish_day, three_days
):
    ensure_manifest()
    for day in three_days:
        publish_day(day)
    outcome = run_chain(settings, None, None, lambda phase, text: None)
    now = releases.current(settings.releases)
    assert now is not None and now.id == outcome.release_id
    assert now.info["model_source"].startswith("baseline:")
    row = one_row(settings, "trained_model")
    assert row["model_version"] is None
    assert "200 are needed" in row["reason"]
    assert "200 are needed" in now.info["champion_reason"]
    places = read("next_place_predictions", home=settings.home)
    assert set(places["model_source"]) == {now.info["model_source"]}
