"""From the network's output to categories, cells and times, in the model's own codes.

Here belongs what the heads beside the place say, and what the place mixture says of the same things
when it is summed.  The scorer interface is in `pointer`, the choice between the two in `calibrate`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models_ml.transformer.network import Output
from models_ml.transformer.windows import Tokens, Vocabulary

FLOOR = 1e-6


@dataclass(frozen=True)
class Beside:
    """What is said beside the place, float64, one row a question: log shares of `kinds`; shares of
    categories and cells, by their head and by summing places; shares of the bins of `gaps`.
    """

    kinds: np.ndarray
    categories: tuple[np.ndarray, np.ndarray]
    cells: tuple[np.ndarray, np.ndarray]
    gaps: np.ndarray


def beside(
    output: Output, keys: np.ndarray, table: Tokens, vocabulary: Vocabulary, size: int
) -> Beside:
    """Of the first `size` questions of a batch; `keys` (N, L) are the rows its pointers take."""
    category = summed(output, keys, table, table.category_code, vocabulary.item_category)
    cell = summed(output, keys, table, table.cell_code, vocabulary.item_cell)
    categories, cells = output.categories.double().exp(), output.cells.double().exp()

    def first(values: Tensor) -> np.ndarray:
        return values[:size].double().numpy()

    return Beside(
        kinds=first(output.kinds),
        categories=(first(categories), first(category[:, : categories.shape[1]])),
        cells=(first(cells), first(cell[:, : cells.shape[1]])),
        gaps=first(output.gaps.double().exp()),
    )


def joined(parts: list[Beside]) -> Beside:
    """Batches laid end to end."""

    def both(name: str) -> tuple[np.ndarray, np.ndarray]:
        pairs = [getattr(part, name) for part in parts]
        return np.concatenate([a for a, _ in pairs]), np.concatenate([b for _, b in pairs])

    return Beside(
        np.concatenate([part.kinds for part in parts]),
        both("categories"),
        both("cells"),
        np.concatenate([part.gaps for part in parts]),
    )


def summed(
    output: Output, keys: np.ndarray, table: Tokens, code: Tensor, of_item: list[int]
) -> Tensor:
    """The place mixture summed by a property of places, float64 (N, size + 1), unknown ones last.

    `code` (n + 1,) is the property of each event, its last entry (a blank event's) being `size`;
    `of_item` is that of each place of the vocabulary, as training saw it: what a place turns out to
    be later moves nothing.
    """
    rows = torch.from_numpy(keys)
    result = torch.zeros(len(keys), int(code[-1]) + 1, dtype=torch.float64)
    vocabulary = (output.gates[:, 2:] + output.vocabulary).double().exp()
    result.index_add_(1, torch.tensor(of_item, dtype=torch.int64), vocabulary)
    for i, (weights, events) in enumerate(
        ((output.place, rows), (output.successor, table.following[rows]))
    ):
        share = (output.gates[:, i : i + 1] + weights).double().exp()
        result.scatter_add_(1, code[events], share)
    return result


def spread(pair: tuple[np.ndarray, np.ndarray], places: float, codes: np.ndarray) -> np.ndarray:
    """Head and summed places, mixed (`places` is the share of the latter), for the names of a
    corpus; see `named`.
    """
    return named((1.0 - places) * pair[0] + places * pair[1], codes)


def named(shares: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Probabilities (m, own codes) for the names of a corpus: `codes` (k,) are theirs here; one
    that is not known has a little. (m, k).
    """
    known = codes < shares.shape[1]
    result = np.full((len(shares), len(codes)), FLOOR)
    result[:, known] += shares[:, codes[known]]
    return result
