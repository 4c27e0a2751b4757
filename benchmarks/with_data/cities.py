"""The same code on other cities: the ensemble beside counting, untouched, on each.

Run: `python -m benchmarks.with_data.cities [--data FOLDER] [--only NAME ...] [--seed N]
[--threads N] [--out FILE] [--docs PAGE]`. Four simulated cities of different kinds, and
with FOLDER (`completejourney/` and `movielens_100k/` in it) two real data sets, each turned into
the benchmark's form by `models_ml.evaluation.cities` and read back as `stevo benchmark` reads it;
every training goes by the defaults. Prints JSON: metrics of every model, paired gains of the
ensemble with intervals over users, sizes, seconds, the process's peak memory, and `ratio`, the
ensemble's MRR over that of the peer, on val and on test. The exit code is 1 where the ensemble does
not beat the peers on test of every city at Acc@1, @10 and MRR. `--docs` writes the table into a
page, between its markers; what FILE holds of cities that are not asked for stays, there and in the
table.

Belongs here: which cities, the loop and the table. Does not belong here: models, metrics, the form.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.pages.tables import with_table
from models_ml import registry
from models_ml.baselines import baseline
from models_ml.columns import ENSEMBLE, SPLITS
from models_ml.config import TrainConfig
from models_ml.data.corpus import encode, queries_for_rows
from models_ml.evaluation import benchmark, cities, metrics
from models_ml.evaluation.evaluate import answer, is_return
from stevo_dagster.sources.base.chunk import Source
from stevo_dagster.sources.registry import reader_of

PEERS = ("visit_counter", "blend")
SHOWN = ("acc@1", "acc@5", "acc@10", "mrr")
DECIDED = ("acc@1", "acc@10", "mrr")
JUDGED = SPLITS[1:]
# Way of life: people, days, seed.
SIMULATED = {
    "routine": (400, 40, 11),
    "explorers": (450, 40, 12),
    "sparse": (900, 60, 13),
    "shoppers": (350, 40, 14),
}
# Folder, reader and most events: whole users, drawn until the next would be too many.
REAL = {
    "complete journey": ("completejourney", "completejourney", 60_000),
    "movielens": ("movielens_100k", "movielens", 100_000),
}
TABLE = "cities"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write; 1 where the ensemble loses."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--only", nargs="+", choices=[*SIMULATED, *REAL])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--docs", type=Path)
    given = parser.parse_args(argv)
    names = given.only or [*SIMULATED, *REAL]
    if given.data is None and any(name in REAL for name in names):
        print(
            "left out: complete journey, movielens (their files are not part of stevo); "
            "to run them too: make bench-cities DATA=FOLDER, with completejourney/ and "
            "movielens_100k/ in FOLDER",
            file=sys.stderr,
        )
        names = [name for name in names if name not in REAL]
    rows = kept(given.out, names)
    for name in names:
        rows += _apart(name, given.data, given.seed, given.threads)
        print(json.dumps(rows[-len(JUDGED) :]), file=sys.stderr, flush=True)
    rows.sort(key=lambda row: [*SIMULATED, *REAL].index(row["city"]))
    found = {"seed": given.seed, "peer": PEERS[1], "forms": rows}
    text = json.dumps(found, indent=1)
    print(text)
    if given.out is not None:
        given.out.write_text(text + "\n")
    if given.docs is not None:
        page = given.docs.read_text()
        given.docs.write_text(with_table(page, TABLE, table(rows)))
    return 0 if all(row["beats"] for row in rows if row["split"] == JUDGED[-1]) else 1


def kept(out: Path | None, names: Sequence[str]) -> list[dict[str, Any]]:
    """What a file of an earlier run holds of cities other than the named ones."""
    if out is None or not out.exists():
        return []
    return [row for row in json.loads(out.read_text())["forms"] if row["city"] not in names]


def _apart(name: str, *rest: Any) -> list[dict[str, Any]]:
    """`measured` in a process of its own, so that the peak of memory is the city's."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(measured, name, *rest).result()


