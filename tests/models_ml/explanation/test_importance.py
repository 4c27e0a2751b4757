"""What features are worth: those the tiny city's routine lives by lose more than noise does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from models_ml.data.corpus import Corpus, queries_for_rows, target_rows
from models_ml.errors import ModelError
from models_ml.evaluation.evaluate import answer
from models_ml.explanation import importance
from models_ml.explanation.faithfulness import without
from models_ml.ranker import Ranker, features
from models_ml.transformer.pointer import tokens_of
from models_ml.transformer.train import Trained
from models_ml.transformer.windows import PAIR_NAMES

# A cycle of five places: where the user went from here, and which events were here.
ROUTINE = ("wide.own_successor", "pair.same_place")
# Steps of two to nine hours: neither the hour nor the day says where a cycle stands.
NOISE = ("pair.hour_cos", "pair.week_cos", "pair.same_weekend", "pair.is_newest")


@pytest.fixture(scope="module")
def of_network(trained: Trained, corpus: Corpus) -> pd.DataFrame:
    """The network's table."""
    return importance.of_network(trained.model, corpus)


@pytest.fixture(scope="module")
def of_ranker(ranker: Ranker, corpus: Corpus) -> pd.DataFrame:
    """The ranker's table."""
    return importance.of_ranker(ranker, corpus)


def test_what_the_routine_lives_by_loses_more_than_noise(
    of_network: pd.DataFrame, of_ranker: pd.DataFrame
) -> None:
    lost = of_network.set_index("feature")["mrr_lost"]
    assert lost[list(ROUTINE)].min() > 2 * lost[list(NOISE)].max()
    assert (of_network.set_index("feature")["ci_low"][[*ROUTINE, "pair", "wide"]] > 0).all()
    groups = of_ranker.set_index("feature")
    assert groups["ci_low"]["counts"] > 10 * groups["mrr_lost"]["question"]


def test_a_table_has_every_feature_once_most_first(
    of_network: pd.DataFrame, of_ranker: pd.DataFrame, trained: Trained, corpus: Corpus
) -> None:
    for table in (of_network, of_ranker):
        assert tuple(table.columns) == importance.COLUMNS
        assert table["mrr_lost"].is_monotonic_decreasing and table["feature"].is_unique
        assert (table["ci_low"] <= table["mrr_lost"]).all()
        assert (table["mrr_lost"] <= table["ci_high"]).all() and table["mrr"].nunique() == 1
    assert len(of_network) == sum(len(names) + 1 for names in importance.KINDS.values())
    assert set(of_ranker["feature"]) == set(features.GROUPS)
    rows = target_rows(corpus, "val")
    ranks = answer(trained.model, corpus, queries_for_rows(corpus, rows)).ranks
    assert of_network["mrr"][0] == pytest.approx((1 / ranks).mean())
    users = len(np.unique(corpus.user[rows]))
    for table in (of_network, of_ranker):
        assert set(table["n"]) == {len(rows)} and set(table["users"]) == {users}


def test_kinds_alone_are_the_same_rows_without_the_single_features(
    of_network: pd.DataFrame, trained: Trained, corpus: Corpus
) -> None:
    kinds = importance.of_network(trained.model, corpus, each=False)
    both = of_network[of_network["feature"].isin(importance.KINDS)].reset_index(drop=True)
    pd.testing.assert_frame_equal(kinds, both)


def test_test_decides_nothing(ranker: Ranker, corpus: Corpus, of_ranker: pd.DataFrame) -> None:
    reduced = without(corpus, np.flatnonzero(corpus.split == 2))
    pd.testing.assert_frame_equal(importance.of_ranker(ranker, reduced), of_ranker)
    with pytest.raises(ModelError, match="'val' holds no event"):
        importance.of_ranker(ranker, replace(corpus, split=np.zeros_like(corpus.split)))


@pytest.mark.parametrize("group", features.GROUPS)
def test_shuffling_moves_one_group_and_keeps_its_values(corpus: Corpus, group: str) -> None:
    queries = queries_for_rows(corpus, target_rows(corpus, "val")[:40])
    around = np.full((len(corpus.items), 1), -1)
    found = features.describe(corpus, queries, around)
    moved = importance.shuffled(found, group, np.random.default_rng(0))
    mine = [name in features.GROUPS[group] for name in features.NAMES]
    others = np.logical_not(mine)
    assert np.array_equal(moved.features[:, others], found.features[:, others], equal_nan=True)
    assert not np.array_equal(moved.features[:, mine], found.features[:, mine], equal_nan=True)
    is_question = group == "question"
    kept = found.bounds[:-1] if is_question else slice(None)
    before, after = (np.sort(one.features[kept][:, mine], axis=0) for one in (found, moved))
    assert np.array_equal(before, after, equal_nan=True)
    # What is a question's own stays the same for all of its candidates.
    first = moved.features[found.bounds[:-1]][:, mine][found.query]
    assert np.array_equal(first, moved.features[:, mine], equal_nan=True) == is_question


def test_the_network_is_shuffled_where_a_question_looks(trained: Trained, corpus: Corpus) -> None:
    queries = queries_for_rows(corpus, corpus.start[:-1] + 9)
    _, batch, wide = next(trained.model.batches(corpus, queries))
    seen = {}

    class Looking(torch.nn.Module):
        def forward(self, *given):
            seen["batch"], seen["wide"] = given[0], given[2]
            return trained.model.network(*given)

    column = PAIR_NAMES.index("lag")
    wrapped = importance._Shuffled(Looking(), "pair", [column], np.random.default_rng(0))
    wrapped(batch, tokens_of(corpus, trained.model.vocabulary), wide)
    moved, whole = seen["batch"].pairs, batch.pairs
    assert not batch.allowed.all()
    assert torch.equal(seen["wide"].features, wide.features)
    changed = (moved != whole).any(dim=(0, 1, 2))
    assert changed.nonzero().flatten().tolist() == [column]
    inside = [one[batch.allowed][:, column].sort().values for one in (moved, whole)]
    assert torch.equal(*inside) and not (moved[~batch.allowed] != whole[~batch.allowed]).any()


def test_gain_is_shared_out(ranker: Ranker) -> None:
    table = importance.gains(ranker)
    assert table["gain"].sum() == pytest.approx(1) and (table["gain"] >= 0).all()
    assert set(table["feature"]) == set(features.NAMES) and table["feature"][0] == (
        "own_successor_share"
    )
    row = table[table["feature"] == "place_week"].iloc[0]
    assert row["group"] == "place" and table["gain"].is_monotonic_decreasing
