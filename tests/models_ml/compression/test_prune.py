"""Pruning makes matrices smaller, takes the least important out, and is chosen on val."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models_ml import checkpoint
from models_ml.compression import prune as library
from models_ml.compression.prune import UNITS, axes, cut, importance, prune
from models_ml.data.corpus import queries_for_rows, target_rows
from models_ml.errors import ModelError
from models_ml.transformer.network import Shape
from tests.models_ml.conftest import TINY


def scores_of(shape, dead: dict[str, int]) -> dict[str, np.ndarray]:
    """Every unit matters but one of some kinds."""
    found = {unit: np.ones(getattr(shape.resolved(), unit)) for unit in UNITS}
    for unit, index in dead.items():
        found[unit][index] = 0.0
    return found


def silence(network, unit: str, index: int) -> None:
    """Make what a unit hands on nought."""
    shape = network.shape.resolved()
    with torch.no_grad():
        if unit == "heads":
            width = shape.head_width
            network.mix.weight[:, index * width : (index + 1) * width] = 0
        elif unit == "pointer":
            for part in (network.point_query.weight, network.point_query.bias):
                part[[index, shape.pointer + index]] = 0
        else:
            getattr(network, unit)[2].weight[:, index] = 0


@pytest.mark.parametrize("unit", ["heads", "feed", "pointer", "bias"])
def test_a_unit_that_hands_nothing_on_is_felt_least_and_can_go(trained, corpus, unit) -> None:
    import copy

    model = replace(trained.model, network=copy.deepcopy(trained.model.network))
    silence(model.network, unit, 1)
    felt = importance(model, corpus, TINY)[unit]
    assert felt[1] == 0 and (np.delete(felt, 1) > 0).all()
    size = getattr(model.network.shape.resolved(), unit) - 1
    smaller = cut(model, scores_of(model.network.shape, {unit: 1}), {unit: size})
    queries = queries_for_rows(corpus, target_rows(corpus, "test")[:40])
    assert np.allclose(smaller.score(corpus, queries), model.score(corpus, queries), atol=1e-5)


def test_every_matrix_of_a_pruned_model_is_smaller_and_a_checkpoint_keeps_it(
    trained, corpus, tmp_path
) -> None:
    full = trained.model.network
    sizes = {unit: getattr(full.shape.resolved(), unit) // 2 for unit in UNITS}
    smaller = cut(trained.model, scores_of(full.shape, {}), sizes)
    before, after = full.state_dict(), smaller.network.state_dict()
    for name in ("items.weight", "query.weight", "feed.0.weight", "bias.0.weight", "local.weight"):
        assert after[name].numel() <= before[name].numel() / 2
    assert sum(v.numel() for v in after.values()) < 0.6 * sum(v.numel() for v in before.values())
    checkpoint.save(smaller, [], tmp_path)
    loaded = checkpoint.load(tmp_path)
    queries = queries_for_rows(corpus, target_rows(corpus, "test")[:20])
    assert loaded.name == "st_transformer_pruned"
    assert loaded.network.shape == smaller.network.shape
    assert np.array_equal(loaded.score(corpus, queries), smaller.score(corpus, queries))


def test_the_smallest_that_loses_little_on_val_is_taken(trained, corpus, monkeypatch) -> None:
    found = iter([0.5, 0.499, 0.497, 0.4, 0.5])
    monkeypatch.setattr(library, "val_mrr", lambda model, corpus: next(found))
    tuning = replace(TINY, epochs=1, max_train_events=200)
    made = prune(trained.model, corpus, tuning)
    assert made.share == 0.5
    assert made.tried == [(1.0, 0.5), (0.75, 0.499), (0.5, 0.497), (0.375, 0.4)]
    assert made.model.network.shape.d_model == trained.model.network.shape.d_model // 2


def test_tuning_mends_what_cutting_broke_and_leaves_the_full_model_alone(trained, corpus) -> None:
    before = {k: v.clone() for k, v in trained.model.network.state_dict().items()}
    made = prune(trained.model, corpus, replace(TINY, epochs=2), shares=(0.5,), cost=1.0)
    felt = importance(trained.model, corpus, TINY)
    sizes = {u: getattr(made.model.network.shape.resolved(), u) for u in UNITS}
    raw = cut(trained.model, felt, sizes)
    assert made.share == 0.5
    assert made.tried[1][1] > library.val_mrr(raw, corpus)
    after = trained.model.network.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_more_units_than_there_are_cannot_be_kept(trained) -> None:
    shape = trained.model.network.shape
    with pytest.raises(ModelError, match="prune, heads"):
        cut(trained.model, scores_of(shape, {}), {"heads": shape.heads + 1})


@given(d=st.sampled_from([4, 8]), heads=st.sampled_from([1, 2, 4]), items=st.integers(1, 9))
def test_axes_follow_the_width_whatever_the_sizes(d: int, heads: int, items: int) -> None:
    found = axes(Shape(items, 3, 2, d, heads, 0.1), "d_model")
    assert found["items.weight"] == {1: 1} and found["local.weight"] == {0: 1, 1: 2}
    assert found["gate.weight"] == {1: 1} and "item_points" not in found
    assert axes(Shape(items, 3, 2, d, heads, 0.1), "heads")["query.weight"] == {0: d // heads}
