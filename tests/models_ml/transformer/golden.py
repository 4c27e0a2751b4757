"""The loss curve that training on the tiny city must give, as long as nothing means to change it.

Rewrite `golden_loss.json` after a change that is meant to change the losses:
`python -m tests.models_ml.transformer.golden`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from models_ml.data import sequences
from models_ml.transformer.train import train
from tests.models_ml.conftest import TINY, make_events

FILE = Path(__file__).with_name("golden_loss.json")
CONFIG = replace(TINY, epochs=3, device="cpu")


def losses() -> list[dict[str, float]]:
    """Both losses of each epoch, as trained now."""
    found = train(sequences.build(make_events()), CONFIG)
    return [{name: row[name] for name in ("train_loss", "val_loss")} for row in found.curves]


if __name__ == "__main__":
    FILE.write_text(json.dumps(losses(), indent=1) + "\n")
