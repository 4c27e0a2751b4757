"""The leak sentinel: honest models pass, planted oracles do not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models_ml.baselines import Baseline, baseline
from models_ml.columns import BASELINES
from models_ml.data.corpus import Corpus, Queries, encode
from models_ml.evaluation.sentinel import (
    future_moves_answers,
    leak_sentinel,
    scrambled,
    shuffled_labels,
    telling_feature,
    too_good,
)
from models_ml.transformer.train import Trained


class Oracle(Baseline):
    """A model that peeks at the user's next event."""

    def score(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        scores = super().score(corpus, queries)
        row = np.minimum(corpus.start[queries.user] + queries.before, len(corpus) - 1)
        item = corpus.item[row]
        scores[np.arange(len(row)), np.maximum(item, 0)] += 1000.0 * (item >= 0)
        return scores


class WholePopularity(Baseline):
    """The leak that looks like a feature: popularity counted over the whole table."""

    def score(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        counts = np.bincount(corpus.item[corpus.item >= 0], minlength=len(corpus.items))
        return np.tile(counts.astype(float), (len(queries), 1))


@pytest.mark.parametrize("name", BASELINES)
def test_baselines_are_clean(table: pd.DataFrame, name: str) -> None:
    assert leak_sentinel(baseline(name), table) is None


def test_the_trained_model_is_clean(table: pd.DataFrame, trained: Trained) -> None:
    assert leak_sentinel(trained.model, table) is None


def test_an_oracle_is_caught_twice(table: pd.DataFrame, corpus: Corpus) -> None:
    found = future_moves_answers(Oracle("blend"), table)
    assert found is not None and "answers changed" in found
    found = too_good(Oracle("blend"), corpus)
    assert found is not None and "Acc@1" in found


def test_statistics_over_the_whole_table_are_caught(table: pd.DataFrame) -> None:
    found = future_moves_answers(WholePopularity("popularity"), table)
    assert found is not None and "answers changed" in found


def test_a_feature_that_names_the_next_place_is_caught(table: pd.DataFrame) -> None:
    planted = table.copy()
    following = planted.groupby("user_id")["item_id"].shift(-1)
    planted["f_gap"] = pd.factorize(following)[0].astype(float)
    assert telling_feature(encode(table)) is None
    found = telling_feature(encode(planted))
    assert found is not None and "f_gap" in found
    assert leak_sentinel(baseline("blend"), planted) == found


def test_scrambling_changes_the_future_alone(table: pd.DataFrame) -> None:
    at = table["event_at"].to_numpy(dtype="datetime64[us]").astype(np.int64)
    moment = int(np.sort(at)[len(at) // 2])
    changed = scrambled(table, moment, 0)
    early = at < moment
    pd.testing.assert_frame_equal(changed[early], table[early])
    assert (changed.loc[~early, "item_id"] != table.loc[~early, "item_id"]).mean() > 0.5


def test_shuffled_labels_keep_the_places(table: pd.DataFrame) -> None:
    mixed = shuffled_labels(table)
    assert sorted(mixed["item_id"].dropna()) == sorted(table["item_id"].dropna())
    assert not mixed["item_id"].equals(table["item_id"])
