"""Training in several processes: the command that torchrun starts in each.

    torchrun --nproc-per-node 2 -m models_ml.transformer.distributed SEQUENCES.parquet --out FOLDER

Here belongs the command line.  What the processes do together is in `ranks` and `train`: every
batch is cut into shares, gradients are summed, and the first process validates and writes; so the
outcome is that of one process with `accumulate` times as many parts.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from models_ml.config import TrainConfig
from models_ml.data.corpus import encode
from models_ml.transformer.ranks import joined
from models_ml.transformer.train import fit


def main(argv: Sequence[str] | None = None) -> None:
    """Train on a sequences table, write a checkpoint folder and print its version and curve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sequences", type=Path, help="the sequences table, Parquet")
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoint")
    parser.add_argument("--config", type=Path, help="settings of TrainConfig, JSON")
    parser.add_argument("--resume", type=Path, help="folder for the state of the training")
    given = parser.parse_args(argv)
    values = json.loads(given.config.read_text()) if given.config else {}
    config = TrainConfig.from_dict(values)
    with joined(config.device) as ranks:
        corpus = encode(pd.read_parquet(given.sequences))
        found = fit(corpus, config, resume=given.resume, ranks=ranks)
        if ranks.is_first:
            from models_ml import checkpoint

            version = checkpoint.save(found.model, found.curves, given.out)
            print(json.dumps({"version": version, "curves": found.curves}))


if __name__ == "__main__":
    main()
