"""8 bits: a third of the bytes or less, nearly the same answers, and a checkpoint keeps them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from models_ml import checkpoint
from models_ml.compression.quantise import Int8Embedding, Int8Linear, quantised, rounded
from models_ml.data.corpus import queries_for_rows, target_rows
from models_ml.evaluation.evaluate import answer
from models_ml.scorer import Scorer


def test_answers_hardly_change_and_the_file_is_much_smaller(trained, corpus, tmp_path) -> None:
    small = quantised(trained.model)
    assert isinstance(small, Scorer) and small.name == "st_transformer_int8"
    queries = queries_for_rows(corpus, target_rows(corpus, "test"))
    full, rough = trained.model.score(corpus, queries), small.score(corpus, queries)
    assert 0 < np.abs(full - rough).max() < 0.1
    before, after = (
        float((1 / answer(one, corpus, queries).ranks).mean()) for one in (trained.model, small)
    )
    assert after > before - 0.02
    checkpoint.save(trained.model, [], tmp_path / "full")
    checkpoint.save(small, [], tmp_path / "small")
    sizes = [(tmp_path / one / checkpoint.WEIGHTS).stat().st_size for one in ("full", "small")]
    assert sizes[1] < 0.65 * sizes[0]
    loaded = checkpoint.load(tmp_path / "small")
    assert np.array_equal(loaded.score(corpus, queries), rough)


def test_the_model_given_keeps_its_floats(trained) -> None:
    quantised(trained.model)
    assert {v.dtype for v in trained.model.network.state_dict().values()} == {torch.float32}


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 99), size=st.integers(1, 40), spread=st.sampled_from([1e-3, 1.0, 1e3]))
def test_rounding_is_within_half_a_step(seed: int, size: int, spread: float) -> None:
    values = torch.randn(5, size, generator=torch.Generator().manual_seed(seed)) * spread
    values[0] = 0
    whole, scale = rounded(values)
    assert whole.dtype == torch.int8
    assert ((whole * scale - values).abs() <= scale * 0.501).all()


@pytest.mark.parametrize("shape", [(3, 16), (2, 5, 16)])
def test_a_layer_is_near_the_one_it_replaces(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    layer, x = nn.Linear(16, 7), torch.randn(shape)
    found = Int8Linear(layer)(x)
    assert found.shape == (*shape[:-1], 7)
    assert (found - layer(x)).abs().max() < 0.05
    table = nn.Embedding(9, 6)
    small = Int8Embedding(table)
    codes = torch.tensor([[3, 8], [0, 3]])
    assert (small(codes) - table(codes)).abs().max() < 0.02
    assert torch.equal(small.weight[codes], small(codes))


def test_oneDNN_is_left_as_it_was() -> None:
    before = torch.backends.mkldnn.enabled
    torch.backends.mkldnn.enabled = False
    try:
        Int8Linear(nn.Linear(8, 8))(torch.ones(2, 8))
        assert not torch.backends.mkldnn.enabled
    finally:
        torch.backends.mkldnn.enabled = before
