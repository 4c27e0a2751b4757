"""Texts in the network: learned, kept, known to later items, folded, and never of the future."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from models_ml import checkpoint
from models_ml.columns import TEXT_COLUMNS
from models_ml.compression.fold import folded
from models_ml.compression.prune import axes
from models_ml.compression.quantise import quantised
from models_ml.config import TrainConfig
from models_ml.data import sequences
from models_ml.data.corpus import Corpus, Queries, encode, queries_for_rows, target_rows
from models_ml.errors import ModelError
from models_ml.language import loader
from models_ml.pretraining.pretrain import pretrain
from models_ml.transformer.item_texts import ItemTexts
from models_ml.transformer.pointer import PointerTransformer
from models_ml.transformer.train import Trained, build, fit
from tests.models_ml.conftest import TINY, make_events, with_names

TEXTS = ("texts.vectors", "texts.mean", "texts.directions", "texts.project.weight")


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """The sequences of the tiny city with words."""
    return sequences.build(with_names(make_events()))


@pytest.fixture(scope="module")
def corpus(table: pd.DataFrame) -> Corpus:
    return encode(table)


@pytest.fixture(scope="module")
def config(language_model: Path) -> TrainConfig:
    return replace(TINY, epochs=2, texts=str(language_model), text_components=6, device="cpu")


@pytest.fixture(scope="module")
def trained(corpus: Corpus, config: TrainConfig) -> Trained:
    """A model that has learnt from the words."""
    return fit(corpus, config)


@pytest.fixture(scope="module")
def queries(corpus: Corpus) -> Queries:
    return queries_for_rows(corpus, target_rows(corpus, "test")[:40])


def weights(model: PointerTransformer) -> dict[str, Tensor]:
    return dict(model.network.state_dict())


def untrained(corpus: Corpus, config: TrainConfig) -> PointerTransformer:
    torch.manual_seed(config.seed)
    return build(corpus, config)


def test_texts_are_silent_before_they_are_learnt(
    corpus: Corpus, config: TrainConfig, trained: Trained, queries: Queries
) -> None:
    fresh, without = untrained(corpus, config), untrained(corpus, replace(config, texts=""))
    assert np.array_equal(fresh.score(corpus, queries), without.score(corpus, queries))
    assert without.network.texts is None
    learnt = weights(trained.model)
    assert learnt["texts.vectors"].shape == (len(trained.model.vocabulary.items) + 1, 6)
    assert (learnt["texts.vectors"][-1] == 0).all()
    assert torch.equal(learnt["texts.vectors"], weights(fresh)["texts.vectors"])
    assert learnt["texts.project.weight"].abs().max() > 0.01


@pytest.mark.parametrize("side", ["forward", "of_all"])
def test_texts_enter_what_is_read_and_what_is_answered(
    corpus: Corpus,
    trained: Trained,
    queries: Queries,
    side: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = trained.model.score(corpus, queries)
    monkeypatch.setattr(ItemTexts, side, lambda *_: torch.zeros(()))
    assert np.abs(trained.model.score(corpus, queries) - before).max() > 1e-4


def test_a_checkpoint_keeps_them_and_needs_no_language_model(
    corpus: Corpus,
    trained: Trained,
    queries: Queries,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checkpoint.save(trained.model, trained.curves, tmp_path)
    monkeypatch.setattr(loader, "find_spec", lambda name: None)
    loaded = checkpoint.load(tmp_path)
    assert loaded.config == trained.config
    assert np.array_equal(loaded.score(corpus, queries), trained.model.score(corpus, queries))


def test_packed_networks_hold_them_in_the_item_table(
    corpus: Corpus, trained: Trained, queries: Queries, tmp_path: Path
) -> None:
    model, before = trained.model, trained.model.score(corpus, queries)
    whole = replace(model, network=folded(model.network))
    assert not {name for name in weights(whole) if name in TEXTS}
    assert np.allclose(whole.score(corpus, queries), before, atol=1e-5)
    small = quantised(model)
    assert np.abs(small.score(corpus, queries) - before).max() < 0.1
    checkpoint.save(small, [], tmp_path)
    again = checkpoint.load(tmp_path).score(corpus, queries)
    assert np.array_equal(again, small.score(corpus, queries))
    assert set(TEXTS) <= set(weights(model))


def test_pruning_knows_the_axis_of_the_projection(trained: Trained) -> None:
    assert axes(trained.model.network.shape, "d_model")["texts.project.weight"] == {0: 1}


def test_later_places_are_described_alike(config: TrainConfig, monkeypatch) -> None:
    events = with_names(make_events())
    early = events["event_at"] <= events["event_at"].quantile(0.6)
    early &= ~events["item_id"].isin(["p28", "p29"])
    before = fit(encode(sequences.build(events[early])), replace(config, epochs=1)).model
    whole = encode(sequences.build(events))
    after = before.update(whole)
    known = len(before.vocabulary.items)
    assert set(after.vocabulary.items[known:]) == {"p28", "p29"}
    one, two = weights(before), weights(after)
    assert torch.equal(one["texts.vectors"][:known], two["texts.vectors"][:known])
    assert torch.equal(one["texts.directions"], two["texts.directions"])
    assert (two["texts.vectors"][known:-1].abs().sum(dim=1) > 0.1).all()
    assert (two["texts.vectors"][-1] == 0).all()
    with pytest.raises(ModelError, match="neither a folder nor an installed package"):
        replace(before, config=replace(before.config, texts="gone_model")).update(whole)


def test_a_pretrained_model_leaves_its_texts_behind(
    table: pd.DataFrame, corpus: Corpus, config: TrainConfig
) -> None:
    short = replace(config, epochs=1)
    start = pretrain({"one": table}, short)
    assert set(TEXTS) <= set(start.weights)
    for texts in (config.texts, ""):
        begun = fit(corpus, replace(short, texts=texts), start=start)
        assert begun.transfer is not None
        left = set(TEXTS) & set(begun.transfer.fresh)
        assert left == (set(TEXTS) if texts else set())
        assert not set(TEXTS) & set(begun.transfer.copied)


def test_what_is_missing_is_told(
    corpus: Corpus, config: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ModelError, match="neither a folder nor an installed package"):
        fit(corpus, replace(config, texts="no_such_model"))
    monkeypatch.setattr(loader, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"stevo\[language\]"):
        fit(corpus, config)


def silenced(table: pd.DataFrame, says: str | None) -> pd.DataFrame:
    """Every word of val and test replaced."""
    late = table["split"] != "train"
    return table.assign(**{name: table[name].mask(late, says) for name in TEXT_COLUMNS})


@pytest.mark.parametrize("says", [None, "red tower"])
def test_words_of_val_and_test_leave_training_bit_identical(
    table: pd.DataFrame, config: TrainConfig, trained: Trained, says: str | None
) -> None:
    other = fit(encode(silenced(table, says)), config)
    assert other.curves[0]["val_loss"] == trained.curves[0]["val_loss"]
    theirs = weights(other.model)
    assert all(torch.equal(value, theirs[name]) for name, value in weights(trained.model).items())


@settings(
    deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(share=st.floats(0.15, 0.95), seed=st.integers(0, 99))
def test_changing_the_future_and_its_words_leaves_scores_bit_identical(
    table: pd.DataFrame, trained: Trained, share: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    at = table["event_at"].to_numpy()
    moment = np.sort(at)[int(len(at) * share)]
    late, asked = at >= moment, table.loc[at == moment, "event_id"]
    changed = table.copy()
    for name in ("item_id", *TEXT_COLUMNS):
        changed.loc[late, name] = rng.choice(["p01", "p02", "new place"], late.sum())
    known = pd.unique(table.loc[~late, "item_id"].dropna())
    scores = [answers(trained.model, encode(one), asked, known) for one in (table, changed)]
    assert np.array_equal(*scores)


def answers(
    model: PointerTransformer, corpus: Corpus, asked: pd.Series, known: np.ndarray
) -> np.ndarray:
    """Scores of the places `known` for the events `asked`."""
    rows = np.flatnonzero(np.isin(corpus.event_id, asked.to_numpy(dtype=object)))
    code = {name: index for index, name in enumerate(corpus.items)}
    scores = model.score(corpus, queries_for_rows(corpus, rows))
    return scores[:, [code[name] for name in known]]
