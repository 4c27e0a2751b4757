"""Checkpoints: `weights.safetensors`, `model.json`, their `SHA256SUMS` in one folder.

Here belong saving and loading, and the form of our own models; that of the peers is
`peers.packing`'s.  No pickle is ever read: safetensors holds numbers alone, the rest is JSON, and
LightGBM's own text (`ranker.txt`) where there is a ranker.  A model made of two (the marginal) has
a folder for each, whose sums are among its own.  A file that is missing, altered or of a newer
format is refused.
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
from torch import Tensor

from models_ml.columns import MARGINAL, PEERS
from models_ml.compression.quantise import in_int8
from models_ml.config import RankerConfig, TrainConfig
from models_ml.data.gaps import GapBins
from models_ml.deep_ensemble import DeepEnsemble
from models_ml.ensemble import Ensemble
from models_ml.errors import DamagedCheckpoint, ModelError
from models_ml.gap_counts import GapCounts
from models_ml.marginal import Marginal
from models_ml.peers.model import SequenceModel
from models_ml.peers.neighbours import Neighbours
from models_ml.peers.packing import packed, unpacked
from models_ml.ranker import Ranker
from models_ml.ranker.proposals import Surroundings
from models_ml.scorer import Scorer, TimeForecaster
from models_ml.transformer.calibrate import Calibration
from models_ml.transformer.network import Network, Shape
from models_ml.transformer.pointer import PointerTransformer
from models_ml.transformer.windows import Vocabulary

FORMAT = 3
WEIGHTS, MODEL, TREES, SUMS = "weights.safetensors", "model.json", "ranker.txt", "SHA256SUMS"
AROUND, MEMBER = "ranker.around", "member."
TOLD, UNTOLD = "told", "untold"
PARTS = (f"{TOLD}/{SUMS}", f"{UNTOLD}/{SUMS}")
Kept = PointerTransformer | DeepEnsemble | Ensemble | Marginal | SequenceModel | Neighbours


def save(model: Scorer, curves: Sequence[Mapping[str, Any]], folder: Path) -> str:
    """Write a checkpoint into a folder (made if absent) and return its version: 12 digits of the
    files' hash.

    The same training gives the same version: wall-clock times are not part of it.  Raises
    `ModelError` for a model that has nothing to keep, such as a baseline.
    """
    about, files = _files(model, folder)
    about |= {
        "format": FORMAT,
        "curves": [{k: v for k, v in row.items() if k != "seconds"} for row in curves],
    }
    files[MODEL] = json.dumps(about, sort_keys=True, ensure_ascii=False).encode()
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / SUMS).write_text(sums)
    return version_of(sums)


def load(folder: Path) -> Kept:
    """The model of a checkpoint, ready to answer.

    Raises `DamagedCheckpoint` naming the file when one is missing, does not match its hash, cannot
    be read or is another model's, and `ModelError` when the format is newer than this code.
    """
    data = _verified(folder)
    try:
        about = json.loads(data[MODEL])
        tensors = tensors_from_bytes(data[WEIGHTS]) if WEIGHTS in data else {}
    except (ValueError, SafetensorError) as error:
        raise DamagedCheckpoint(
            f"the checkpoint cannot be read: {error}", where=str(folder)
        ) from error
    if not isinstance(about, dict) or "format" not in about:
        raise DamagedCheckpoint(
            f"{MODEL} is not a model of stevo's", where=str(folder / MODEL), fix="train it again"
        )
    if about["format"] != FORMAT:
        raise ModelError(
            f"the checkpoint has format {about['format']}, this code reads {FORMAT}",
            where=str(folder),
            fix="use the version of stevo that wrote it, or train anew",
        )
    try:
        return _model(about, tensors, data, folder)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise DamagedCheckpoint(
            f"{MODEL} and the files beside it are not of one model: {error}",
            where=str(folder / MODEL),
            fix="train the model again",
        ) from error


def _files(model: Scorer, folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """(what `model.json` says of a model, its other files); a marginal's two parts are written."""
    if isinstance(model, Marginal):
        for name, part in ((TOLD, model.told), (UNTOLD, model.untold)):
            save(part, [], folder / name)
        about = {"name": model.name, "forecaster": _forecaster_values(model)}
        return about, {name: (folder / name).read_bytes() for name in PARTS}
    files: dict[str, bytes] = {}
    if isinstance(model, (SequenceModel, Neighbours)):
        about, tensors = packed(model)
    elif isinstance(model, PointerTransformer | DeepEnsemble):
        about, tensors = _network_values(model)
    elif isinstance(model, Ensemble):
        about, tensors = _network_values(model.network)
        tensors[AROUND] = torch.from_numpy(model.ranker.surroundings.around)
        files[TREES] = model.ranker.trees.model_to_string().encode()
        about["ranker"] = _ranker_values(model)
    else:
        raise ModelError(f"a checkpoint cannot keep a {type(model).__name__}", where=model.name)
    return about, {**files, WEIGHTS: tensors_to_bytes(tensors)}


