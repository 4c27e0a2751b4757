"""Weights in 8 bits: a quarter of the bytes, and products of whole numbers.

Here belong the 8-bit layers and the exchange of a network's layers for them.  They hold plain
tensors, so `checkpoint` saves and loads such a network like any other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from models_ml.compression.fold import folded
from models_ml.transformer.network import Network
from models_ml.transformer.pointer import PointerTransformer

LARGEST = 127
# It sees another number of rows with every batch, and oneDNN keeps a kernel for each number.
LEFT_ALONE = "wide"


def quantised(model: PointerTransformer) -> PointerTransformer:
    """The model in 8 bits, as accurate as rounding leaves it; the one given is left alone.

    Dynamic quantisation (Jacob et al., 2018): a scale for each row of a weight, fixed now, and one
    for each vector that comes in.  torch's own `quantize_dynamic` is deprecated, and its weights
    can be kept only by pickle.
    """
    name = f"{model.name}_int8"
    return replace(model, network=in_int8(model.network), name=name)


def in_int8(network: Network) -> Network:
    """A copy of a network whose linear layers and embeddings hold 8-bit weights; what texts add to
    items is in their embeddings.
    """
    made = folded(network)
    for name, layer in list(made.named_modules()):
        if name.startswith(LEFT_ALONE) or not isinstance(layer, nn.Linear | nn.Embedding):
            continue
        parent = made.get_submodule(name.rpartition(".")[0])
        new = Int8Linear(layer) if isinstance(layer, nn.Linear) else Int8Embedding(layer)
        setattr(parent, name.rpartition(".")[2], new)
    return made


class Int8Linear(nn.Module):
    """A linear layer of 8-bit weights (out, in) with a scale a row; inputs are rounded a vector."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        whole, scale = rounded(layer.weight.detach())
        self.whole: Tensor
        self.scale: Tensor
        self.bias: Tensor
        self.register_buffer("whole", whole)
        self.register_buffer("scale", scale.squeeze(-1))
        self.register_buffer("bias", layer.bias.detach().clone())

    def forward(self, x: Tensor) -> Tensor:
        """(..., in) to (..., out)."""
        flat = x.reshape(-1, x.shape[-1])
        whole, scale = rounded(flat)
        backend: Any = torch.backends.mkldnn
        before = backend.enabled
        # Without oneDNN the product of whole numbers is a hundred times slower.
        backend.enabled = True
        try:
            product = torch._int_mm(whole, self.whole.t())
        finally:
            backend.enabled = before
        result = torch.addcmul(self.bias, product * scale, self.scale)
        return result.view(*x.shape[:-1], -1)


class Int8Embedding(nn.Module):
    """A table of 8-bit vectors with a scale a row."""

    def __init__(self, layer: nn.Embedding) -> None:
        super().__init__()
        whole, scale = rounded(layer.weight.detach())
        self.whole: Tensor
        self.scale: Tensor
        self.register_buffer("whole", whole)
        self.register_buffer("scale", scale)

    @property
    def weight(self) -> Tensor:
        """The whole table, float32."""
        return self.whole * self.scale

    def forward(self, codes: Tensor) -> Tensor:
        """The vectors of codes, float32."""
        return self.whole[codes] * self.scale[codes]


def rounded(values: Tensor) -> tuple[Tensor, Tensor]:
    """(int8 of the same shape, scale (..., 1)) whose product is nearest to the values."""
    scale = values.abs().amax(-1, keepdim=True).clamp_min(1e-12) / LARGEST
    return torch.round(values / scale).to(torch.int8), scale
