"""Training: it learns, it stops, the same seed gives the same loss, and bad input is named."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from models_ml.baselines import baseline
from models_ml.columns import CURVE_COLUMNS
from models_ml.data.corpus import Corpus, encode, queries_for_rows, target_rows
from models_ml.errors import ModelError, TooFewEvents
from models_ml.evaluation.evaluate import answer
from models_ml.transformer import train as library
from models_ml.transformer.train import Trained, train
from tests.models_ml.transformer import golden


def test_it_beats_the_visit_counter_where_routine_matters(corpus: Corpus, trained: Trained) -> None:
    queries = queries_for_rows(corpus, target_rows(corpus, "test"))
    model = (answer(trained.model, corpus, queries).ranks <= 1).mean()
    counter = (answer(baseline("visit_counter"), corpus, queries).ranks <= 1).mean()
    assert model > counter + 0.2


def test_it_learns_the_cycle_of_event_types(corpus: Corpus, trained: Trained) -> None:
    rows = target_rows(corpus, "test", with_item=False)
    queries = queries_for_rows(corpus, rows)
    scores = trained.model.score_events(corpus, queries)
    assert np.allclose(scores.sum(axis=1), 1, atol=1e-4)
    hit = (scores.argmax(axis=1) == corpus.kind[rows]).mean()
    assert hit > 0.5


def test_curves_have_one_row_an_epoch_and_fall(trained: Trained) -> None:
    assert all(tuple(row) == CURVE_COLUMNS for row in trained.curves)
    assert [row["epoch"] for row in trained.curves] == list(range(1, len(trained.curves) + 1))
    assert trained.curves[-1]["train_loss"] < trained.curves[0]["train_loss"] - 0.3


def test_the_same_seed_gives_the_same_losses_and_weights(corpus: Corpus, trained: Trained) -> None:
    short = replace(trained.config, epochs=1)
    one, two, other = (train(corpus, replace(short, seed=s)) for s in (7, 7, 8))
    assert one.curves[0]["train_loss"] == two.curves[0]["train_loss"]
    assert one.curves[0]["val_loss"] == two.curves[0]["val_loss"]
    assert one.curves[0]["train_loss"] != other.curves[0]["train_loss"]
    weights = zip(
        one.model.network.state_dict().values(),
        two.model.network.state_dict().values(),
        strict=True,
    )
    assert all(torch.equal(a, b) for a, b in weights)


def test_the_best_epoch_is_kept_and_patience_stops(
    corpus: Corpus, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = iter([1.0, 0.5, 0.7, 0.6, 0.1])
    states = []

    def validate(model, corpus, rows):
        states.append(library._copy(model.network))
        return next(losses), 0.0

    monkeypatch.setattr(library, "validate", validate)
    found = train(corpus, replace(trained.config, epochs=5, patience=2, max_train_events=200))
    assert len(found.curves) == 4
    kept = found.model.network.state_dict()
    assert all(torch.equal(kept[name], states[1][name]) for name in kept)


def test_test_rows_do_not_change_training(table: pd.DataFrame, trained: Trained) -> None:
    short = replace(trained.config, epochs=1)
    changed = table.copy()
    late = changed["split"] == "test"
    changed.loc[late, "item_id"] = "p00"
    changed.loc[late, "event_type"] = "browse"
    one, two = train(table, short), train(changed, short)
    assert one.curves[0]["train_loss"] == two.curves[0]["train_loss"]
    assert one.curves[0]["val_loss"] == two.curves[0]["val_loss"]


def test_time_aware_training_runs_and_is_checked(corpus: Corpus, trained: Trained) -> None:
    told = train(corpus, replace(trained.config, epochs=1, time_aware=True))
    assert math.isfinite(told.curves[0]["val_loss"])
    queries = queries_for_rows(corpus, target_rows(corpus, "test")[:3])
    with pytest.raises(ModelError, match="trained with the target's time and is asked without"):
        told.model.score(corpus, queries)


def test_progress_is_told_every_epoch(corpus: Corpus, trained: Trained) -> None:
    heard: list[dict[str, float]] = []
    train(corpus, replace(trained.config, epochs=1, max_train_events=200), heard.append)
    assert [row["epoch"] for row in heard if "val_loss" in row] == [1]


def test_too_few_events_say_how_many_are_needed(table: pd.DataFrame) -> None:
    with pytest.raises(TooFewEvents, match="200 are needed, 16 were found"):
        few = pd.concat([table[table.split == "train"].dropna(subset="item_id").iloc[:16]])
        train(pd.concat([few, table[table.split == "val"]]))
    with pytest.raises(TooFewEvents, match="val events with a place"):
        train(table[table.split == "train"])


def test_encoded_and_plain_tables_train_alike(table: pd.DataFrame, trained: Trained) -> None:
    short = replace(trained.config, epochs=1, max_train_events=200)
    one, two = train(table, short), train(encode(table), short)
    assert one.curves[0]["val_loss"] == two.curves[0]["val_loss"]


def test_the_losses_are_those_on_record() -> None:
    """To four digits, since processors sum in different orders."""
    kept = json.loads(golden.FILE.read_text())
    found = golden.losses()
    assert len(found) == len(kept) == golden.CONFIG.epochs
    for row, wanted in zip(found, kept, strict=True):
        assert row == pytest.approx(wanted, rel=1e-4), golden.__doc__
