"""Counts at a moment: only what lies strictly before, people once each."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models_ml.data.corpus import Corpus
from models_ml.data.sequences import haversine_m
from models_ml.recommendation.moment import TREND_DAYS, Moment, apart, points_of


def test_counts_are_those_of_the_table_before_the_moment(
    corpus: Corpus, table: pd.DataFrame
) -> None:
    at = int(corpus.at_sorted[len(corpus) // 2])
    moment = Moment.before(corpus, at)
    past = table[table["event_at"] < pd.Timestamp(at, unit="us", tz="UTC")]
    past = past.dropna(subset=["item_id"])
    items = past.groupby("item_id")
    assert moment.visits.tolist() == items.size().reindex(corpus.items, fill_value=0).tolist()
    people = items["user_id"].nunique().reindex(corpus.items, fill_value=0)
    assert moment.people.tolist() == people.tolist()
    newest = past["event_at"] >= pd.Timestamp(at, unit="us", tz="UTC") - pd.Timedelta(
        days=TREND_DAYS
    )
    assert moment.trend.sum() == newest.sum()
    assert moment.crowd == past["user_id"].nunique()


def test_what_everybody_knows_surprises_nobody(corpus: Corpus) -> None:
    moment = Moment.before(corpus, int(corpus.at_sorted[-1]))
    assert np.allclose(moment.surprise, -np.log2(moment.popularity))
    assert (moment.novelty >= 0).all() and (moment.novelty <= 1).all()
    order = np.argsort(moment.people)
    assert (np.diff(moment.novelty[order]) <= 0).all()


def test_before_the_first_event_nothing_is_there(corpus: Corpus) -> None:
    moment = Moment.before(corpus, int(corpus.at_sorted[0]))
    assert not moment.seen.any() and moment.crowd == 0
    assert np.isfinite(moment.novelty).all()


def test_distances_are_those_over_the_ground() -> None:
    one, other = (
        points_of(np.array([40.7]), np.array([-74.0])),
        points_of(np.array([41.2]), np.array([-73.5])),
    )
    metres = haversine_m(np.array([40.7]), np.array([-74.0]), np.array([41.2]), np.array([-73.5]))
    assert np.allclose(apart(one, other) * 1_000, metres, rtol=1e-4)
    assert np.isnan(apart(one, points_of(np.array([np.nan]), np.array([0.0])))).all()
