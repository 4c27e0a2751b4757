"""Objectives: a hidden event is asked for once, from both sides, and leaves no trace."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from models_ml.data.corpus import Corpus
from models_ml.pretraining.objectives import hide, masked_batch, masked_events, next_events
from models_ml.transformer.train import Trained, build
from models_ml.transformer.windows import Tokens, Vocabulary, tokens


def answers(corpus: Corpus, rows: np.ndarray, trained: Trained) -> tuple[torch.Tensor, ...]:
    vocabulary, config = trained.model.vocabulary, trained.config
    found = hide(corpus, rows)
    table = tokens(found.rest, vocabulary)
    index = np.arange(len(found.target))[:, None]
    one = masked_batch(corpus, found, table, vocabulary, config, index)
    with torch.inference_mode():
        output = trained.model.network.eval()(one.batch, table, one.wide)
    return output.gates, output.place, output.successor, output.vocabulary, output.kinds


def test_what_a_hidden_event_was_changes_no_answer(corpus: Corpus, trained: Trained) -> None:
    rows = np.arange(3, 300, 7)
    rng = np.random.default_rng(1)
    item, kind, features = corpus.item.copy(), corpus.kind.copy(), corpus.features.copy()
    latitude = corpus.latitude.copy()
    item[rows], kind[rows] = rng.permutation(item[rows]), (kind[rows] + 1) % len(corpus.kinds)
    features[rows], latitude[rows] = 3.0, 0.0
    features[rows + 1, :2] = 3.0
    changed = dataclasses.replace(
        corpus, item=item, kind=kind, features=features, latitude=latitude
    )
    before, after = answers(corpus, rows, trained), answers(changed, rows, trained)
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_events_on_both_sides_are_heard_but_no_other_users(
    corpus: Corpus, trained: Trained
) -> None:
    row, last = int(corpus.start[3]) + 20, int(corpus.start[4]) - 2
    before = answers(corpus, np.array([row, last]), trained)[3]
    for moved, heard in ((row - 1, 0), (row + 3, 0), (last + 1, 1), (last + 2, None)):
        features = corpus.features.copy()
        features[moved, 2:] = 3.0
        after = answers(
            dataclasses.replace(corpus, features=features), np.array([row, last]), trained
        )
        same = [torch.equal(before[i], after[3][i]) for i in (0, 1)]
        assert same == [heard != 0, heard != 1]


@pytest.mark.parametrize("make", [next_events, masked_events])
def test_an_epoch_asks_for_every_train_event(corpus: Corpus, trained: Trained, make) -> None:
    rows = corpus.split == 0
    short = dataclasses.replace(trained.config, epochs=1)
    if make is masked_events:
        rows = np.ones(len(corpus), dtype=bool)
    places = sum(int(one.has_place.sum()) for _, one in _all(corpus, trained, short, make))
    asked = int((rows & (corpus.item >= 0)).sum())
    # A user's first event cannot be asked for from an earlier one.
    assert asked - 2 * len(corpus.users) <= places <= asked


def _all(corpus: Corpus, trained: Trained, config, make) -> list[tuple[Tokens, object]]:
    vocabulary: Vocabulary = build(corpus, trained.config).vocabulary
    return [pair for batches in make(corpus, vocabulary, config).epochs for pair in batches]
