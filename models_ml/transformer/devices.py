"""Where training computes: the processor or a CUDA device, and in which precision.

Here belong the choice of the device, moving inputs there, and mixed precision.  Several devices at
once are the business of `ranks`.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import fields, is_dataclass, replace
from itertools import chain
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from models_ml.errors import ModelError

T = TypeVar("T")


def chosen(name: str) -> torch.device:
    """The device a setting stands for: `auto` is CUDA where there is one; raises `ModelError` where
    `cuda` is asked for and there is none.
    """
    has_cuda = torch.cuda.is_available()
    if name == "cuda" and not has_cuda:
        raise ModelError("there is no CUDA device", where="device", fix="device auto or cpu")
    return torch.device("cuda" if has_cuda and name != "cpu" else "cpu")


def device_of(network: nn.Module) -> torch.device:
    """Where a network's weights are; the processor for one that has none of its own, as an exported
    one.
    """
    first = next(chain(network.parameters(), network.buffers()), None)
    return torch.device("cpu") if first is None else first.device


def moved(one: T, device: torch.device) -> T:
    """A dataclass with all its tensors on a device, also those of dataclasses within it; itself
    where they are there already.
    """
    assert is_dataclass(one) and not isinstance(one, type)
    changed: dict[str, Any] = {}
    for field in fields(one):
        value = getattr(one, field.name)
        if isinstance(value, Tensor):
            there: Any = value.to(device)
        else:
            there = moved(value, device) if is_dataclass(value) else value
        if there is not value:
            changed[field.name] = there
    return replace(one, **changed) if changed else one


def mixed(device: torch.device) -> AbstractContextManager[Any]:
    """bfloat16 where a CUDA device multiplies matrices; single precision elsewhere."""
    if device.type != "cuda":
        return nullcontext()
    return torch.autocast("cuda", dtype=torch.bfloat16)
