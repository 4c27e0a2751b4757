"""Recommendations measured: who is asked, against what, and how the re-ranking is chosen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models_ml.baselines import baseline
from models_ml.columns import EVALUATION_COLUMNS, RERANKED, TASK_RECOMMENDATION
from models_ml.data.corpus import MICROSECONDS_A_DAY, Corpus
from models_ml.evaluation import recommending
from models_ml.evaluation.protocol import Protocol
from models_ml.evaluation.recommending import (
    asked_of,
    chosen_weights,
    evaluate_recommendations,
    proposed,
)
from models_ml.recommendation.rerank import PLAIN, Weights

RULES = Protocol(moments=2, horizon_days=1.0)


@pytest.fixture(scope="module")
def found(corpus: Corpus) -> pd.DataFrame:
    models = {name: baseline(name) for name in ("blend", "popularity")}
    return evaluate_recommendations(models, corpus, protocol=RULES)


@pytest.mark.parametrize("split", ["val", "test"])
def test_relevant_is_what_the_split_holds_in_the_days_after(corpus: Corpus, split: str) -> None:
    code = ("train", "val", "test").index(split)
    asked = asked_of(corpus, split, RULES)
    assert len(asked) == 2
    for one in asked:
        assert one.moment.at >= corpus.at[corpus.split == code].min()
        for index, user in enumerate(one.queries.user):
            mine = (corpus.user == user) & (corpus.item >= 0) & (corpus.split == code)
            after = mine & (corpus.at >= one.moment.at)
            after &= corpus.at < one.moment.at + MICROSECONDS_A_DAY
            assert set(one.place[one.owner == index]) == set(corpus.item[after])
            before = corpus.item[(corpus.user == user) & (corpus.at < one.moment.at)]
            known = np.isin(one.place[one.owner == index], before)
            assert np.array_equal(one.is_return[one.owner == index], known)
        assert (one.queries.at == one.moment.at).all() and (one.queries.before > 0).all()


def test_policies_ask_for_what_they_can_show(corpus: Corpus) -> None:
    for policy, known in (("new_only", False), ("known_only", True)):
        for one in asked_of(corpus, "test", replace(RULES, policy=policy)):
            assert (one.is_return == known).all()
            assert len(np.unique(one.owner)) == len(one.queries)


def test_a_sample_of_users_is_the_same_for_every_moment(corpus: Corpus) -> None:
    users = [set(one.queries.user) for one in asked_of(corpus, "test", replace(RULES, users=5))]
    assert len(set.union(*users)) <= 5


def test_layout_and_models(found: pd.DataFrame) -> None:
    assert tuple(found.columns) == EVALUATION_COLUMNS
    assert set(found["task"]) == {TASK_RECOMMENDATION}
    names = {"blend", "popularity"}
    assert set(found["model"]) == names | {name + RERANKED for name in names}
    assert not found.duplicated(["model", "segment", "metric"]).any()
    assert np.isfinite(found["value"].astype(float)).all()
    with_interval = found.dropna(subset=["ci_low"])
    tight = 1e-9
    assert (with_interval["ci_low"] <= with_interval["value"] + tight).all()
    assert (with_interval["value"] <= with_interval["ci_high"] + tight).all()
    everything = found[(found["model"] == "blend") & (found["segment"] == "all")]
    measures = ("precision", "recall", "f1", "ndcg", "mrr", "hit", "coverage", "gini", "novelty")
    wanted = {f"{name}@{k}" for name in (*measures, "popularity_lift") for k in (5, 10, 20)}
    assert wanted <= set(everything.dropna(subset=["ci_low"])["metric"])


def value(found: pd.DataFrame, model: str, metric: str, segment: str = "all") -> float:
    mine = found.set_index(["model", "metric", "segment"])["value"]
    return float(mine[model, metric, segment])


def test_who_knows_the_person_is_better_and_less_biased(found: pd.DataFrame) -> None:
    assert value(found, "blend", "ndcg@5") > value(found, "popularity", "ndcg@5")
    assert value(found, "blend", "popularity_lift@5") < value(
        found, "popularity", "popularity_lift@5"
    )
    assert value(found, "blend", "recall@5", "return") > value(
        found, "blend", "recall@5", "discovery"
    )


def test_groups_below_k_people_are_left_out(corpus: Corpus) -> None:
    models = {"blend": baseline("blend")}
    every = evaluate_recommendations(models, corpus, protocol=RULES, min_users=10)
    assert (every.loc[every["metric"] == "users", "value"] >= 10).all() and len(every)
    assert evaluate_recommendations(models, corpus, protocol=RULES, min_users=25).empty


def test_weights_are_the_most_varied_that_cost_at_most_the_allowed_loss(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = proposed(baseline("blend"), asked_of(corpus, "val", RULES), RULES.policy)
    chosen = chosen_weights(asked, RULES.policy)
    plain = recommending._quality(asked, RULES.policy, PLAIN)
    got = recommending._quality(asked, RULES.policy, chosen)
    assert got.ndcg >= 0.99 * plain.ndcg and got.new >= 0.95 * plain.new
    for d in recommending.DIVERSITIES:
        for n in recommending.NOVELTIES:
            other = recommending._quality(asked, RULES.policy, Weights(d, n))
            too_bad = other.ndcg < 0.99 * plain.ndcg or other.new < 0.95 * plain.new
            assert other.varied <= got.varied or too_bad
    # With no bound on the loss, the most varied of all is taken.
    monkeypatch.setattr(recommending, "ALLOWED_LOSS", 1.0)
    monkeypatch.setattr(recommending, "ALLOWED_LOSS_NEW", 1.0)
    free = chosen_weights(asked, RULES.policy)
    assert free.diversity > 0 and free.novelty > 0
    assert chosen_weights([], RULES.policy) == PLAIN
