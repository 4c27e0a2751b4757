"""A peer as plain values and tensors, and back: what a checkpoint keeps of it.

Here belongs what has to be kept so that every score comes back to the bit.  Files, hashes and their
check are the business of `models_ml.checkpoint`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from scipy import sparse
from torch import Tensor

from models_ml.config import PeerConfig
from models_ml.peers.loop import ENCODERS, network_for
from models_ml.peers.model import SequenceModel
from models_ml.peers.neighbours import Neighbours
from models_ml.transformer.windows import Vocabulary

Packed = tuple[dict[str, Any], dict[str, Tensor]]
CHOSEN = ("neighbours", "recency", "strength")
VISITS = ("data", "indices", "indptr")


def settings_of(model: SequenceModel | Neighbours) -> dict[str, Any]:
    """What a network was trained with, or what neighbours chose on val."""
    if isinstance(model, Neighbours):
        return {name: getattr(model, name) for name in CHOSEN}
    return model.config.to_dict()


def packed(model: SequenceModel | Neighbours) -> Packed:
    """(values for JSON, tensors) of a peer: a network's settings, vocabulary and weights; of
    neighbours the names, the visits counted and the settings chosen.
    """
    if isinstance(model, Neighbours):
        about = {
            "name": model.name,
            "people": [str(name) for name in model.people],
            "places": [str(name) for name in model.places],
            **settings_of(model),
        }
        return about, {
            name: torch.from_numpy(np.ascontiguousarray(getattr(model.visits, name)))
            for name in VISITS
        }
    about = {
        "name": model.name,
        "config": settings_of(model),
        "vocabulary": asdict(model.vocabulary),
        "seen": model.seen,
    }
    return about, {name: value.contiguous() for name, value in model.network.state_dict().items()}


def unpacked(about: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> SequenceModel | Neighbours:
    """The peer, ready to answer.

    Raises `KeyError`, `TypeError`, `ValueError` or `RuntimeError` where the two do not make one.
    """
    if about["name"] not in ENCODERS:
        people, places = (np.array(about[name], dtype=object) for name in ("people", "places"))
        counts = tuple(tensors[name].numpy() for name in VISITS)
        visits = sparse.csr_matrix(counts, shape=(len(people), len(places)))
        chosen = {name: about[name] for name in CHOSEN}
        return Neighbours(about["name"], people, places, visits, **chosen)
    config, vocabulary = PeerConfig.from_dict(about["config"]), Vocabulary(**about["vocabulary"])
    network = network_for(about["name"], vocabulary, config)
    network.load_state_dict(tensors)
    network.eval()
    return SequenceModel(about["name"], config, vocabulary, network, about["seen"])
