"""What the texts of items add to their embeddings.

Here belong the vectors of the texts, as buffers, and their learned projection.  Where they come
from is in `language.vectors`.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from models_ml.language.vectors import Components


class ItemTexts(nn.Module):
    """`vectors` (items + 1, components) and a projection to the width of the item embedding.

    The last row stands for unknown items; like that of an item without text it is zero, so nothing
    is added.  `mean` and `directions` are kept so that later items can be described alike.  The
    projection begins at zero: what texts say is learned, never drawn.
    """

    def __init__(self, items: int, components: int, width: int, d_model: int) -> None:
        super().__init__()
        self.vectors: Tensor
        self.mean: Tensor
        self.directions: Tensor
        self.register_buffer("vectors", torch.zeros(items + 1, components))
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("directions", torch.zeros(width, components))
        self.project = nn.Linear(components, d_model, bias=False)
        nn.init.zeros_(self.project.weight)

    @property
    def components(self) -> Components:
        """The components that the vectors are of."""
        return Components(self.mean.numpy(), self.directions.numpy())

    def prepare(self, components: Components, vectors: np.ndarray) -> None:
        """Take the vectors (items, components) of an untrained network's items."""
        self.mean.copy_(torch.from_numpy(components.mean))
        self.directions.copy_(torch.from_numpy(components.directions))
        self.put(0, vectors)

    def put(self, first: int, vectors: np.ndarray) -> None:
        """Take the vectors of the items from the code `first` on."""
        self.vectors[first : first + len(vectors)] = torch.from_numpy(vectors)

    def forward(self, codes: Tensor) -> Tensor:
        """What is added to the embeddings of codes, (..., d_model)."""
        projected: Tensor = self.project(self.vectors[codes])
        return projected

    def of_all(self) -> Tensor:
        """What is added to the embedding of each known item, (items, d_model)."""
        projected: Tensor = self.project(self.vectors[:-1])
        return projected
