"""Training of the neural peers: it learns, repeats, stops, goes on, and finds nothing in noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from models_ml.baselines import baseline
from models_ml.columns import BERT4REC, CURVE_COLUMNS, GRU, LSTM, SASREC, ST_LSTM
from models_ml.data import sequences
from models_ml.data.corpus import Corpus, encode, queries_for_rows, target_rows
from models_ml.errors import ModelError, TooFewEvents
from models_ml.evaluation.evaluate import answer
from models_ml.peers import loop as library
from models_ml.peers.loop import ENCODERS, continue_peer, train_peer
from models_ml.peers.model import SequenceModel
from models_ml.scorer import Scorer
from models_ml.transformer import negatives
from tests.models_ml.conftest import TINY_PEER, make_events

SHORT = replace(TINY_PEER, epochs=1)


def mrr(model: Scorer, corpus: Corpus) -> float:
    queries = queries_for_rows(corpus, target_rows(corpus, "test"))
    return float((1 / answer(model, corpus, queries).ranks).mean())


@pytest.mark.parametrize("name", ENCODERS)
def test_it_learns_more_than_popularity(
    name: str, corpus: Corpus, peers: dict[str, Scorer]
) -> None:
    assert mrr(peers[name], corpus) > mrr(baseline("popularity"), corpus) + 0.05


@pytest.mark.parametrize("name", ENCODERS)
def test_shuffled_labels_teach_nothing(name: str) -> None:
    """With places drawn anew by popularity no order is left, and no model finds one."""
    events = make_events(people=16, events=60)
    rng = np.random.default_rng(0)
    events["item_id"] = rng.permutation(events["item_id"].to_numpy())
    shuffled = encode(sequences.build(events))
    model, _ = train_peer(name, shuffled, replace(TINY_PEER, epochs=4))
    assert mrr(model, shuffled) < mrr(baseline("popularity"), shuffled) + 0.05


@pytest.mark.parametrize("name", [ST_LSTM, SASREC, BERT4REC])
def test_the_same_seed_gives_the_same_weights(name: str, corpus: Corpus) -> None:
    one, two, other = (train_peer(name, corpus, replace(SHORT, seed=s)) for s in (7, 7, 8))
    assert one[1][0]["val_loss"] == two[1][0]["val_loss"] != other[1][0]["val_loss"]
    pairs = zip(one[0].network.parameters(), two[0].network.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_curves_and_patience(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    losses, heard = iter([1.0, 0.5, 0.7, 0.6, 0.1]), []
    monkeypatch.setattr(library, "validate", lambda *_: (next(losses), 0.0))
    config = replace(SHORT, epochs=5, patience=2)
    _, curves = train_peer(LSTM, corpus, config, heard.append)
    assert heard == curves and len(curves) == 4
    assert all(tuple(row) == CURVE_COLUMNS for row in curves)


def test_very_many_places_are_sampled(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    """The draws repeat, differ from the softmax over all places, and end near its loss."""
    config = replace(SHORT, batch=16)
    full = train_peer(SASREC, corpus, config)[1][0]
    monkeypatch.setattr(negatives, "ALL_UP_TO", 10)
    monkeypatch.setattr(negatives, "SAMPLE", 6)
    one, two = (train_peer(SASREC, corpus, config)[1][0] for _ in range(2))
    assert one["train_loss"] == two["train_loss"] != full["train_loss"]
    assert one["val_loss"] == pytest.approx(full["val_loss"], abs=0.2)


def test_test_rows_do_not_change_training(table: pd.DataFrame) -> None:
    changed = table.copy()
    changed.loc[changed["split"] == "test", ["item_id", "event_type"]] = ["p00", "browse"]
    one, two = (train_peer(SASREC, encode(each), SHORT)[1][0] for each in (table, changed))
    assert (one["train_loss"], one["val_loss"]) == (two["train_loss"], two["val_loss"])


def grown_table(table: pd.DataFrame) -> pd.DataFrame:
    """The same table when its val rows have become train and test rows val; a place has opened."""
    later = table.copy()
    later["split"] = later["split"].map({"train": "train", "val": "train", "test": "val"})
    fresh = np.flatnonzero((table["split"] == "val") & table["item_id"].notna())[::20]
    later.loc[later.index[fresh], "item_id"] = "opened-since"
    return later


@pytest.mark.parametrize("name", ENCODERS)
def test_update_learns_new_places_and_keeps_the_old_model(
    name: str, table: pd.DataFrame, peers: dict[str, Scorer]
) -> None:
    model, corpus = peers[name], encode(grown_table(table))
    assert isinstance(model, SequenceModel)
    before = {key: value.clone() for key, value in model.network.state_dict().items()}
    newer, curves = continue_peer(model, corpus)
    assert newer.vocabulary.items == [*model.vocabulary.items, "opened-since"]
    assert newer.seen > model.seen
    assert all(torch.equal(before[key], value) for key, value in model.network.state_dict().items())
    rows = target_rows(corpus, "val")
    best = min(row["val_loss"] for row in curves)
    found = library.validate(newer, corpus, rows)[0]
    # Either an epoch helped, or the weights it came with do better than every epoch.
    assert found <= best + 1e-6
    if name in (GRU, SASREC):
        assert found == pytest.approx(best)
    fresh = np.flatnonzero(corpus.items == "opened-since")
    asked = queries_for_rows(corpus, rows)
    assert (newer.score(corpus, asked)[:, fresh] > 0).all()
    assert (model.score(corpus, asked)[:, fresh] == 0).all()


def test_an_update_that_does_not_help_keeps_the_weights(
    table: pd.DataFrame, peers: dict[str, Scorer], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, losses = peers[GRU], iter([0.5, 0.6, 0.7, 0.8])
    assert isinstance(model, SequenceModel)
    monkeypatch.setattr(library, "validate", lambda *_: (next(losses), 0.0))
    newer, curves = continue_peer(model, encode(grown_table(table)))
    assert len(curves) == model.config.patience
    size = len(model.vocabulary.items)
    assert torch.equal(newer.network.places[:size], model.network.places)


def test_update_reads_newer_rows_alone(
    table: pd.DataFrame, peers: dict[str, Scorer], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, corpus, seen = peers[GRU], encode(grown_table(table)), []
    assert isinstance(model, SequenceModel)
    cut = library.cut

    def spied(corpus, rows, config, epoch):
        seen.extend(rows)
        return cut(corpus, rows, config, epoch)

    monkeypatch.setattr(library, "cut", spied)
    continue_peer(model, corpus)
    assert seen and (corpus.at[seen] > model.seen).all()
    assert (corpus.split[seen] == 0).all()


def test_nothing_new_leaves_the_model(corpus: Corpus, peers: dict[str, Scorer]) -> None:
    assert peers[GRU].update(corpus) is peers[GRU]


def test_too_few_events_say_how_many_are_needed(table: pd.DataFrame) -> None:
    few = encode(table[table.split != "train"].assign(split="val"))
    with pytest.raises((TooFewEvents, ModelError)):
        train_peer(GRU, few, SHORT)
    with pytest.raises(TooFewEvents, match="val events with a place"):
        train_peer(GRU, encode(table[table.split == "train"]), SHORT)


def test_the_embeddings_of_places_and_types_do_not_decay(corpus: Corpus) -> None:
    network = library.build(GRU, corpus, SHORT).network
    decayed, others = library.steps_of(network, SHORT, 1).optimiser.param_groups
    free = {id(one) for one in others["params"]}
    assert {id(network.items.weight), id(network.kinds.weight)} <= free
    assert id(network.to_kinds.weight) in {id(one) for one in decayed["params"]}
