"""Neighbours against plain loops; settings from val; counts that follow the train split."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models_ml.baselines import baseline
from models_ml.columns import ITEM_KNN, USER_KNN
from models_ml.data import sequences
from models_ml.data.corpus import Corpus, encode, queries_for_rows, target_rows
from models_ml.errors import ModelError, TooFewEvents
from models_ml.evaluation.evaluate import answer
from models_ml.peers.neighbours import Neighbours, train_neighbours
from models_ml.scorer import Scorer
from tests.models_ml.conftest import make_events

NAMES = (USER_KNN, ITEM_KNN)


def mrr(model: Scorer, corpus: Corpus) -> float:
    queries = queries_for_rows(corpus, target_rows(corpus, "test"))
    return float((1 / answer(model, corpus, queries).ranks).mean())


def unit(counts: np.ndarray) -> np.ndarray:
    logs = np.log1p(counts)
    return logs / np.maximum(np.linalg.norm(logs, axis=-1, keepdims=True), 1e-12)


def expected(model: Neighbours, corpus: Corpus, row: int) -> np.ndarray:
    """Scores of the model's places for one question, by loops."""
    code = {name: k for k, name in enumerate(model.places)}
    visits = model.visits.toarray()
    mine = [r for r in range(corpus.start[corpus.user[row]], row) if corpus.item[r] >= 0]
    own, counts = np.zeros(len(code)), np.zeros(len(code))
    for lag, r in enumerate(reversed(mine)):
        own[code[corpus.items[corpus.item[r]]]] += 1 / (1 + lag / model.recency)
        counts[code[corpus.items[corpus.item[r]]]] += 1
    own /= own.sum()
    if model.name == ITEM_KNN:
        like = unit(visits.T) @ unit(visits.T).T
        np.fill_diagonal(like, -1)
        others = np.zeros(len(code))
        for place in range(len(code)):
            for near in np.argsort(-like[place])[: model.neighbours]:
                others[near] += own[place] * max(like[place, near], 0)
    else:
        like = unit(visits) @ unit(counts)
        near = np.argsort(-like)[: model.neighbours + 1]
        me = list(model.people).index(corpus.users[corpus.user[row]])
        weight = np.array([0.0 if one == me else like[one] for one in near])
        shares = visits / visits.sum(axis=1, keepdims=True)
        others = weight / weight.sum() @ shares[near]
    popular = visits.sum(axis=0) / visits.sum()
    return own + model.strength * others + 1e-6 * popular


@pytest.mark.parametrize("name", NAMES)
def test_scores_equal_a_plain_loop(name: str, corpus: Corpus, peers: dict[str, Scorer]) -> None:
    model = replace(peers[name], neighbours=7)  # type: ignore[type-var]
    rows = target_rows(corpus, "test")[::25]
    found = model.score(corpus, queries_for_rows(corpus, rows))
    order = [list(corpus.items).index(place) for place in model.places]
    for row, scores in zip(rows, found, strict=True):
        assert np.allclose(scores[order], expected(model, corpus, row))


@pytest.mark.parametrize("name", NAMES)
def test_citations_add_up_to_the_score(name: str, corpus: Corpus, peers: dict[str, Scorer]) -> None:
    model = peers[name]
    queries = queries_for_rows(corpus, target_rows(corpus, "test")[:6])
    scores = model.score(corpus, queries)
    best = scores.argmax(axis=1)
    for query, found in enumerate(model.explain(corpus, queries, best)):
        assert sum(one.weight for one in found) == pytest.approx(1, abs=0.01)
        at_place = sum(one.weight for one in found if one.role == "place")
        assert at_place > 0.2 and found[0].weight >= found[-1].weight
        assert all(corpus.at[one.row] < queries.at[query] for one in found)
    found = model._evidence(corpus, queries)  # type: ignore[attr-defined]
    places = [list(model.places).index(corpus.items[one]) for one in best]  # type: ignore[attr-defined]
    spoken = model._spoken(corpus, queries, found, np.array(places))  # type: ignore[attr-defined]
    own = np.where(found.item == np.array(places)[found.query], found.weight, 0)
    total = np.bincount(found.query, weights=own + model.strength * spoken)  # type: ignore[attr-defined]
    assert np.allclose(total, scores.max(axis=1), atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_neighbours_help_and_shuffled_labels_do_not(
    name: str, corpus: Corpus, peers: dict[str, Scorer]
) -> None:
    assert mrr(peers[name], corpus) > mrr(baseline("popularity"), corpus) + 0.1
    events = make_events(people=16)
    rng = np.random.default_rng(0)
    events["item_id"] = rng.permutation(events["item_id"].to_numpy())
    shuffled = encode(sequences.build(events))
    found = train_neighbours(name, shuffled)
    assert mrr(found, shuffled) < mrr(baseline("popularity"), shuffled) + 0.05


@pytest.mark.parametrize("name", NAMES)
def test_update_counts_the_grown_split_anew(
    name: str, table: pd.DataFrame, peers: dict[str, Scorer]
) -> None:
    later = table.copy()
    later["split"] = later["split"].map({"train": "train", "val": "train", "test": "val"})
    corpus = encode(later)
    model = peers[name]
    newer = model.update(corpus)
    assert newer.visits.sum() == ((corpus.split == 0) & (corpus.item >= 0)).sum()  # type: ignore[attr-defined]
    assert (newer.neighbours, newer.strength) == (model.neighbours, model.strength)  # type: ignore[attr-defined]


def test_wrong_names_and_empty_splits_are_refused(corpus: Corpus) -> None:
    with pytest.raises(ModelError, match="no neighbours are called 'tree_knn'"):
        train_neighbours("tree_knn", corpus)
    with pytest.raises(TooFewEvents, match="train events with a place"):
        train_neighbours(ITEM_KNN, replace(corpus, split=np.full_like(corpus.split, 2)))
