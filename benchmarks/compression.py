"""How small and how fast the forms of one network are, beside the full one in 32 bits.

Run: `python -m benchmarks.compression [--people N] [--days N] [--width N] [--rounds N]
[--threads N]`.  The city is simulated and the training short: sizes and times do not depend on how
well a network was trained.  Prints JSON: of each form its parameters, bytes and milliseconds
(median and 95th percentile of one question and of 64), and `ratio`, the full network's median for
64 over the form's.

Belongs here: measuring. Does not belong here: accuracy, which `with_data/compression.py` has.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from models_ml.compression.distil import distil
from models_ml.compression.prune import UNITS, Pruned, cut, importance
from models_ml.compression.variants import latency, variants
from models_ml.config import TrainConfig
from models_ml.data import sequences
from models_ml.data.corpus import Corpus, encode, queries_for_rows, target_rows
from models_ml.transformer.pointer import PointerTransformer
from models_ml.transformer.train import fit
from stevo_dagster.sources.simulator.run import simulate

SIZES = (1, 64)
SHARE = 0.5
TAUGHT = 2_000


def main(argv: Sequence[str] | None = None) -> None:
    """Train, make every form, time them in turns and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args(argv)
    config = TrainConfig(
        epochs=1, d_model=given.width, max_train_events=TAUGHT, threads=given.threads
    )
    corpus = simulated(given.people, given.days)
    model = fit(corpus, config).model
    student = distil(model, corpus, replace(config, d_model=given.width // 2), TAUGHT).model
    forms = variants(model, halved(model, corpus, config), student, corpus)
    torch.set_num_threads(given.threads)
    queries = queries_for_rows(corpus, target_rows(corpus, "test"))
    models = [one.model for one in forms]
    taken = {size: latency(models, corpus, queries, size, given.rounds) for size in SIZES}
    rows = []
    for i, one in enumerate(forms):
        row = {"form": one.name, "parameters": one.parameters, "bytes": one.size}
        for size in SIZES:
            p50, p95 = np.percentile(taken[size][i], [50, 95])
            row |= {f"p50_ms_of_{size}": round(p50, 2), f"p95_ms_of_{size}": round(p95, 2)}
        ratio = np.median(taken[64][0]) / np.median(taken[64][i])
        rows.append(row | {"ratio": round(float(ratio), 2)})
    about = {"people": given.people, "events": len(corpus), "places": len(corpus.items)}
    about |= {"width": given.width, "threads": given.threads}
    print(json.dumps(about | {"peer": "full network in 32 bits by torch", "forms": rows}))


def simulated(people: int, days: int) -> Corpus:
    """A simulated city without dirt."""
    with tempfile.TemporaryDirectory() as made:
        found = simulate(Path(made), people=people, days=days, seed=7, dirt=0, format="parquet")
        return encode(sequences.build(pd.read_parquet(found.events)))


def halved(model: PointerTransformer, corpus: Corpus, config: TrainConfig) -> Pruned:
    """Half of every kind of unit cut away, whatever that costs: nothing is tuned or measured."""
    shape = model.network.shape.resolved()
    sizes = {unit: max(round(SHARE * getattr(shape, unit)), 1) for unit in UNITS}
    return Pruned(cut(model, importance(model, corpus, config), sizes), SHARE, [])


if __name__ == "__main__":
    main()
