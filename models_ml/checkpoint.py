"""Checkpoints: `weights.safetensors`, `model.json`, their `SHA256SUMS` in one folder.

Here belong saving and loading.  No pickle is ever read: safetensors holds numbers alone, the rest
is JSON, and LightGBM's own text (`ranker.txt`) where there is a ranker.  A file that is missing,
altered or of a newer format is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import lightgbm
import torch
from safetensors import SafetensorError
from safetensors.torch import load as tensors_from_bytes
from safetensors.torch import save as tensors_to_bytes

from models_ml.compression.quantise import in_int8
from models_ml.config import RankerConfig, TrainConfig
from models_ml.deep_ensemble import DeepEnsemble
from models_ml.ensemble import Ensemble
from models_ml.errors import DamagedCheckpoint, ModelError
from models_ml.ranker import Ranker
from models_ml.ranker.proposals import Surroundings
from models_ml.transformer.calibrate import Calibration
from models_ml.transformer.network import Network, Shape
from models_ml.transformer.pointer import PointerTransformer
from models_ml.transformer.windows import Vocabulary

FORMAT = 3
WEIGHTS, MODEL, TREES, SUMS = "weights.safetensors", "model.json", "ranker.txt", "SHA256SUMS"
AROUND, MEMBER = "ranker.around", "member."


def save(
    model: PointerTransformer | DeepEnsemble | Ensemble,
    curves: Sequence[Mapping[str, Any]],
    folder: Path,
) -> str:
    """Write a checkpoint into a folder (made if absent) and return its version: 12 digits of the
    files' hash.

    The same training gives the same version: wall-clock times are not part of it.
    """
    network = model.network if isinstance(model, Ensemble) else model
    first, *others = network.members if isinstance(network, DeepEnsemble) else (network,)
    tensors = _tensors(first)
    about = {
        "format": FORMAT,
        **_about(first),
        "vocabulary": asdict(first.vocabulary),
        "curves": [{k: v for k, v in row.items() if k != "seconds"} for row in curves],
    }
    if isinstance(network, DeepEnsemble):
        about["members"] = [_about(one) for one in others]
        about["temperature"] = network.temperature
        for number, one in enumerate(others, start=1):
            tensors |= {f"{MEMBER}{number}.{name}": v for name, v in _tensors(one).items()}
    files: dict[str, bytes] = {}
    if isinstance(model, Ensemble):
        ranker = model.ranker
        tensors[AROUND] = torch.from_numpy(ranker.surroundings.around)
        files[TREES] = ranker.trees.model_to_string().encode()
        about["ranker"] = {
            "config": ranker.config.to_dict(),
            "places": ranker.surroundings.names,
            "temperature": ranker.temperature,
            "elsewhere": ranker.elsewhere,
            "learnt": ranker.learnt,
            "weight": model.weight,
            "novelty": model.novelty,
        }
    files[WEIGHTS] = tensors_to_bytes(tensors)
    files[MODEL] = json.dumps(about, sort_keys=True, ensure_ascii=False).encode()
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / SUMS).write_text(sums)
    return version_of(sums)


def _about(model: PointerTransformer) -> dict[str, Any]:
    """What is one network's own, beside its weights."""
    return {
        "name": model.name,
        "config": model.config.to_dict(),
        "shape": asdict(model.network.shape),
        "learnt": model.learnt,
        "calibration": asdict(model.calibration),
    }


def _tensors(model: PointerTransformer) -> dict[str, torch.Tensor]:
    return {name: value.contiguous() for name, value in model.network.state_dict().items()}


def load(folder: Path) -> PointerTransformer | DeepEnsemble | Ensemble:
    """The model of a checkpoint, ready to answer.

    Raises `DamagedCheckpoint` naming the file when one is missing, does not match its hash or
    cannot be read, and `ModelError` when the format is newer than this code.
    """
    data = _verified(folder)
    try:
        about = json.loads(data[MODEL])
        tensors = tensors_from_bytes(data[WEIGHTS])
    except (ValueError, SafetensorError) as error:
        raise DamagedCheckpoint(
            f"the checkpoint cannot be read: {error}", where=str(folder)
        ) from error
    if about["format"] != FORMAT:
        raise ModelError(
            f"the checkpoint has format {about['format']}, this code reads {FORMAT}",
            where=str(folder),
            fix="use the version of stevo that wrote it, or train anew",
        )
    around = tensors.pop(AROUND, None)
    vocabulary = Vocabulary(**about["vocabulary"])
    others = [
        _pointer(one, vocabulary, _taken(tensors, f"{MEMBER}{number}."))
        for number, one in enumerate(about.get("members", []), start=1)
    ]
    first = _pointer(about, vocabulary, tensors)
    network = DeepEnsemble((first, *others), about["temperature"]) if others else first
    if around is None:
        return network
    kept = about["ranker"]
    ranker = Ranker(
        RankerConfig.from_dict(kept["config"]),
        Surroundings(kept["places"], around.numpy()),
        _trees(data, folder),
        kept["temperature"],
        kept["elsewhere"],
        learnt=kept.get("learnt"),
    )
    return Ensemble(network, ranker, kept["weight"], kept["novelty"])


def _pointer(
    about: Mapping[str, Any], vocabulary: Vocabulary, tensors: dict[str, torch.Tensor]
) -> PointerTransformer:
    """One network from what `_about` kept and its weights."""
    shape = Shape(**about["shape"])
    network = Network(shape, torch.zeros(shape.items, 4))
    if any(value.dtype == torch.int8 for value in tensors.values()):
        network = in_int8(network)
    network.load_state_dict(tensors)
    network.eval()
    return PointerTransformer(
        TrainConfig.from_dict(about["config"]),
        vocabulary,
        network,
        about["name"],
        Calibration(**about["calibration"]),
        about.get("learnt"),
    )


def _taken(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    """Take the weights below a prefix out of all."""
    names = [name for name in tensors if name.startswith(prefix)]
    return {name.removeprefix(prefix): tensors.pop(name) for name in names}


def _trees(data: Mapping[str, bytes], folder: Path) -> lightgbm.Booster:
    try:
        return lightgbm.Booster(model_str=data[TREES].decode())
    except (KeyError, UnicodeDecodeError, lightgbm.basic.LightGBMError) as error:
        raise DamagedCheckpoint(
            f"{TREES} is missing or cannot be read: {error}",
            where=str(folder),
            fix="train the model again",
        ) from error


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
        for name in (WEIGHTS, MODEL, *(one for one in listed if one == TREES)):
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
