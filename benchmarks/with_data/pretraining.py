"""Does pre-training on one source help on another of which only a tenth of the users is known?

Run: `python benchmarks/with_data/pretraining.py FOLDER [--people N] [--epochs N] [--docs PAGE]`.
FOLDER holds train, val and test.csv.gz of a city; the other source is the simulated city.  A tenth
of the folder's users is kept, everything of the others is left out; the peer is the same training
from fresh weights, on the same questions of test.  Prints JSON: MRR and Acc@1, the gains with their
95% intervals over users, and `ratio`, the MRR after pre-training over that of the peer.

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

BEGIN, END = "<!-- pretraining table: begin -->", "<!-- pretraining table: end -->"
PEER = "none"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--docs", type=Path)
    given = parser.parse_args(argv)
    config = TrainConfig(
        seed=given.seed, epochs=given.epochs, d_model=given.width, window=64, threads=1
    )
    runs = measured(simulated(given.people, given.seed), a_tenth(given.folder, given.seed), config)
    ratio = max(run["mrr"] for run in runs[1:]) / runs[0]["mrr"]
    print(json.dumps({"peer": PEER, "ratio": round(ratio, 3), **vars_of(given), "runs": runs}))
    if given.docs is not None:
        page = given.docs.read_text()
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        given.docs.write_text(f"{before}{BEGIN}\n\n{table(runs)}\n\n{END}{after}")
    return 0


def vars_of(given: argparse.Namespace) -> dict[str, Any]:
    """The sizes of the run."""
    return {name: getattr(given, name) for name in ("people", "epochs", "width", "seed")}


def simulated(people: int, seed: int) -> pd.DataFrame:
    """Sequences of a simulated city without dirt."""
    with tempfile.TemporaryDirectory() as made:
        found = simulate(Path(made), people=people, days=30, seed=seed, dirt=0, format="parquet")
        return sequences.build(pd.read_parquet(found.events))


def a_tenth(folder: Path, seed: int) -> Corpus:
    """A tenth of the users of a benchmark folder, with their train, val and test rows."""
    whole = benchmark.sequences_of(benchmark.read(folder))
    users = np.sort(whole["user_id"].unique())
    kept = np.random.default_rng(seed).choice(users, size=len(users) // 10, replace=False)
    return encode(whole[whole["user_id"].isin(kept)])


def measured(source: pd.DataFrame, target: Corpus, config: TrainConfig) -> list[dict[str, Any]]:
    """One row an objective, the peer first."""
    queries = queries_for_rows(target, target_rows(target, "test"))
    ids, draws = resample(queries.user)
    starts = [None, *(pretrain({"simulated": source}, config, name) for name in OBJECTIVES)]
    values, runs = [], []
    for start in starts:
        ranks = answer(fit(target, config, start=start).model, target, queries).ranks
        values.append(np.stack([1 / ranks, (ranks <= 1).astype(float)], axis=1))
        gain = values[-1] - values[0]
        low, high = intervals(gain, ids, draws)
        run: dict[str, Any] = {"pretraining": start.objective if start else PEER}
        run |= {"questions": len(ranks), "users": len(np.unique(queries.user))}
        for i, name in enumerate(("mrr", "acc@1")):
            run[name] = round(float(values[-1][:, i].mean()), 4)
            interval = (float(gain[:, i].mean()), float(low[i]), float(high[i]))
            run[f"{name}_gain"] = [round(x, 4) for x in interval]
        runs.append(run)
    return runs


def table(runs: Sequence[dict[str, Any]]) -> str:
    """The Markdown table."""
    lines = ["| pre-training | MRR | gain | Acc@1 | gain |", "|---|---|---|---|---|"]
    for run in runs:
        cells = [run["pretraining"]]
        for name in ("mrr", "acc@1"):
            gain, low, high = run[f"{name}_gain"]
            told = "" if run["pretraining"] == PEER else f"{gain:+.3f} ({low:+.3f} … {high:+.3f})"
            cells += [f"{run[name]:.3f}", told]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
