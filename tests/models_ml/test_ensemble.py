"""The ensemble is the mixture that does best on val, and never worse there than either model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models_ml import ensemble
from models_ml.data.corpus import Corpus, Queries, queries_for_rows, target_rows
from models_ml.ensemble import (
    NOVELTIES,
    NOVELTY_COST,
    WEIGHTS,
    Ensemble,
    train_ensemble,
    weighed,
)
from models_ml.evaluation.rank import expected_ranks
from models_ml.scorer import Scorer
from tests.models_ml.conftest import TINY, TINY_RANKER


def asked(corpus: Corpus, split: str) -> Queries:
    return queries_for_rows(corpus, target_rows(corpus, split))


def mrr(model: Scorer, corpus: Corpus, split: str = "val") -> float:
    queries = asked(corpus, split)
    ranks = expected_ranks(model.score(corpus, queries), corpus.item[queries.row])
    return float((1 / ranks).mean())


def test_no_weight_does_better_on_val_and_novelty_costs_little(trained, ranker, corpus) -> None:
    chosen = weighed(corpus, trained.model, ranker)
    assert isinstance(chosen, Scorer)
    others = [mrr(Ensemble(trained.model, ranker, float(one)), corpus) for one in WEIGHTS]
    assert mrr(replace(chosen, novelty=1.0), corpus) == pytest.approx(max(others))
    assert mrr(chosen, corpus) >= (1 - NOVELTY_COST) * max(others)
    bolder = [one for one in NOVELTIES if one > chosen.novelty]
    for one in bolder:
        assert mrr(replace(chosen, novelty=one), corpus) < (1 - NOVELTY_COST) * max(others)


@pytest.mark.parametrize("targets", [40, 150, 3_000])
def test_the_choice_is_that_of_every_mixture_by_itself(trained, ranker, corpus, targets) -> None:
    network = replace(trained.model, config=replace(trained.config, max_val_targets=targets))
    rows = target_rows(corpus, "val", max_targets=targets, seed=network.config.seed)
    queries = queries_for_rows(corpus, rows)

    def gain(weight: float, novelty: float) -> float:
        scores = Ensemble(network, ranker, weight, novelty).score(corpus, queries)
        return float((1 / expected_ranks(scores, corpus.item[rows])).sum())

    best = max(WEIGHTS, key=lambda one: (round(gain(one, 1.0), 9), -abs(one - 0.5)))
    enough = (1 - NOVELTY_COST) * gain(best, 1.0)
    chosen = weighed(corpus, network, ranker)
    assert chosen.weight == best
    assert chosen.novelty == max(one for one in NOVELTIES if gain(best, one) >= enough)


def test_of_equals_the_weight_nearest_to_half_and_the_greatest_novelty_are_taken(
    trained, ranker, corpus, monkeypatch
) -> None:
    shape = len(WEIGHTS), len(NOVELTIES)
    monkeypatch.setattr(ensemble, "mixed_ranks", lambda *given: np.ones((len(given[0]), *shape)))
    chosen = weighed(corpus, trained.model, ranker)
    assert (chosen.weight, chosen.novelty) == (0.5, max(NOVELTIES))


def test_novelty_raises_new_places_alone_and_leaves_probabilities(trained, ranker, corpus) -> None:
    queries = asked(corpus, "test").take(slice(0, 40))
    plain = Ensemble(trained.model, ranker, 0.5).score(corpus, queries)
    bold = Ensemble(trained.model, ranker, 0.5, 3.0).score(corpus, queries)
    assert np.allclose(bold.sum(axis=1), 1.0)
    for index, row in enumerate(queries.row):
        mine = corpus.item[corpus.start[corpus.user[row]] : row]
        is_new = ~np.isin(np.arange(len(corpus.items)), mine)
        change = bold[index] / np.maximum(plain[index], 1e-300)
        known = change[~is_new & (plain[index] > 0)]
        assert np.allclose(known, known[0]) and known[0] <= 1.0 + 1e-9
        assert np.allclose(change[is_new & (plain[index] > 0)], 3.0 * known[0])


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_the_ends_are_one_model_alone(trained, ranker, corpus, weight) -> None:
    alone = trained.model if weight == 0 else ranker
    queries = asked(corpus, "test")
    mixed = Ensemble(trained.model, ranker, weight).score(corpus, queries)
    assert np.allclose(mixed, alone.score(corpus, queries), atol=1e-12)


def test_types_and_citations_are_the_networks(trained, ranker, corpus: Corpus) -> None:
    both, queries = Ensemble(trained.model, ranker, 0.5), asked(corpus, "test").take(slice(0, 5))
    items = corpus.item[queries.row]
    assert np.array_equal(
        both.score_events(corpus, queries), trained.model.score_events(corpus, queries)
    )
    assert both.explain(corpus, queries, items) == trained.model.explain(corpus, queries, items)


def test_training_it_trains_both(corpus: Corpus) -> None:
    small = replace(TINY, epochs=1)
    made, curves = train_ensemble(corpus, small, replace(TINY_RANKER, rounds=5))
    assert [row["epoch"] for row in curves] == [1]
    assert made.parts == (made.network, made.ranker)
    assert made.network.config == small
    assert made.weight in WEIGHTS
    again = made.fit(corpus)
    queries = asked(corpus, "test")
    assert np.array_equal(again.score(corpus, queries), made.score(corpus, queries))


def test_updating_updates_both_and_weighs_them_anew(trained, ranker, corpus) -> None:
    """Nothing is new in the same corpus: both stay themselves, and the weight is val's again."""
    again = Ensemble(trained.model, ranker, 0.9, 4.0).update(corpus)
    assert again.parts == (trained.model, ranker)
    chosen = weighed(corpus, trained.model, ranker)
    assert (again.weight, again.novelty) == (chosen.weight, chosen.novelty)
