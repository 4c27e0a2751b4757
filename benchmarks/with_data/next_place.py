"""Next-place accuracy: the ensemble and its parts beside counting, over seeds and both tasks.

Run: `python benchmarks/with_data/next_place.py FOLDER SCORER [--seeds N …] [--out FILE] [--docs
PAGE]`. FOLDER holds train, val and test.csv.gz; SCORER is a program that is called as
`SCORER FOLDER ANSWERS --split SPLIT --json` and prints one JSON object of metrics, so that the
figures are not the library's own. Prints JSON: every run's metrics, and `ratio`, the ensemble's
Acc@1 on test over that of the untrained blend. `--docs` writes the table into a page, between its
markers.

Belongs here: fitting, calling the scorer, means over seeds. Does not belong here: models, metrics.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from models_ml import registry
from models_ml.columns import ENSEMBLE
from models_ml.config import TrainConfig
from models_ml.data.corpus import Corpus, encode
from models_ml.evaluation import benchmark
from models_ml.scorer import Scorer

PEER = "blend"
COUNTING = ("visit_counter", PEER)
SPLITS = ("val", "test")
SHOWN = ("acc@1", "acc@5", "acc@10", "mrr", "acc@10_discovery")
TASKS = {"next": False, "next at a given time": True}
BEGIN, END = "<!-- next-place table: begin -->", "<!-- next-place table: end -->"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("scorer", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--docs", type=Path)
    given = parser.parse_args(argv)
    runs = list(measured(given.folder, given.scorer, given.seeds))
    found = {
        "benchmark": given.folder.name,
        "seeds": given.seeds,
        "peer": PEER,
        "ratio": round(_mean(runs, ENSEMBLE, "next") / _mean(runs, PEER, "next"), 3),
        "runs": runs,
    }
    text = json.dumps(found, indent=1)
    print(text)
    if given.out is not None:
        given.out.write_text(text + "\n")
    if given.docs is not None:
        given.docs.write_text(with_table(given.docs.read_text(), table(runs)))
    return 0


def measured(folder: Path, scorer: Path, seeds: Sequence[int]) -> Iterator[dict[str, Any]]:
    """One row a model, task, seed and split; counting has no seed."""
    sequences = benchmark.sequences_of(benchmark.read(folder))
    corpus = encode(sequences)
    scored = set(sequences.loc[sequences["scored"].astype(bool), "event_id"])
    for task, told in TASKS.items():
        models: list[tuple[int | None, float, Scorer]] = [
            (None, 0.0, registry.fitted(name, corpus, TrainConfig())) for name in COUNTING
        ]
        for seed in seeds:
            began = time.monotonic()
            whole = registry.fitted(ENSEMBLE, corpus, TrainConfig(seed=seed, time_aware=told))
            seconds = round(time.monotonic() - began, 1)
            models += [(seed, seconds, one) for one in (whole, *whole.parts)]  # type: ignore[attr-defined]
        for seed, seconds, model in models:
            for split in SPLITS:
                metrics = score(folder, scorer, corpus, scored, model, split, told)
                about = {"model": model.name, "task": task, "seed": seed, "split": split}
                yield {**about, "seconds": seconds, **metrics}


def score(
    folder: Path,
    scorer: Path,
    corpus: Corpus,
    scored: set[str],
    model: Scorer,
    split: str,
    told: bool,
) -> dict[str, Any]:
    """What the scorer says of a model's answers."""
    code = ("train", "val", "test").index(split)
    rows = corpus.order[
        [name in scored for name in corpus.event_id[corpus.order]]
        & (corpus.split[corpus.order] == code)
    ]
    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / "answers.parquet"
        benchmark.answers(model, corpus, rows, time_given=told).to_parquet(path, index=False)
        command = [sys.executable, str(scorer), str(folder), str(path), "--split", split, "--json"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    metrics: dict[str, Any] = json.loads(done.stdout)
    return {name: metrics[name] for name in ("n", *SHOWN)}


def table(runs: Sequence[dict[str, Any]]) -> str:
    """The Markdown table: means over seeds, with the spread of Acc@1."""
    lines = [
        "| task | model | split | Acc@1 | Acc@5 | Acc@10 | MRR | new @10 | s a seed |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for run in runs:
        groups.setdefault((run["task"], run["model"], run["split"]), []).append(run)
    for (task, model, split), group in groups.items():
        values = [f"{mean(run[name] for run in group):.3f}" for name in SHOWN]
        if len(group) > 1:
            values[0] += f" ± {stdev(run['acc@1'] for run in group):.3f}"
        seconds = f"{mean(run['seconds'] for run in group):.0f}" if model == ENSEMBLE else ""
        lines.append(f"| {task} | {model} | {split} | {' | '.join(values)} | {seconds} |")
    return "\n".join(lines)


def with_table(page: str, text: str, *, begin: str = BEGIN, end: str = END) -> str:
    """A page with the table between its markers replaced."""
    before, rest = page.split(begin)
    _, after = rest.split(end)
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"


def _mean(runs: Sequence[dict[str, Any]], model: str, task: str) -> float:
    """Acc@1 on test, over seeds."""
    asked = (model, task, "test")
    return mean(run["acc@1"] for run in runs if (run["model"], run["task"], run["split"]) == asked)


if __name__ == "__main__":
    sys.exit(main())
