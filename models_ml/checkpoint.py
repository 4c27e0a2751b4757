"""Checkpoints: `weights.safetensors`, `model.json` and `SHA256SUMS` in one folder.

Here belong saving and loading.  No pickle is ever read: safetensors holds numbers alone, the rest
is JSON.  A file that is missing, altered or of a newer format is refused.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as tensors_from_bytes
from safetensors.torch import save as tensors_to_bytes

from models_ml.config import TrainConfig
from models_ml.errors import DamagedCheckpoint, ModelError
from models_ml.network import Network, Shape
from models_ml.pointer import PointerTransformer
from models_ml.train import Trained
from models_ml.windows import Vocabulary

FORMAT = 1
WEIGHTS, MODEL, SUMS = "weights.safetensors", "model.json", "SHA256SUMS"


def save(trained: Trained, folder: Path) -> str:
    """Write a checkpoint into a folder (made if absent) and return its version: 12 digits of the
    files' hash.

    The same training gives the same version: wall-clock times are not part of it.
    """
    model = trained.model
    weights = {name: value.contiguous() for name, value in model.network.state_dict().items()}
    curves = [{k: v for k, v in row.items() if k != "seconds"} for row in trained.curves]
    about = {
        "format": FORMAT,
        "name": model.name,
        "config": trained.config.to_dict(),
        "shape": asdict(model.network.shape),
        "vocabulary": asdict(model.vocabulary),
        "curves": curves,
    }
    files = {
        WEIGHTS: tensors_to_bytes(weights),
        MODEL: json.dumps(about, sort_keys=True, ensure_ascii=False).encode(),
    }
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / SUMS).write_text(sums)
    return version_of(sums)


def load(folder: Path) -> PointerTransformer:
    """The model of a checkpoint, ready to answer.

    Raises `DamagedCheckpoint` naming the file when one is missing, does not match its hash or
    cannot be read, and `ModelError` when the format is newer than this code.
    """
    data = _verified(folder)
    try:
        about = json.loads(data[MODEL])
        weights = tensors_from_bytes(data[WEIGHTS])
    except (ValueError, SafetensorError) as error:
        raise DamagedCheckpoint(
            f"the checkpoint cannot be read: {error}", where=str(folder)
        ) from error
    if about["format"] > FORMAT:
        raise ModelError(
            f"the checkpoint has format {about['format']}, this code reads up to {FORMAT}",
            where=str(folder),
            fix="use the version of stevo that wrote it, or train anew",
        )
    shape = Shape(**about["shape"])
    network = Network(shape, torch.zeros(shape.items, 4))
    network.load_state_dict(weights)
    network.eval()
    config = TrainConfig.from_dict(about["config"])
    return PointerTransformer(config, Vocabulary(**about["vocabulary"]), network, about["name"])


def curves(folder: Path) -> list[dict[str, Any]]:
    """The loss curve kept with a checkpoint."""
    return list(json.loads(_verified(folder)[MODEL])["curves"])


def version_of(sums: str) -> str:
    """The version that a checkpoint's list of hashes stands for."""
    return hashlib.sha256(sums.encode()).hexdigest()[:12]


def _verified(folder: Path) -> dict[str, bytes]:
    data: dict[str, bytes] = {}
    try:
        lines = (folder / SUMS).read_text().splitlines()
        listed = {line.split("  ", 1)[1]: line.split("  ", 1)[0] for line in lines}
        for name in (WEIGHTS, MODEL):
            data[name] = (folder / name).read_bytes()
    except (OSError, IndexError, UnicodeDecodeError) as error:
        raise DamagedCheckpoint(
            f"the checkpoint is incomplete: {error}", where=str(folder), fix="train the model again"
        ) from error
    for name, content in data.items():
        if hashlib.sha256(content).hexdigest() != listed.get(name):
            raise DamagedCheckpoint(
                f"{name} does not match its sha256",
                where=str(folder / name),
                fix="train the model again",
            )
    return data
