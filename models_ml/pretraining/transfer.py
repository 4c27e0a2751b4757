"""What a model takes over from a pre-trained one, and what stays fresh.

Here belong the pre-trained weights as a value and their way into another network.  Whatever
belongs to one city alone is never taken over; kinds and categories are matched by name.  The texts
of items are left out as well: each city's components are its own, so a projection of others says
nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from models_ml.errors import ModelError
from models_ml.transformer.pointer import PointerTransformer
from models_ml.transformer.windows import Vocabulary

# Places, cells and the bins of gaps are each city's own.
OF_ONE_CITY = (
    "items.weight",
    "item_bias",
    "item_points",
    "to_cells.weight",
    "to_cells.bias",
    "to_gaps.prior",
    "to_gaps.day",
    "to_gaps.week",
    "to_gaps.from_state.weight",
    "to_gaps.from_state.bias",
    "to_gaps.trust",
)
OF_TEXTS = "texts."
BY_NAME = {
    "kinds.weight": "kinds",
    "to_kinds.weight": "kinds",
    "to_kinds.bias": "kinds",
    "categories.weight": "categories",
    "to_categories.weight": "categories",
    "to_categories.bias": "categories",
}


@dataclass(frozen=True, eq=False)
class Pretrained:
    """The weights of a pre-trained network, the names its rows stand for, the objective they were
    trained with, and the mean loss of each epoch.
    """

    weights: dict[str, Tensor]
    vocabulary: Vocabulary
    objective: str
    losses: list[float]


@dataclass(frozen=True)
class Transfer:
    """What came over: parameters `copied` whole, for each parameter of named rows (rows matched,
    rows there are), and parameters left `fresh`.
    """

    copied: list[str]
    matched: dict[str, tuple[int, int]]
    fresh: list[str]


def begin_from(model: PointerTransformer, start: Pretrained) -> Transfer:
    """Write pre-trained weights into an untrained model, in place.

    Raises `ModelError` when a parameter that depends on no vocabulary has another size.
    """
    copied: list[str] = []
    matched: dict[str, tuple[int, int]] = {}
    fresh: list[str] = []
    with torch.no_grad():
        for name, own in model.network.state_dict().items():
            given = start.weights.get(name)
            if name in OF_ONE_CITY or name.startswith(OF_TEXTS) or given is None:
                fresh.append(name)
            elif name in BY_NAME:
                matched[name] = _rows(name, own, given, model.vocabulary, start.vocabulary)
            else:
                _check(name, own, given)
                own.copy_(given)
                copied.append(name)
    return Transfer(copied, matched, fresh)


def _rows(
    name: str, own: Tensor, given: Tensor, here: Vocabulary, there: Vocabulary
) -> tuple[int, int]:
    """Copy the rows whose name both know, and the row of an unknown name where there is one."""
    _check(name, own[0], given[0])
    names, others = getattr(here, BY_NAME[name]), getattr(there, BY_NAME[name])
    index = {other: code for code, other in enumerate(others)}
    known = [(code, index[one]) for code, one in enumerate(names) if one in index]
    for code, other in known:
        own[code] = given[other]
    if len(own) > len(names):
        own[len(names)] = given[len(others)]
    return len(known), len(names)


def _check(name: str, own: Tensor, given: Tensor) -> None:
    if own.shape != given.shape:
        raise ModelError(
            f"{name} has shape {tuple(given.shape)} in the pre-trained model, "
            f"{tuple(own.shape)} in this one",
            where="pretraining.transfer",
            fix="pre-train with the same d_model and heads",
        )
