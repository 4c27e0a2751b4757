"""The published prediction tables: columns, probabilities, as_of and citations."""

from __future__ import annotations

import pandas as pd
import pytest

from models_ml.baselines import baseline
from models_ml.columns import EXPLANATION_COLUMNS, NEXT_EVENT_COLUMNS, NEXT_PLACE_COLUMNS
from models_ml.errors import ModelError
from models_ml.publish import predict
from models_ml.scorer import Scorer
from models_ml.transformer.train import Trained


@pytest.fixture(params=["blend", "st_transformer"])
def scorer(request: pytest.FixtureRequest, trained: Trained) -> Scorer:
    return trained.model if request.param == "st_transformer" else baseline(request.param)


def test_next_places(scorer: Scorer, table: pd.DataFrame) -> None:
    found = predict.next_places(scorer, table, k=4)
    assert tuple(found.columns) == NEXT_PLACE_COLUMNS
    assert found.groupby("user_id")["rank"].apply(list).map(lambda r: r == [1, 2, 3, 4]).all()
    assert found["user_id"].nunique() == table["user_id"].nunique()
    assert (found.groupby("user_id")["probability"].sum() <= 1 + 1e-6).all()
    assert found.groupby("user_id")["probability"].apply(lambda p: p.is_monotonic_decreasing).all()
    assert not found.duplicated(["user_id", "item_id"]).any()
    assert found["predicted_for"].isna().all()
    assert (found["as_of"] == table["event_at"].max()).all()


def test_probabilities_of_all_places_sum_to_one(scorer: Scorer, table: pd.DataFrame) -> None:
    found = predict.next_places(scorer, table, k=1_000)
    assert found.groupby("user_id")["probability"].sum().to_numpy() == pytest.approx(1)


def test_next_event_types(scorer: Scorer, table: pd.DataFrame) -> None:
    found = predict.next_event_types(scorer, table)
    assert tuple(found.columns) == NEXT_EVENT_COLUMNS
    assert found.groupby("user_id")["probability"].sum().to_numpy() == pytest.approx(1)
    assert set(found["event_type"]) == set(table["event_type"])


def test_as_of_is_inclusive_and_hides_what_is_later(scorer: Scorer, table: pd.DataFrame) -> None:
    moment = table["event_at"].sort_values().iloc[700]
    found = predict.next_places(scorer, table, k=3, as_of=moment)
    short = predict.next_places(scorer, table[table["event_at"] <= moment], k=3)
    pd.testing.assert_frame_equal(found, short, check_exact=False, rtol=1e-5)


def test_explanations_cite_the_users_own_events(scorer: Scorer, table: pd.DataFrame) -> None:
    found = predict.explanations(scorer, table, k=2, cited=2)
    assert tuple(found.columns) == EXPLANATION_COLUMNS
    owner = table.set_index("event_id")["user_id"]
    assert (owner[found["event_id"]].to_numpy() == found["user_id"].to_numpy()).all()
    assert found["weight"].between(0, 1).all()
    assert found.groupby(["user_id", "rank"]).size().max() <= 2
    places = predict.next_places(scorer, table, k=2).set_index(["user_id", "rank"])["item_id"]
    keys = pd.MultiIndex.from_frame(found[["user_id", "rank"]])
    assert (places[keys].to_numpy() == found["item_id"].to_numpy()).all()
    place = found["text"].str.contains(" was at ") | found["text"].str.contains(" went on to ")
    assert place.all()


def test_nobody_known_yet_is_an_error(table: pd.DataFrame) -> None:
    with pytest.raises(ModelError, match="no user has an event at or before 2000-01-01"):
        predict.next_places(baseline("blend"), table, as_of=pd.Timestamp("2000-01-01"))
