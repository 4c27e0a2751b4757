"""The other models of the field that were asked for: trained, kept, and a row of a table each.

Belongs here: the names that may be asked for, and the layout of the table `trained_peers`. Does not
belong here: the models (`models_ml.peers`) or their settings (`models_ml.registry`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models_ml.columns import PEERS
from stevo_dagster.defs.making import frame
from stevo_dagster.defs.models.training import keep, load_model
from stevo_dagster.errors import StevoError
from stevo_dagster.settings import Settings

Progress = Callable[[str, Mapping[str, float]], None]


@dataclass(frozen=True)
class PeerOutcome:
    """What became of one peer; `version` is null where there was too little to learn from."""

    name: str
    version: str | None
    reason: str
    config: dict[str, Any]


def asked_for(names: Sequence[str]) -> list[str]:
    """The peers among all, each once and in one order, so that equal wishes are equal settings.

    Raises:
        StevoError: a name that is none of them.
    """
    unknown = sorted(set(names) - set(PEERS))
    if unknown:
        raise StevoError(
            f"no other model is called {', '.join(repr(name) for name in unknown)}",
            where="field `peers` of the configuration of train_peers",
            fix=f"any of {', '.join(PEERS)}",
        )
    return [name for name in PEERS if name in names]


def train_and_keep_peers(
    settings: Settings,
    sequences: Any,
    config: Mapping[str, Any],
    progress: Progress | None = None,
) -> list[PeerOutcome]:
    """Train each of `config`'s `peers` with its `seed` and `threads`, and keep its checkpoint.

    `progress` is told the name of a peer and each of its epochs. Too few events are no failure.
    """
    from models_ml import registry
    from models_ml.config import TrainConfig
    from models_ml.data.corpus import encode
    from models_ml.errors import TooFewEvents
    from models_ml.peers.packing import settings_of

    corpus = encode(sequences)
    shared = TrainConfig(seed=config["seed"], threads=config["threads"])
    found = []
    for name in config["peers"]:

        def tell(state: Mapping[str, float], name: str = name) -> None:
            if progress is not None:
                progress(name, state)

        try:
            model: Any = registry.fitted(name, corpus, shared, tell)
        except TooFewEvents as error:
            found.append(PeerOutcome(name, None, error.problem, {}))
            continue
        version = keep(settings, model, [])
        found.append(PeerOutcome(name, version, "trained", settings_of(model)))
    return found


def peers_table(outcomes: Sequence[PeerOutcome]) -> Any:
    """The table `trained_peers`, one row a peer, as an Arrow table."""
    import pyarrow as pa

    columns = {
        "name": [one.name for one in outcomes],
        "model_version": [one.version for one in outcomes],
        "reason": [one.reason for one in outcomes],
        "config": [json.dumps(one.config, sort_keys=True) for one in outcomes],
    }
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def kept_peers(settings: Settings) -> dict[str, Any]:
    """The scorers of all peers that could be trained, by name.

    Raises:
        DamagedCheckpoint: files of one are missing or altered.
    """
    known = frame(settings, "trained_peers").dropna(subset=["model_version"])
    return {
        name: load_model(settings, version)
        for name, version in zip(known["name"], known["model_version"], strict=True)
    }
