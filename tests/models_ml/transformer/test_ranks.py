"""Ranks: every chunk of a batch has one owner; a training alone sends nothing."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from models_ml.transformer.ranks import ALONE, Ranks


@given(st.integers(0, 20), st.integers(1, 4), st.integers(1, 3))
def test_every_chunk_is_computed_once_in_parts_numbered_alike(
    chunks: int, size: int, each: int
) -> None:
    index = np.arange(chunks) + 100
    parts = [part for rank in range(size) for part in Ranks(rank, size).parts(index, each)]
    assert all(len(part) for _, part in parts)
    numbers = [number for number, _ in parts]
    assert numbers == sorted(set(numbers)) and set(numbers) <= set(range(size * each))
    assert np.array_equal(np.concatenate([index[:0], *(part for _, part in parts)]), index)
    alone = ALONE.parts(index, size * each)
    assert [(n, p.tolist()) for n, p in alone] == [(n, p.tolist()) for n, p in parts]


def test_alone_nothing_changes() -> None:
    layer = torch.nn.Linear(2, 1)
    layer(torch.ones(1, 2)).sum().backward()
    before = layer.weight.grad
    ALONE.add_gradients(layer)
    ALONE.wait()
    assert layer.weight.grad is before
    assert ALONE.total(torch.tensor([3.0])).tolist() == [3.0]
    assert ALONE.as_first([1.5, 2.0], torch.device("cpu")) == [1.5, 2.0]
    assert ALONE.is_first and not Ranks(1, 2).is_first
