"""Next-place accuracy: the ensemble and its parts beside counting, over seeds and both tasks.

Run: `python -m benchmarks.with_data.next_place FOLDER SCORER [--seeds N …] [--networks K] [--tasks
NAME …] [--models NAME …] [--out FILE] [--docs PAGE]`. FOLDER holds train, val and test.csv.gz;
SCORER is a program that is called as `SCORER FOLDER ANSWERS --split SPLIT --json` and prints one
JSON object of metrics, so that the figures are not the library's own. Prints JSON: every run's
metrics, and `ratio`, the ensemble's Acc@1 on test over that of the untrained blend. `--docs` writes
the table of each task into a page, between its markers.

The ensemble averages `--networks` of them a seed, as many as `stevo benchmark` does where nothing
else is said, and is measured under a name that says how many. With `--models` those models alone
are measured, on the task *next*, for a table of their own. What `--out` already holds of other
models, or other tasks, stays.

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

from benchmarks.pages.tables import with_table
from models_ml import registry
from models_ml.columns import BASELINES, ENSEMBLE, MODEL, RANKER
from models_ml.config import TrainConfig
from models_ml.data.corpus import Corpus, encode
from models_ml.evaluation import benchmark
from models_ml.scorer import Scorer

PEER = "blend"
COUNTING = ("visit_counter", PEER)
SPLITS = ("val", "test")
SHOWN = ("acc@1", "acc@5", "acc@10", "mrr", "acc@10_discovery")
# Nothing is fitted, or it is trained with the ensemble.
UNTIMED = (*BASELINES, MODEL, RANKER)
TASKS = {"next": False, "next at a given time": True}
TABLES = {"next": "next-place", "next at a given time": "next-place-told"}
PEERS_TABLE = "peers"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("scorer", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9])
    parser.add_argument("--networks", type=int, default=benchmark.networks_of(ENSEMBLE))
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--models", nargs="+", choices=registry.names())
    parser.add_argument("--out", type=Path)
    parser.add_argument("--docs", type=Path)
    given = parser.parse_args(argv)
    if given.models is not None:
        return peers(given)
    runs = list(measured(given.folder, given.scorer, given.seeds, given.networks, given.tasks))
    asked = {(run["task"], run["model"]) for run in runs}
    runs += [run for run in kept(given.out, ()) if (run["task"], run["model"]) not in asked]
    runs.sort(key=lambda run: list(TASKS).index(run["task"]))
    whole, task = named(ENSEMBLE, given.networks), given.tasks[0]
    found = {
        "benchmark": given.folder.name,
        "seeds": given.seeds,
        "peer": PEER,
        "ratio": round(_mean(runs, whole, task) / _mean(runs, PEER, task), 3),
        "runs": runs,
    }
    text = json.dumps(found, indent=1)
    print(text)
    if given.out is not None:
        given.out.write_text(text + "\n")
    if given.docs is not None:
        page = given.docs.read_text()
        for asked_task in given.tasks:
            mine = [run for run in runs if run["task"] == asked_task]
            page = with_table(page, TABLES[asked_task], table(mine))
        given.docs.write_text(page)
    return 0


def peers(given: argparse.Namespace) -> int:
    """The named models alone: measure, print and write."""
    runs = [*kept(given.out, given.models)]
    runs += chosen(given.folder, given.scorer, given.seeds, given.models)
    runs.sort(key=lambda run: registry.names().index(run["model"]))
    text = json.dumps(
        {"benchmark": given.folder.name, "seeds": given.seeds, "runs": runs}, indent=1
    )
    print(text)
    if given.out is not None:
        given.out.write_text(text + "\n")
    if given.docs is not None:
        page = given.docs.read_text()
        given.docs.write_text(with_table(page, PEERS_TABLE, table(runs)))
    return 0


def kept(out: Path | None, names: Sequence[str]) -> list[dict[str, Any]]:
    """What a file of runs holds of models other than the named ones."""
    if out is None or not out.exists():
        return []
    return [run for run in json.loads(out.read_text())["runs"] if run["model"] not in names]


def chosen(
    folder: Path, scorer: Path, seeds: Sequence[int], names: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """One row a named model, seed and split, on the task *next*."""
    corpus, scored = data(folder)
    for name in names:
        for seed in seeds:
            began = time.monotonic()
            model = registry.fitted(name, corpus, TrainConfig(seed=seed))
            seconds = round(time.monotonic() - began, 1)
            for split in SPLITS:
                metrics = score(folder, scorer, corpus, scored, model, split, told=False)
                about = {"model": name, "task": "next", "seed": seed, "split": split}
                yield {**about, "seconds": seconds, **metrics}


def data(folder: Path) -> tuple[Corpus, set[str]]:
    """The corpus of a benchmark, and the events that are scored."""
    sequences = benchmark.sequences_of(benchmark.read(folder))
    return encode(sequences), set(sequences.loc[sequences["scored"].astype(bool), "event_id"])


def named(model: str, networks: int) -> str:
    """The name of a model that averages so many networks."""
    return model if networks == 1 else f"{model} of {networks} seeds"


def measured(
    folder: Path, scorer: Path, seeds: Sequence[int], networks: int, tasks: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """One row a model, task, seed and split; counting has no seed, and the ranker no networks."""
    corpus, scored = data(folder)
    for task in tasks:
        told = TASKS[task]
        models: list[tuple[int | None, float, Scorer]] = [
            (None, 0.0, registry.fitted(name, corpus, TrainConfig())) for name in COUNTING
        ]
        for seed in seeds:
            began = time.monotonic()
            config = TrainConfig(seed=seed, time_aware=told)
            whole = registry.fitted(ENSEMBLE, corpus, config, seeds=networks)
            seconds = round(time.monotonic() - began, 1)
            models += [(seed, seconds, one) for one in (whole, *whole.parts)]  # type: ignore[attr-defined]
        for seed, seconds, model in models:
            for split in SPLITS:
                metrics = score(folder, scorer, corpus, scored, model, split, told)
                name = named(model.name, networks if model.name in (ENSEMBLE, MODEL) else 1)
                about = {"model": name, "task": task, "seed": seed, "split": split}
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
        is_part = model.split(" of ")[0] in UNTIMED
        seconds = "" if is_part else f"{mean(run['seconds'] for run in group):.0f}"
        lines.append(f"| {task} | {model} | {split} | {' | '.join(values)} | {seconds} |")
    return "\n".join(lines)


def _mean(runs: Sequence[dict[str, Any]], model: str, task: str) -> float:
    """Acc@1 on test, over seeds."""
    asked = (model, task, "test")
    return mean(run["acc@1"] for run in runs if (run["model"], run["task"], run["split"]) == asked)


if __name__ == "__main__":
    sys.exit(main())
