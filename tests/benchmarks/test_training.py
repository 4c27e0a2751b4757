"""The benchmark of training: real steps of both models on the same walks."""

from __future__ import annotations

import pytest
import torch

from benchmarks import training
from models_ml.config import TrainConfig


@pytest.fixture(autouse=True)
def same_threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_it_prints_size_peer_and_ratio(told):
    words = ("--people", "8", "--events", "40", "--places", "30", "--threads", "1")
    found = told(training.main, *words)
    assert (found["people"], found["events"], found["places"]) == (8, 320, 30)
    assert found["peer"].startswith("SASRec")
    share = found["ours_events_per_second"] / found["sasrec_events_per_second"]
    assert found["ratio"] == pytest.approx(share, abs=0.01)


def test_the_peer_sees_no_later_place():
    torch.manual_seed(0)
    model = training.Sasrec(9, TrainConfig(d_model=16, heads=2, window=6)).eval()
    walk = torch.tensor([[1, 2, 3, 4, 5, 6]])
    other = torch.tensor([[1, 2, 3, 8, 8, 8]])
    with torch.inference_mode():
        assert torch.allclose(model(walk)[0, :3], model(other)[0, :3], atol=1e-6)
        assert not torch.allclose(model(walk)[0, 3], model(other)[0, 3])
