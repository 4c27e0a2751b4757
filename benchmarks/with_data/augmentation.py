"""Does it help to vary the histories in training: windows cropped, places hidden, times moved?

Run: `python -m benchmarks.with_data.augmentation FOLDER [--epochs N] [--newest N] [--width N]
[--share X] [--seed N] [--threads N] [--docs PAGE]`. FOLDER holds train, val and test.csv.gz, of
which test is not read. Each way alone, and all together, is trained like the peer, which varies
nothing, on the newest `--newest` questions of train; `--share` is that of chunks cropped, of places
hidden and of times moved (half of it, each, for all together). Prints JSON: metrics on the scored
events of val, paired gains over the peer with 95% intervals over users, and `ratio`, the best MRR
over the peer's.  Val also stops each training early, and alike.

Belongs here: which trainings, gains, the table. Does not belong here: augmentation, metrics.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.pages.tables import with_table
from models_ml.config import TrainConfig
from models_ml.data.corpus import encode, queries_for_rows
from models_ml.evaluation import benchmark
from models_ml.evaluation.evaluate import answer
from models_ml.evaluation.metrics import intervals, per_instance, resample
from models_ml.transformer.train import fit

TABLE = "augmentation"
PEER = "none"
SHARES = {"crop": "crop_share", "mask": "mask_share", "jitter": "jitter_share"}
SHOWN = ("acc@1", "acc@10", "mrr")
SIZE = ("epochs", "newest", "width", "share", "seed")


def main(argv: Sequence[str] | None = None) -> int:
    """Train, measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--newest", type=int, default=24_000)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--share", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--docs", type=Path)
    given = parser.parse_args(argv)
    config = TrainConfig(
        seed=given.seed,
        epochs=given.epochs,
        d_model=given.width,
        max_train_events=given.newest,
        threads=given.threads,
    )
    runs = measured(given.folder, config, given.share)
    ratio = max(run["mrr"] for run in runs[1:]) / runs[0]["mrr"]
    size = {name: getattr(given, name) for name in SIZE}
    found = {"benchmark": given.folder.name, "peer": PEER, "ratio": round(ratio, 3), **size}
    print(json.dumps({**found, "runs": runs}))
    if given.docs is not None:
        text = f"{caption(given.folder.name, size, runs)}\n\n{table(runs)}"
        given.docs.write_text(with_table(given.docs.read_text(), TABLE, text))
    return 0


def ways(share: float) -> dict[str, dict[str, float]]:
    """The settings of each training, the peer's first."""
    alone = {way: {name: share} for way, name in SHARES.items()}
    return {PEER: {}, **alone, "all": dict.fromkeys(SHARES.values(), share / 2)}


def measured(folder: Path, config: TrainConfig, share: float) -> list[dict[str, Any]]:
    """One row a training, all on the same questions of val."""
    events = benchmark.read(folder, splits=("train", "val"))
    corpus = encode(benchmark.sequences_of(events))
    queries = queries_for_rows(corpus, benchmark.scored_rows(corpus, events, "val"))
    ids, draws = resample(queries.user)
    values, runs = [], []
    for way, shares in ways(share).items():
        began = time.monotonic()
        trained = fit(corpus, replace(config, **shares))
        seconds = round(time.monotonic() - began, 1)
        ranks = per_instance(answer(trained.model, corpus, queries).ranks)
        values.append(np.stack([ranks[name] for name in SHOWN], axis=1))
        gain = values[-1] - values[0]
        low, high = intervals(gain, ids, draws)
        run: dict[str, Any] = {"augmentation": way, "questions": len(queries)}
        run |= {"users": draws.shape[1], "seconds": seconds}
        run |= {name: trained.curves[-1][name] for name in ("train_loss", "val_loss")}
        for i, name in enumerate(SHOWN):
            run[name] = round(float(values[-1][:, i].mean()), 4)
            interval = (float(gain[:, i].mean()), float(low[i]), float(high[i]))
            run[f"{name}_gain"] = [round(x, 4) for x in interval]
        runs.append(run)
    return runs


def caption(name: str, size: dict[str, Any], runs: Sequence[dict[str, Any]]) -> str:
    """What the table was measured with."""
    return (
        f"Measured on val of `{name}`: {runs[0]['questions']:,} questions of"
        f" {runs[0]['users']:,} users; {size['epochs']} epochs on the newest {size['newest']:,}"
        f" questions of train, width {size['width']}, share {size['share']}"
        f" ({size['share'] / 2} each for all together), seed {size['seed']}."
    )


def table(runs: Sequence[dict[str, Any]]) -> str:
    """The Markdown table."""
    lines = [
        "| augmentation | Acc@1 | gain | Acc@10 | gain | MRR | gain | s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for run in runs:
        cells = [run["augmentation"]]
        for name in SHOWN:
            gain, low, high = run[f"{name}_gain"]
            told = f"{gain:+.3f} ({low:+.3f} to {high:+.3f})"
            cells += [f"{run[name]:.3f}", "" if run["augmentation"] == PEER else told]
        lines.append(f"| {' | '.join(cells)} | {run['seconds']:.0f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
