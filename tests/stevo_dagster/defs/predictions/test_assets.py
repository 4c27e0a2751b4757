"""Prediction tables: what the champion says, labelled with who said it."""

from __future__ import annotations

import dagster as dg
import pandas as pd
import pytest

from models_ml import columns
from stevo_dagster.defs.making import frame, one_row
from stevo_dagster.defs.predictions import assets
from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.derived import current
from stevo_dagster.lake import UNDATED, run_staging, write_table

LABELS = ("model_version", "model_source")
TABLES = {
    "next_place_predictions": (assets._next_places, columns.NEXT_PLACE_COLUMNS, LABELS),
    "next_event_predictions": (assets._next_events, columns.NEXT_EVENT_COLUMNS, LABELS),
    "recommendations": (assets._recommendations, columns.RECOMMENDATION_COLUMNS, LABELS),
    "explanations": (assets._explanations, columns.EXPLANATION_COLUMNS, ()),
}


def test_every_prediction_table_is_an_asset():
    assert [made.key.path[-1] for made in assets.ASSETS] == list(TABLES)


@pytest.mark.parametrize("name", list(TABLES))
def test_the_champion_says_again_what_was_published(demo_settings, name):
    predict, contract, labels = TABLES[name]
    again = assets.predicted(demo_settings, name, predict, labelled=bool(labels))
    assert tuple(again.columns) == (*contract, *labels)
    published = frame(demo_settings, name)[list(again.columns)]
    order = list(again.columns[:4])
    pd.testing.assert_frame_equal(
        again.sort_values(order, ignore_index=True),
        published.sort_values(order, ignore_index=True),
        check_dtype=False,
        rtol=1e-5,
    )


def test_users_get_at_most_the_number_of_answers_that_is_promised(demo_settings):
    users = set(frame(demo_settings, "sequences")["user_id"])
    for table, most in (
        ("next_place_predictions", assets.K_PLACES),
        ("recommendations", assets.K_RECOMMENDATIONS),
    ):
        ranks = frame(demo_settings, table).groupby("user_id")["rank"]
        assert set(ranks.groups) == users
        assert ranks.max().max() == most


def test_another_champion_answers_under_its_own_name(demo_copy):
    (made,) = (one for one in assets.ASSETS if one.key.path[-1] == "next_event_predictions")
    row = {**one_row(demo_copy, "champion"), "name": "markov"}
    row |= dict.fromkeys(("model_source", "model_version"), "baseline:markov")
    with run_staging(demo_copy.lake, "r"):
        data = pd.DataFrame([row])
        write_table(demo_copy.lake, "r", "champion", UNDATED, data, code_hash="x")
    assert current(demo_copy.lake, "next_event_predictions") is None
    with dg.DagsterInstance.ephemeral() as instance:
        resources = {"home": HomeResource(path=str(demo_copy.home))}
        assert dg.materialize([made], instance=instance, resources=resources).success
    rows = frame(demo_copy, "next_event_predictions")
    assert set(rows["model_source"]) == set(rows["model_version"]) == {"baseline:markov"}
    assert rows.groupby("user_id")["probability"].sum().to_list() == pytest.approx(
        [1] * rows["user_id"].nunique()
    )
