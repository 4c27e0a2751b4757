"""Every peer comes back from its values and tensors: the same bits, and it goes on learning."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor

from models_ml.columns import ITEM_KNN, LSTM, ST_LSTM, USER_KNN
from models_ml.data.corpus import Corpus, encode, queries_for_rows, target_rows
from models_ml.peers.loop import ENCODERS, build
from models_ml.peers.model import SequenceModel
from models_ml.peers.neighbours import Neighbours, train_neighbours
from models_ml.peers.packing import packed, unpacked
from tests.models_ml.conftest import TINY_PEER


def there_and_back(model: SequenceModel | Neighbours) -> SequenceModel | Neighbours:
    """Through JSON and copies of the tensors, as on disk."""
    about, tensors = packed(model)
    copied: dict[str, Tensor] = {name: value.clone() for name, value in tensors.items()}
    return unpacked(json.loads(json.dumps(about)), copied)


@pytest.mark.parametrize("name", [*ENCODERS, USER_KNN, ITEM_KNN])
def test_answers_are_bit_identical(name: str, corpus: Corpus) -> None:
    torch.manual_seed(1)
    model = (
        build(name, corpus, replace(TINY_PEER, layers=2))
        if name in ENCODERS
        else replace(train_neighbours(name, corpus), neighbours=7, recency=3.5)
    )
    again = there_and_back(model)
    assert type(again) is type(model) and again.name == name
    queries = queries_for_rows(corpus, target_rows(corpus, "test")[:70])
    scores = model.score(corpus, queries)
    assert np.array_equal(again.score(corpus, queries), scores)
    assert np.array_equal(again.score_events(corpus, queries), model.score_events(corpus, queries))
    few, best = queries.take(slice(0, 5)), scores[:5].argmax(axis=1)
    assert again.explain(corpus, few, best) == model.explain(corpus, few, best)


def test_a_network_knows_its_settings_and_how_far_it_has_seen(corpus: Corpus) -> None:
    model = build(ST_LSTM, corpus, replace(TINY_PEER, time_aware=True))
    again = there_and_back(model)
    assert isinstance(again, SequenceModel)
    assert (again.config, again.seen) == (model.config, model.seen)
    assert again.vocabulary.items == model.vocabulary.items


@pytest.mark.parametrize("name", [LSTM, USER_KNN])
def test_it_goes_on_learning_as_the_original_does(name: str, table: pd.DataFrame) -> None:
    later = table.copy()
    later["split"] = later["split"].map({"train": "train", "val": "train", "test": "val"})
    before, after = encode(table), encode(later)
    torch.manual_seed(1)
    model = (
        build(name, before, replace(TINY_PEER, epochs=1))
        if name in ENCODERS
        else train_neighbours(name, before)
    )
    again = there_and_back(model)
    queries = queries_for_rows(after, target_rows(after, "val")[:20])
    assert np.array_equal(
        again.update(after).score(after, queries), model.update(after).score(after, queries)
    )


def test_weights_of_another_peer_are_refused(corpus: Corpus) -> None:
    about, _ = packed(build(LSTM, corpus, TINY_PEER))
    _, tensors = packed(build(ST_LSTM, corpus, TINY_PEER))
    with pytest.raises(RuntimeError, match="Missing key"):
        unpacked(about, tensors)
