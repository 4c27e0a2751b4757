"""The texts of items folded into the table of their embeddings.

Here belongs the fold alone: whoever packs a network for answering keeps one table instead of two.
"""

from __future__ import annotations

import copy
from dataclasses import replace

import torch

from models_ml.transformer.network import Network


def folded(network: Network) -> Network:
    """A copy that answers alike and holds what texts add in the item table itself."""
    made = copy.deepcopy(network).eval()
    if made.texts is not None:
        with torch.no_grad():
            made.items.weight[:-1] += made.texts.of_all()
        made.texts = None
        made.shape = replace(made.shape, texts=0, text_width=0)
    return made
