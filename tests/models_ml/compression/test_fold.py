"""The fold: one item table that answers as the two did, and a network left as it was."""

from __future__ import annotations

import torch

from models_ml.compression.fold import folded
from models_ml.transformer.item_texts import ItemTexts
from models_ml.transformer.network import Network, Shape

SHAPE = Shape(
    items=6, kinds=2, categories=3, d_model=8, heads=2, dropout=0.0, texts=3, text_width=5
)


def with_texts() -> Network:
    """A network whose texts say something of every known item."""
    torch.manual_seed(1)
    network = Network(SHAPE, torch.zeros(6, 4))
    assert isinstance(network.texts, ItemTexts)
    network.texts.vectors[:-1] = torch.randn(6, 3)
    torch.nn.init.normal_(network.texts.project.weight)
    return network


def test_each_known_item_holds_what_its_text_added() -> None:
    network = with_texts()
    codes = torch.arange(7)
    with torch.no_grad():
        wanted = network.items(codes) + network.texts(codes)
        made = folded(network)
        assert made.texts is None and made.shape.texts == made.shape.text_width == 0
        assert torch.allclose(made.items(codes), wanted)
        assert torch.equal(made.items.weight[-1], network.items.weight[-1])


def test_the_network_itself_stays_as_it_was() -> None:
    network = with_texts()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    folded(network)
    after = network.state_dict()
    assert set(after) == set(before)
    assert all(torch.equal(after[name], value) for name, value in before.items())