def _network_values(
    model: PointerTransformer | DeepEnsemble,
) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """What a network, or several of one vocabulary, are made of."""
    first, *others = model.members if isinstance(model, DeepEnsemble) else (model,)
    about = {**_own_values(first), "vocabulary": asdict(first.vocabulary)}
    tensors = _tensors(first)
    if isinstance(model, DeepEnsemble):
        about["members"] = [_own_values(one) for one in others]
        about["temperature"] = model.temperature
        for number, one in enumerate(others, start=1):
            tensors |= {f"{MEMBER}{number}.{name}": v for name, v in _tensors(one).items()}
    return about, tensors


def _own_values(model: PointerTransformer) -> dict[str, Any]:
    """What is one network's own, beside its weights."""
    return {
        "name": model.name,
        "config": model.config.to_dict(),
        "shape": asdict(model.network.shape),
        "learnt": model.learnt,
        "calibration": asdict(model.calibration),
    }


def _tensors(model: PointerTransformer) -> dict[str, Tensor]:
    return {name: value.contiguous() for name, value in model.network.state_dict().items()}


def _ranker_values(model: Ensemble) -> dict[str, Any]:
    ranker = model.ranker
    return {
        "config": ranker.config.to_dict(),
        "places": ranker.surroundings.names,
        "temperature": ranker.temperature,
        "elsewhere": ranker.elsewhere,
        "learnt": ranker.learnt,
        "weight": model.weight,
        "novelty": model.novelty,
    }


def _forecaster_values(model: Marginal) -> dict[str, Any] | None:
    """What makes a counting forecaster; None where it is the model that is not told the time."""
    if model.forecaster is model.untold:
        return None
    if not isinstance(model.forecaster, GapCounts):
        raise ModelError(
            f"a checkpoint cannot keep a {type(model.forecaster).__name__}", where=model.name
        )
    return asdict(model.forecaster)


def _model(
    about: Mapping[str, Any], tensors: dict[str, Tensor], data: Mapping[str, bytes], folder: Path
) -> Kept:
    if about["name"] == MARGINAL:
        return _marginal(about, folder)
    if about["name"] in PEERS:
        return unpacked(about, tensors)
    around = tensors.pop(AROUND, None)
    network = _network(about, tensors)
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


def _marginal(about: Mapping[str, Any], folder: Path) -> Marginal:
    told, untold = load(folder / TOLD), load(folder / UNTOLD)
    if not isinstance(untold, PointerTransformer):
        raise TypeError(f"{untold.name} forecasts no time")
    kept = about["forecaster"]
    forecaster: TimeForecaster = untold
    if kept is not None:
        bins = GapBins(tuple(kept["bins"]["edges"]), kept["bins"]["tail"])
        forecaster = GapCounts(bins, kept["own"])
    return Marginal(told, untold, forecaster)


def _network(
    about: Mapping[str, Any], tensors: dict[str, Tensor]
) -> PointerTransformer | DeepEnsemble:
    vocabulary = Vocabulary(**about["vocabulary"])
    others = [
        _pointer(one, vocabulary, _taken(tensors, f"{MEMBER}{number}."))
        for number, one in enumerate(about.get("members", []), start=1)
    ]
    first = _pointer(about, vocabulary, tensors)
    return DeepEnsemble((first, *others), about["temperature"]) if others else first


def _pointer(
    about: Mapping[str, Any], vocabulary: Vocabulary, tensors: Mapping[str, Tensor]
) -> PointerTransformer:
    """One network from what `_own_values` kept and its weights."""
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


def _taken(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
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
        own = (MODEL, *PARTS) if PARTS[0] in listed else (MODEL, WEIGHTS)
        for name in (*own, *(one for one in listed if one == TREES)):
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
