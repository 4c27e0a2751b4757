"""The whole state of a training that is under way, on disk: a killed run goes on where it was.

Here belong the state, its file and the check that both settings and data are the same.  The file is
one safetensors file whose header holds the JSON part, written beside, synced and renamed: a reader
finds the old state or the new one, never half of either.  Finished models are `checkpoint`'s.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as tensors_to_bytes
from torch import Tensor

from models_ml.config import TrainConfig
from models_ml.data.corpus import Corpus
from models_ml.errors import DamagedCheckpoint, ModelError
from models_ml.transformer.network import Network
from models_ml.transformer.steps import Steps

FORMAT = 1
FILE = "state.safetensors"
# Settings that change when a state is written, or nothing at all about what is learnt.
FREE = ("save_steps",)


@dataclass
class State:
    """What moves while training: `epoch` is the one under way, `batch` how many of its batches are
    done, `total` and `count` the place losses of those.

    `best` is the lowest loss on val, `kept` the weights that had it, `since` the epochs after it.
    """

    kept: dict[str, Tensor]
    epoch: int = 1
    batch: int = 0
    total: float = 0.0
    count: int = 0
    best: float = math.inf
    since: int = 0
    seconds: float = 0.0
    curves: list[dict[str, float]] = field(default_factory=list)


def identity(corpus: Corpus, network: Network, config: TrainConfig) -> dict[str, Any]:
    """What must be equal for a training to go on: the settings, the data, and the layers with the
    weights they begin with.
    """
    settings = {name: value for name, value in config.to_dict().items() if name not in FREE}
    layers = hashlib.sha256()
    for name, value in network.state_dict().items():
        layers.update(f"{name} {value.dtype} {list(value.shape)} ".encode())
        layers.update(value.detach().cpu().contiguous().numpy().tobytes())
    return {
        "format": FORMAT,
        "settings": settings,
        "data": fingerprint(corpus),
        "first weights": layers.hexdigest(),
    }


def fingerprint(corpus: Corpus) -> str:
    """The sha256 of all that a corpus holds."""
    total = hashlib.sha256()
    for one in fields(corpus):
        values = getattr(corpus, one.name)
        if values is None:
            continue
        if values.dtype == object:
            data = json.dumps(values.tolist()).encode()
        else:
            data = np.ascontiguousarray(values).tobytes()
        total.update(f"{one.name} {values.dtype} {values.shape} ".encode())
        total.update(data)
    return total.hexdigest()


def write(folder: Path, about: dict[str, Any], state: State, steps: Steps) -> None:
    """Put the state into a folder (made if absent) in one move."""
    plain = {one.name: getattr(state, one.name) for one in fields(state) if one.name != "kept"}
    told = {"about": about, "state": plain, "steps": steps.done, "lr": steps.lr}
    tensors = {f"network.{n}": v for n, v in steps.network.state_dict().items()}
    tensors |= {f"kept.{n}": v for n, v in state.kept.items()}
    for index, moments in steps.optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{index}.{name}": value for name, value in moments.items()}
    tensors["rng"] = torch.get_rng_state()
    data = tensors_to_bytes(
        {name: value.detach().cpu().contiguous() for name, value in tensors.items()},
        {"told": json.dumps(told)},
    )
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f".{FILE}-{os.getpid()}"
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(folder / FILE)
    _sync(folder)


def _sync(folder: Path) -> None:
    """Make a rename last: the folder's own entry goes to disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read(folder: Path, about: dict[str, Any], steps: Steps) -> State | None:
    """The state in a folder, put back into network, optimiser and random numbers; None where there
    is none.

    Raises `ModelError` saying what differs when it is of another training, and `DamagedCheckpoint`
    when it cannot be read.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            told = json.loads(file.metadata()["told"])
            _check(told["about"], about, folder)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise DamagedCheckpoint(
            f"the state of the training cannot be read: {error}",
            where=str(path),
            fix="remove the folder, and training starts anew",
        ) from error
    steps.network.load_state_dict(_below(tensors, "network."))
    moments: dict[int, dict[str, Tensor]] = {}
    for name, value in _below(tensors, "optimiser.").items():
        index, key = name.split(".")
        moments.setdefault(int(index), {})[key] = value
    groups = steps.optimiser.state_dict()["param_groups"]
    steps.optimiser.load_state_dict({"state": moments, "param_groups": groups})
    steps.done, steps.lr = told["steps"], told["lr"]
    torch.set_rng_state(tensors["rng"])
    return State(kept=_below(tensors, "kept."), **told["state"])


def _below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {n.removeprefix(prefix): v for n, v in tensors.items() if n.startswith(prefix)}


def _check(there: dict[str, Any], here: dict[str, Any], folder: Path) -> None:
    """Raises `ModelError` naming the first thing in which two trainings differ."""
    if there == here:
        return
    differing = [
        f"{name} is {there['settings'].get(name)} there and {value} here"
        for name, value in here["settings"].items()
        if there["settings"].get(name) != value
    ]
    differing += [
        f"its {name} differ" if name != "format" else "its format differs"
        for name in ("data", "first weights", "format")
        if there[name] != here[name]
    ]
    raise ModelError(
        f"the state kept there is of another training: {'; '.join(differing) or 'settings differ'}",
        where=str(folder),
        fix="give another folder, or remove this one to start anew",
    )
