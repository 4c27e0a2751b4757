"""Does pre-training on one source help on another of which only a tenth of the users is known?

Run: `python -m benchmarks.with_data.pretraining FOLDER [--people N] [--epochs N] [--newest N]
[--docs PAGE]`.  FOLDER holds train, val and test.csv.gz of a city; the other source is the
simulated city, and each is the source once and the target once.  A tenth of the target's users is
kept, everything of the others is left out; the peer is the same training from fresh weights, on the
same questions.  Prints JSON: MRR and Acc@1 on val and test, the gains with their 95% intervals over
users, and `ratio`: for each target, on test, the MRR after the pre-training that val prefers over
that of the peer.

Belongs here: the choice of users, fitting, gains. Does not belong here: models, metrics.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.pages.tables import with_table
from models_ml.columns import SPLITS
from models_ml.config import TrainConfig
from models_ml.data import sequences
from models_ml.data.corpus import Corpus, encode, queries_for_rows, target_rows
from models_ml.evaluation import benchmark
from models_ml.evaluation.evaluate import answer
from models_ml.evaluation.metrics import intervals, resample
from models_ml.pretraining.objectives import OBJECTIVES
from models_ml.pretraining.pretrain import pretrain
from models_ml.transformer.train import fit
from stevo_dagster.sources.simulator.run import simulate

TABLE = "pretraining"
PEER = "none"
# The share of the users of a target that is known.
KEPT = 0.1
METRICS = ("mrr", "acc@1")
SIZES = ("people", "epochs", "width", "newest", "seed")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--newest", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--docs", type=Path)
    given = parser.parse_args(argv)
    config = TrainConfig(
        seed=given.seed,
        epochs=given.epochs,
        d_model=given.width,
        max_train_events=given.newest,
        window=64,
        threads=1,
    )
    sources = {
        "simulated": simulated(given.people, given.seed),
        given.folder.name: benchmark.sequences_of(benchmark.read(given.folder)),
    }
    runs = []
    for source, target in (tuple(sources), tuple(sources)[::-1]):
        rows = measured({source: sources[source]}, a_tenth(sources[target], given.seed), config)
        runs += [{"source": source, "target": target, **row} for row in rows]
    found = {"peer": PEER, "ratio": ratios(runs), **vars_of(given), "runs": runs}
    print(json.dumps(found))
    if given.docs is not None:
        page = given.docs.read_text()
        given.docs.write_text(with_table(page, TABLE, table(runs)))
    return 0


def ratios(runs: Sequence[dict[str, Any]]) -> dict[str, float]:
    """For each target, on test: the MRR of the objective with the highest MRR on val over that of
    the peer.
    """
    found = {}
    for target in dict.fromkeys(run["target"] for run in runs):
        own = [run for run in runs if run["target"] == target]
        best = max(
            (run for run in own if run["split"] == "val" and run["pretraining"] != PEER),
            key=lambda run: run["mrr"],
        )
        mrr = {run["pretraining"]: run["mrr"] for run in own if run["split"] == "test"}
        found[target] = round(mrr[best["pretraining"]] / mrr[PEER], 3)
    return found


def vars_of(given: argparse.Namespace) -> dict[str, Any]:
    """The sizes of the run."""
    return {name: getattr(given, name) for name in SIZES}


def simulated(people: int, seed: int) -> pd.DataFrame:
    """Sequences of a simulated city without dirt."""
    with tempfile.TemporaryDirectory() as made:
        found = simulate(Path(made), people=people, days=30, seed=seed, dirt=0, format="parquet")
        return sequences.build(pd.read_parquet(found.events))


def a_tenth(whole: pd.DataFrame, seed: int) -> Corpus:
    """A tenth of the users of a city's sequences, with their train, val and test rows."""
    users = np.sort(whole["user_id"].unique())
    kept = np.random.default_rng(seed).choice(users, size=int(KEPT * len(users)), replace=False)
    return encode(whole[whole["user_id"].isin(kept)])


def measured(
    source: dict[str, pd.DataFrame], target: Corpus, config: TrainConfig
) -> list[dict[str, Any]]:
    """One row an objective and split, the peer first."""
    starts = [None, *(pretrain(source, config, name) for name in OBJECTIVES)]
    models = [fit(target, config, start=start).model for start in starts]
    names = [start.objective if start else PEER for start in starts]
    runs = []
    for split in SPLITS[1:]:
        queries = queries_for_rows(target, target_rows(target, split))
        values = [gained(answer(model, target, queries).ranks) for model in models]
        runs += [
            {"pretraining": name, "split": split, **compared(own, values[0], queries.user)}
            for name, own in zip(names, values, strict=True)
        ]
    return runs


def gained(ranks: np.ndarray) -> np.ndarray:
    """What `METRICS` are the means of, (questions, 2)."""
    return np.stack([1 / ranks, (ranks <= 1).astype(float)], axis=1)


def compared(own: np.ndarray, peers: np.ndarray, users: np.ndarray) -> dict[str, Any]:
    """Means, and gains over the peer with 95% intervals over users."""
    ids, draws = resample(users)
    gain = own - peers
    low, high = intervals(gain, ids, draws)
    found: dict[str, Any] = {"questions": len(own), "users": len(np.unique(users))}
    for i, name in enumerate(METRICS):
        found[name] = round(float(own[:, i].mean()), 4)
        interval = (float(gain[:, i].mean()), float(low[i]), float(high[i]))
        found[f"{name}_gain"] = [round(x, 4) for x in interval]
    return found


def table(runs: Sequence[dict[str, Any]]) -> str:
    """The Markdown table."""
    lines = [
        "| pre-trained on | a tenth of | split | questions, users | objective | MRR | gain | Acc@1 "
        "| gain |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for run in runs:
        asked = f"{run['questions']:,}, {run['users']}"
        cells = [run["source"], run["target"], run["split"], asked, run["pretraining"]]
        for name in METRICS:
            gain, low, high = run[f"{name}_gain"]
            told = "" if run["pretraining"] == PEER else f"{gain:+.3f} ({low:+.3f} to {high:+.3f})"
            cells += [f"{run[name]:.3f}", told]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