def measured(name: str, data: Path | None, seed: int, threads: int) -> list[dict[str, Any]]:
    """One city, a row each for val and test: figures of every model, gains of the ensemble, sizes,
    seconds and peak memory.
    """
    with tempfile.TemporaryDirectory() as made:
        cities.write(cities.in_form(events_of(name, data)), Path(made))
        read = benchmark.sequences_of(benchmark.read(Path(made)))
    corpus = encode(read)
    began = time.monotonic()
    config = TrainConfig(seed=seed, threads=threads)
    whole = registry.fitted(ENSEMBLE, corpus, config)
    seconds = time.monotonic() - began
    models = (*map(baseline, PEERS), whole, *whole.parts)  # type: ignore[attr-defined]
    rows = []
    for split in JUDGED:
        asked = read.loc[read["scored"].astype(bool) & (read["split"] == split), "event_id"]
        found = corpus.order[np.isin(corpus.event_id[corpus.order], asked.to_numpy())]
        queries = queries_for_rows(corpus, found)
        ranks = {model.name: answer(model, corpus, queries).ranks for model in models}
        rows.append(
            {
                "city": name,
                "split": split,
                "events": len(corpus),
                "users": len(corpus.users),
                "places": len(corpus.items),
                "questions": len(found),
                "returns": round(float(is_return(corpus, queries).mean()), 3),
                **figures(ranks, queries.user),
                "weight": whole.weight,  # type: ignore[attr-defined]
                "novelty": whole.novelty,  # type: ignore[attr-defined]
                "seconds": round(seconds, 1),
                "seconds_all": round(time.monotonic() - began, 1),
                "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            }
        )
    return rows


def figures(ranks: dict[str, np.ndarray], users: np.ndarray) -> dict[str, Any]:
    """Means of every model, paired gains of the ensemble over both peers with 95% intervals over
    users, and whether each gain that decides is above 0.
    """
    values = {name: metrics.per_instance(one) for name, one in ranks.items()}
    means = {
        name: {metric: float(one[metric].mean()) for metric in SHOWN}
        for name, one in values.items()
    }
    ids, draws = metrics.resample(users)
    gains: dict[str, dict[str, list[float]]] = {}
    for peer in PEERS:
        gain = np.stack([values[ENSEMBLE][m] - values[peer][m] for m in SHOWN], axis=1)
        low, high = metrics.intervals(gain, ids, draws)
        gains[peer] = {
            metric: [float(gain[:, i].mean()), float(low[i]), float(high[i])]
            for i, metric in enumerate(SHOWN)
        }
    beats = all(gains[peer][metric][0] > 0 for peer in PEERS for metric in DECIDED)
    ratio = means[ENSEMBLE]["mrr"] / means[PEERS[1]]["mrr"]
    return {"models": means, "gains": gains, "beats": beats, "ratio": round(ratio, 3)}


def events_of(name: str, data: Path | None) -> pd.DataFrame:
    """The events of a city by name, clean, in the event contract's columns."""
    if name in SIMULATED:
        return _simulated(name)
    assert data is not None
    folder, form, most = REAL[name]
    return _bounded(read_events(form, data / folder), most)


def _simulated(life: str) -> pd.DataFrame:
    """Everything people did: bots and impossible moves, which cleaning removes, left out."""
    from stevo_dagster.sources.simulator.columns import to_table
    from stevo_dagster.sources.simulator.events import PERSON
    from stevo_dagster.sources.simulator.plan import make_plan
    from stevo_dagster.sources.simulator.run import START
    from stevo_dagster.sources.simulator.world import build_world

    people, days, seed = SIMULATED[life]
    world = build_world(make_plan(people, days, seed, START, False, "new_york", life))
    return to_table(world).to_pandas()[world.events.origin == PERSON]


def read_events(form: str, folder: Path) -> pd.DataFrame:
    """All sound lines of a source, through the reader that ingest uses."""
    reader = reader_of(form)
    wanted = [*cities.NEEDED, *cities.GIVEN]
    parts = []
    for chunk in reader.chunks(Source(folder.name, reader.find(folder))):
        columns = {k: v.to_pandas() for k, v in chunk.columns.items() if k in wanted}
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def _bounded(events: pd.DataFrame, most: int) -> pd.DataFrame:
    """Whole users in an order drawn once, as many as have at most that many events together."""
    sizes = events.groupby("user_id").size()
    order = np.random.default_rng(0).permutation(len(sizes))
    kept = sizes.index[order][np.cumsum(sizes.to_numpy()[order]) <= most]
    return events[events["user_id"].isin(kept)]


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The Markdown table: each model a row, the ensemble's with its gain over the blend."""
    shown: Callable[[float], str] = "{:.3f}".format
    lines = [
        "| city | events, users, places | split | questions (returns) | model | Acc@1 | Acc@5 "
        "| Acc@10 | MRR | MRR over blend | s | peak MB |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        size = f"{row['events']:,}, {row['users']:,}, {row['places']:,}"
        asked = f"{row['questions']:,} ({row['returns']:.0%})"
        for name, values in row["models"].items():
            gain, low, high = row["gains"][PEERS[1]]["mrr"]
            rest = f"{gain:+.3f} ({low:+.3f} to {high:+.3f}) | {row['seconds']:.0f} | "
            rest += f"{row['peak_mb']}"
            cells = " | ".join(shown(values[metric]) for metric in SHOWN)
            own = rest if name == ENSEMBLE else " | | "
            place = f"| {row['city']} | {size} | {row['split']} | {asked} "
            lines.append(f"{place}| {name} | {cells} | {own} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
