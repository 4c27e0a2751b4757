"""Windows: who may see what, distances, and the codes of names."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from models_ml.data.corpus import Corpus
from models_ml.data.sequences import haversine_m
from models_ml.transformer.windows import (
    PAIR_FEATURES,
    PAIR_NAMES,
    Tokens,
    Vocabulary,
    assemble,
    kilometres,
    log_distance,
    log_distance_to_all,
    tokens,
)


def table_of(corpus: Corpus) -> Tokens:
    return tokens(corpus, Vocabulary.of_training(corpus))


def test_a_question_sees_its_own_earlier_events_in_the_window(corpus: Corpus) -> None:
    table = table_of(corpus)
    start = int(corpus.start[3])
    query = torch.tensor([[start + 9, table.blank]])
    batch = assemble(table, query, torch.tensor([start - 5]), 20, 6)
    seen = batch.key_rows[0, 1:][batch.allowed[0, 0]]
    assert seen.tolist() == list(range(start + 4, start + 10))
    assert not batch.allowed[0, 1].any()
    assert (batch.key_rows[0, :6] == table.blank).all()
    assert batch.pairs.shape[-1] == PAIR_FEATURES
    assert torch.isfinite(batch.pairs).all()


def test_pair_features_are_what_their_names_say(corpus: Corpus) -> None:
    table = table_of(corpus)
    row = int(corpus.start[3]) + 12
    batch = assemble(table, torch.tensor([[row]]), torch.tensor([row - 7]), 8, 8)
    found = {name: batch.pairs[0, 0, :, column] for column, name in enumerate(PAIR_NAMES)}
    keys = torch.arange(row - 7, row + 1)
    assert found["is_newest"].tolist() == [0.0] * 7 + [1.0]
    assert torch.allclose(found["lag"], torch.log1p(row - keys) / 3)
    assert found["same_kind"].tolist() == (table.kind[keys] == table.kind[row]).float().tolist()
    placed = (table.item[keys] == table.item[row]) & (table.item[keys] >= 0)
    assert found["same_place"].tolist() == placed.float().tolist()
    assert torch.equal(found["has_successor"], batch.successor[0, 0].float())


def test_a_successor_counts_only_once_it_has_happened(corpus: Corpus) -> None:
    table = table_of(corpus)
    start = int(corpus.start[2])
    row = next(r for r in range(start + 5, start + 40) if (corpus.item[r - 2 : r + 2] >= 0).all())
    batch = assemble(table, torch.tensor([[row]]), torch.tensor([row - 2]), 3, 3)
    assert batch.successor[0, 0].tolist() == [True, True, False]


def test_events_without_a_place_are_no_answers(corpus: Corpus) -> None:
    table = table_of(corpus)
    searches = np.flatnonzero(corpus.item < 0)
    row = int(next(r for r in searches if corpus.user[r] == corpus.user[r - 1]))
    batch = assemble(table, torch.tensor([[row]]), torch.tensor([row]), 1, 4)
    assert batch.allowed.all()
    assert not batch.placed.any()


def test_distances_are_those_of_the_sphere() -> None:
    latitude, longitude = np.array([40.7, 40.7001, 40.9, np.nan]), np.array([-74, -74, -73.5, 1])
    points = torch.from_numpy(kilometres(latitude, longitude, [0.2, -0.7, 0.65]))
    found = log_distance(points[None], points[None])[0]
    every = log_distance_to_all(points, points)
    for a in range(3):
        for b in range(3):
            metres = haversine_m(latitude[a], longitude[a], latitude[b], longitude[b])
            assert np.isclose(found[a, b], np.log1p(metres / 1e3) / 3, atol=1e-3)
            assert np.isclose(every[a, b], np.log1p((metres / 1e3) ** 2), atol=0.1)
    assert (found[3] == 0).all() and (every[:, 3] == 0).all() and (every[3] == 0).all()


def test_unknown_names_have_the_code_past_the_last(corpus: Corpus) -> None:
    vocabulary = replace(
        Vocabulary.of_training(corpus), items=["p01"], kinds=["browse"], categories=[]
    )
    items, kinds, categories = vocabulary.codes(corpus)
    assert items[list(corpus.items).index("p01")] == 0
    assert sorted(np.delete(items, list(corpus.items).index("p01"))) == [1] * len(corpus.items)
    assert kinds[-1] == 1
    assert (categories == 0).all()


def test_the_vocabulary_knows_the_train_split_alone(corpus: Corpus) -> None:
    found = Vocabulary.of_training(corpus)
    train = corpus.item[(corpus.split == 0) & (corpus.item >= 0)]
    assert set(found.items) == set(corpus.items[np.unique(train)])
