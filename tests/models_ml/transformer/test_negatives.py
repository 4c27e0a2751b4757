"""A sampled softmax: chances and draws are as promised, the normaliser is unbiased, a sample of all
places is the full softmax, and a training goes on with the same draws.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models_ml.config import TrainConfig
from models_ml.data.corpus import Corpus
from models_ml.transformer import negatives as library
from models_ml.transformer.chunks import Chunk, chunk_batches, trainset
from models_ml.transformer.losses import objective, place_loss
from models_ml.transformer.negatives import Negatives, chances, drawn
from models_ml.transformer.train import Trained, build, improve, train
from models_ml.transformer.windows import Vocabulary

SHORT = TrainConfig(
    epochs=2,
    lr=6e-3,
    d_model=16,
    heads=2,
    window=24,
    batch_chunks=4,
    max_train_events=400,
    dropout=0.1,
    threads=1,
    device="cpu",
)
WEIGHTS = st.lists(st.floats(1e-3, 1e3), min_size=2, max_size=60)


@settings(deadline=None, max_examples=100)
@given(WEIGHTS, st.integers(1, 70), st.integers(0, 99))
def test_chances_sum_to_the_size_and_draws_have_it(weights: list, size: int, seed: int) -> None:
    given_weights = np.array(weights)
    found = chances(given_weights, size)
    assert found.sum() == pytest.approx(min(size, len(found)))
    assert ((found > 0) & (found <= 1)).all()
    is_open = found < 1
    ratio = found[is_open] / given_weights[is_open]
    assert np.allclose(ratio, ratio[:1])
    codes = drawn(found, np.random.default_rng(seed))
    assert len(codes) == len(np.unique(codes)) == min(size, len(found))


def test_each_place_is_drawn_as_often_as_its_chance_says() -> None:
    chance = chances(np.geomspace(1, 100, 40), 10)
    rng = np.random.default_rng(0)
    times = sum(np.bincount(drawn(chance, rng), minlength=40) for _ in range(4_000))
    assert np.allclose(times / 4_000, chance, atol=0.03)


def test_the_normaliser_is_unbiased_and_its_log_close() -> None:
    """Over 2,000 draws of 60 of 500 places the mean is within 1 % of the sum over all, and its log
    within 0.05.
    """
    rng = np.random.default_rng(1)
    logits, certain = rng.normal(0, 1, 500), np.array([3, 70, 71, 499])
    several = Negatives(chances(rng.integers(1, 50, 500) ** 0.75, 60))
    sums = []
    for step in range(2_000):
        one = several.sampled(certain, (7, step, 0))
        sums.append(np.exp(logits[one.item.numpy()] - one.log_chance.numpy()).sum())
    whole = np.exp(logits).sum()
    assert np.mean(sums) == pytest.approx(whole, rel=0.01)
    assert np.mean(np.log(sums)) == pytest.approx(np.log(whole), abs=0.05)


def test_a_place_that_is_certain_and_drawn_counts_once() -> None:
    even, certain = Negatives(np.full(50, 0.4)), np.array([5, 5, 9, 11])
    for step in range(30):
        one = even.sampled(certain, (1, step))
        item = one.item.numpy()
        assert (np.diff(item) > 0).all() and np.isin(certain, item).all()
        is_certain = np.isin(item, certain)
        assert np.allclose(np.exp(-one.log_chance.numpy()), np.where(is_certain, 1, 2.5))


def test_all_places_as_sample_give_the_full_loss(corpus: Corpus, trained: Trained) -> None:
    model, config = trained.model, trained.config
    data = trainset(corpus, model.vocabulary, config)
    everything = Negatives.of(corpus, model.vocabulary, len(model.vocabulary.items))
    assert everything is not None
    model.network.eval()
    for index in list(data.order(config, 0))[:3]:
        one = chunk_batches(data, config, index)
        less = everything.narrowed(one, (7, 0, 0))
        with torch.inference_mode():
            full = model.network(one.batch, data.table, one.wide)
            found = model.network(less.batch, data.table, less.wide, less.sampled)
        wanted, losses = (
            place_loss(output, each.place, each.successor, each.code)[one.has_place]
            for output, each in ((full, one), (found, less))
        )
        assert torch.allclose(wanted, losses, atol=1e-5)


def test_a_sample_estimates_the_full_loss(corpus: Corpus, trained: Trained) -> None:
    """Targets and counted places keep their scores: only the rest of the normaliser is estimated,
    within 0.03 of the mean loss.
    """
    model, config = trained.model, replace(trained.config, batch_chunks=1)
    data = trainset(corpus, model.vocabulary, config)
    few = Negatives.of(corpus, model.vocabulary, 8)
    assert few is not None
    model.network.eval()
    one = chunk_batches(data, config, next(data.order(config, 0)))
    # Without counts only the targets are certain.
    wide = replace(one.wide, **{n: getattr(one.wide, n)[:0] for n in ("question", "item")})
    one = replace(one, wide=replace(wide, features=one.wide.features[:0]))

    def loss(each: Chunk) -> float:
        with torch.inference_mode():
            output = model.network(each.batch, data.table, each.wide, each.sampled)
        losses = place_loss(output, each.place, each.successor, each.code)
        return float(losses[each.has_place].mean())

    narrowed = [few.narrowed(one, (7, step, 0)) for step in range(200)]
    assert {len(each.sampled.item) for each in narrowed} != {len(model.vocabulary.items)}
    assert np.mean([loss(each) for each in narrowed]) == pytest.approx(loss(one), abs=0.03)


def test_the_size_follows_the_number_of_places(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    vocabulary = Vocabulary.of_training(corpus)
    assert Negatives.of(corpus, vocabulary) is None
    assert Negatives.of(corpus, vocabulary, 0) is None
    monkeypatch.setattr(library, "ALL_UP_TO", len(vocabulary.items) - 1)
    monkeypatch.setattr(library, "SAMPLE", 12)
    found = Negatives.of(corpus, vocabulary)
    assert found is not None and found.chance.sum() == pytest.approx(12)
    assert Negatives.of(corpus, vocabulary, 0) is None


def test_training_over_all_places_as_a_sample_is_training(corpus: Corpus) -> None:
    full, sampled = (train(corpus, replace(SHORT, softmax_sample=n)) for n in (0, 10_000))
    for one, other in zip(full.curves, sampled.curves, strict=True):
        assert one["train_loss"] == pytest.approx(other["train_loss"], abs=1e-3)
        assert one["val_loss"] == pytest.approx(other["val_loss"], abs=1e-3)


class Stop(Exception):
    """Ends a training from within its own progress."""


def stop(state: dict[str, float]) -> None:
    if "val_loss" in state:
        raise Stop


def test_a_training_that_goes_on_draws_as_if_it_had_not_stopped(
    corpus: Corpus, tmp_path: Path
) -> None:
    config = replace(SHORT, softmax_sample=5)
    whole = train(corpus, config).model.network.state_dict()
    with pytest.raises(Stop):
        train(corpus, config, stop, tmp_path)
    again = train(corpus, config, resume=tmp_path).model.network.state_dict()
    assert all(torch.equal(value, again[name]) for name, value in whole.items())


def test_a_loss_of_its_own_is_asked_over_all_places(corpus: Corpus) -> None:
    config, widths = replace(SHORT, epochs=1, softmax_sample=3), set()

    def loss(output, one, config, whole=None):
        widths.add(output.vocabulary.shape[1])
        return objective(output, one, config, whole)

    model = build(corpus, config)
    improve(model, corpus, config, loss=loss)
    assert widths == {len(model.vocabulary.items)}
