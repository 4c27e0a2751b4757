"""The short cut through the first block comes to the states of the long way."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from models_ml.columns import BERT4REC, SASREC
from models_ml.data.corpus import Corpus, queries_for_rows, target_rows
from models_ml.peers.loop import build
from models_ml.peers.readings import Readings
from tests.models_ml.conftest import TINY_PEER


@pytest.mark.parametrize("name", [SASREC, BERT4REC])
@pytest.mark.parametrize("layers", [2, 3])
def test_the_last_state_is_that_of_the_network(name: str, layers: int, corpus: Corpus) -> None:
    torch.manual_seed(5)
    model = build(name, corpus, replace(TINY_PEER, layers=layers))
    for part in model.network.modules():
        if isinstance(part, nn.LayerNorm | nn.Linear):
            nn.init.normal_(part.bias)
        if isinstance(part, nn.LayerNorm):
            nn.init.uniform_(part.weight, 0.5, 2.0)
    queries = queries_for_rows(corpus, target_rows(corpus, "test")[:70])
    with torch.inference_mode():
        readings = Readings(model.network)
        for _, inputs, _ in model._batches(corpus, queries):
            assert torch.allclose(readings.last(inputs), model.network.last(inputs), atol=1e-5)
