"""Devices: the setting chooses, tensors move with what holds them, and precision falls on CUDA
alone.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from models_ml.data.corpus import Corpus
from models_ml.errors import ModelError
from models_ml.transformer.chunks import chunk_batches, trainset
from models_ml.transformer.devices import chosen, device_of, mixed, moved
from models_ml.transformer.train import Trained, train

HAS_CUDA = torch.cuda.is_available()


def test_the_setting_chooses_the_device() -> None:
    assert chosen("cpu") == torch.device("cpu")
    assert chosen("auto").type == ("cuda" if HAS_CUDA else "cpu")


@pytest.mark.skipif(HAS_CUDA, reason="there is a CUDA device")
def test_cuda_that_is_not_there_is_refused() -> None:
    with pytest.raises(ModelError, match="there is no CUDA device"):
        chosen("cuda")


def test_a_network_is_where_its_weights_are() -> None:
    assert device_of(torch.nn.Linear(2, 1, device="meta")).type == "meta"
    assert device_of(torch.nn.Identity()) == torch.device("cpu")


def test_a_batch_moves_with_all_its_tensors(corpus: Corpus, trained: Trained) -> None:
    data = trainset(corpus, trained.model.vocabulary, trained.config)
    one = chunk_batches(data, trained.config, np.arange(2))
    assert moved(one, torch.device("cpu")) is one
    there = moved(one, torch.device("meta"))
    tensors = (there.batch.pairs, there.wide.features, there.has_kind)
    assert all(value.device.type == "meta" for value in tensors)
    assert one.batch.pairs.device.type == "cpu"


def test_on_the_processor_precision_stays_and_auto_gives_the_same_bits(
    corpus: Corpus, trained: Trained
) -> None:
    with mixed(torch.device("cpu")):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32
    short = replace(trained.config, epochs=1, max_train_events=200, device="cpu")
    one = train(corpus, short)
    if not HAS_CUDA:
        other = train(corpus, replace(short, device="auto"))
        assert one.curves[0]["val_loss"] == other.curves[0]["val_loss"]


def test_the_network_answers_alike_in_half_the_precision(corpus: Corpus, trained: Trained) -> None:
    """The types of the network's steps fit together under autocast, and kilometres stay exact."""
    model = trained.model
    data = trainset(corpus, model.vocabulary, trained.config)
    one = chunk_batches(data, trained.config, np.arange(4))
    model.network.eval()
    with torch.inference_mode():
        exact = model.network(one.batch, data.table, one.wide)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            rough = model.network(one.batch, data.table, one.wide)
    assert not torch.equal(exact.vocabulary, rough.vocabulary)
    asked = one.has_place
    for name in ("gates", "vocabulary", "kinds"):
        difference = getattr(exact, name).exp() - getattr(rough, name).float().exp()
        assert difference[asked].abs().max() < 0.05


@pytest.mark.skipif(not HAS_CUDA, reason="no CUDA device on this machine")
def test_training_on_cuda_learns_as_on_the_processor(corpus: Corpus, trained: Trained) -> None:
    short = replace(trained.config, epochs=2, dropout=0.0)
    here, there = (train(corpus, replace(short, device=name)) for name in ("cpu", "cuda"))
    assert there.curves[-1]["val_loss"] == pytest.approx(here.curves[-1]["val_loss"], rel=0.05)
    assert there.model.network.item_bias.device.type == "cpu"
