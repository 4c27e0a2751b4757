"""Growth keeps what is known, bit for bit, and the last rows the last."""

from __future__ import annotations

import torch

from models_ml.columns import GRU
from models_ml.data.corpus import Corpus
from models_ml.peers.inputs import table_of, window
from models_ml.peers.loop import build
from models_ml.peers.network import EXTRA
from tests.models_ml.conftest import TINY_PEER


def test_growth_keeps_what_is_known(corpus: Corpus) -> None:
    torch.manual_seed(0)
    network = build(GRU, corpus, TINY_PEER).network
    items, kinds = network.items.weight.clone(), network.to_kinds.weight.clone()
    size, count = len(items) - EXTRA, len(kinds)
    network.grow(size + 3, count + 1)
    assert torch.equal(network.items.weight[:size], items[:size])
    assert torch.equal(network.items.weight[-EXTRA:], items[-EXTRA:])
    assert torch.equal(network.to_kinds.weight[:count], kinds)
    assert network.places.shape[0] == size + 3
    assert network.items.weight.requires_grad and network.items.weight[size : size + 3].std() > 0


def test_events_are_place_and_type_summed(corpus: Corpus) -> None:
    torch.manual_seed(0)
    model = build(GRU, corpus, TINY_PEER)
    table = table_of(corpus, model.vocabulary, False)
    start = corpus.start[:1]
    inputs = window(table, start, start + 4, 4, start)
    found = model.network.embed(inputs)
    one = model.network.items.weight[table.item[2]] + model.network.kinds.weight[table.kind[2]]
    assert torch.allclose(found[0, 2], one * TINY_PEER.d_model**0.5)
