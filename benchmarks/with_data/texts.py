"""Do texts of places help the Transformer: trained with them and without, on the same questions.

Run: `python -m benchmarks.with_data.texts FOLDER --texts MODEL [--names FILE] [--city NAME]
[--epochs N] [--newest N] [--width N] [--out FILE] [--docs PAGE]`. FOLDER is in the benchmark's
form, or holds MovieLens (*.inter and *.item), whose titles and classes are the texts; `--names` is
a CSV whose first column is the place and whose column `name` is what it is called. MODEL is a
folder or an installed package. Prints JSON: MRR and Acc@10 of both trainings, the paired gains with
95% intervals over users, on val and test, for the scored events, for `any` event at a place that
train knows, and for `cold` ones, at a place of which train has fewer than five events; `ratio`, the
MRR of `any` on test with texts over that without; sizes and seconds. What `--out` holds of other
cities stays; `--docs` writes all into a page.

Belongs here: reading names, fitting twice, gains, the table. Does not belong here: models, metrics.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.pages.tables import with_table
from benchmarks.with_data.cities import read_events
from models_ml.columns import SPLITS
from models_ml.config import TrainConfig
from models_ml.data.corpus import Corpus, encode, queries_for_rows, target_rows
from models_ml.evaluation import benchmark, cities
from models_ml.evaluation.evaluate import answer
from models_ml.evaluation.metrics import intervals, resample
from models_ml.language.texts import texts_of
from models_ml.transformer.train import fit

PEER = "without texts"
COLD = 5
MOST = 1_000
SHOWN = ("mrr", "acc@10")
TABLE = "texts"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--texts", required=True)
    parser.add_argument("--names", type=Path)
    parser.add_argument("--city")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--newest", type=int, default=20_000)
    parser.add_argument("--width", type=int, default=TrainConfig.d_model)
    parser.add_argument("--components", type=int, default=TrainConfig.text_components)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--docs", type=Path)
    given = parser.parse_args(argv)
    config = TrainConfig(
        seed=given.seed,
        epochs=given.epochs,
        d_model=given.width,
        max_train_events=given.newest,
        max_val_targets=1_000,
        text_components=given.components,
        threads=given.threads,
        device="cpu",
    )
    city = given.city or given.folder.name
    found = {"city": city, **measured(table_of(given.folder, given.names), config, given.texts)}
    runs = [*kept(given.out, city), found]
    text = json.dumps({"peer": PEER, "ratio": found["ratio"], "runs": runs}, indent=1)
    print(text)
    if given.out is not None:
        given.out.write_text(text + "\n")
    if given.docs is not None:
        page = given.docs.read_text()
        given.docs.write_text(with_table(page, TABLE, table(runs)))
    return 0


def kept(out: Path | None, city: str) -> list[dict[str, Any]]:
    """What a file of runs holds of other cities."""
    if out is None or not out.exists():
        return []
    return [run for run in json.loads(out.read_text())["runs"] if run["city"] != city]


def table_of(folder: Path, names: Path | None) -> pd.DataFrame:
    """The sequences of a folder, scored events marked, with `item_name` where names are known."""
    if not any(folder.glob("*.inter")):
        called = {} if names is None else names_of(names)
        return named(benchmark.read(folder), called)
    (films,) = folder.glob("*.item")
    with tempfile.TemporaryDirectory() as made:
        cities.write(cities.in_form(read_events("movielens", folder)), Path(made))
        return named(benchmark.read(Path(made)), titles_of(films))


def names_of(path: Path) -> dict[str, str]:
    """Place to name, from a CSV."""
    table = pd.read_csv(path, dtype=str).dropna(subset=["name"])
    return dict(zip(table.iloc[:, 0], table["name"], strict=True))


def titles_of(path: Path) -> dict[str, str]:
    """Film to title, year and classes, from MovieLens' tab separated file."""
    table = pd.read_csv(path, sep="\t", dtype=str, quoting=3).fillna("")
    columns = [table[name] for name in ("release_year:token", "class:token_seq")]
    told = table["movie_title:token_seq"].str.cat(columns, sep=", ")
    return dict(zip(table["item_id:token"], told, strict=True))


def named(events: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """The sequences of a benchmark's events, with the names of places as their words."""
    if names:
        events = events.assign(item_name=events["item_id"].map(names))
    return benchmark.sequences_of(events)


def measured(sequences: pd.DataFrame, config: TrainConfig, texts: str) -> dict[str, Any]:
    """Both trainings, and their gains on each split and segment."""
    corpus = encode(sequences)
    scored = set(sequences.loc[sequences["scored"].astype(bool), "event_id"])
    models, seconds = [], []
    for one in (config, replace(config, texts=texts)):
        began = time.monotonic()
        models.append(fit(corpus, one).model)
        seconds.append(round(time.monotonic() - began, 1))
    rows = []
    for split in SPLITS[1:]:
        for segment, asked in questions(corpus, split, scored, config.seed).items():
            queries = queries_for_rows(corpus, asked)
            ranks = [answer(model, corpus, queries).ranks for model in models]
            rows.append({"split": split, "segment": segment, **gains(ranks, queries.user)})
    told = [text for text in texts_of(models[1].vocabulary, corpus) if text]
    (whole,) = (row for row in rows if (row["split"], row["segment"]) == ("test", "any"))
    return {
        "ratio": round(whole["mrr"][1] / whole["mrr"][0], 3),
        "texts": texts,
        "events": len(corpus),
        "users": len(corpus.users),
        "places": len(models[1].vocabulary.items),
        "described": len(told),
        "different": len(set(told)),
        "components": models[1].network.shape.texts,
        "epochs": config.epochs,
        "width": config.d_model,
        "newest": config.max_train_events,
        "seed": config.seed,
        "seconds": seconds,
        "rows": rows,
    }


def questions(corpus: Corpus, split: str, scored: set[str], seed: int) -> dict[str, np.ndarray]:
    """Rows of the scored events of a split, of at most `MOST` at any place that train knows, and of
    as many at one that it hardly knows; a segment without a question is left out.
    """
    rows = target_rows(corpus, split)
    is_train = (corpus.split == 0) & (corpus.item >= 0)
    visits = np.bincount(corpus.item[is_train], minlength=len(corpus.items))[corpus.item[rows]]
    found = {
        "scored": rows[[name in scored for name in corpus.event_id[rows]]],
        "any": _drawn(rows[visits > 0], seed),
        "cold": _drawn(rows[(visits > 0) & (visits < COLD)], seed),
    }
    return {name: one for name, one in found.items() if len(one)}


def _drawn(rows: np.ndarray, seed: int) -> np.ndarray:
    return rows[np.sort(np.random.default_rng(seed).permutation(len(rows))[:MOST])]


def gains(ranks: Sequence[np.ndarray], users: np.ndarray) -> dict[str, Any]:
    """Means [without, with] and paired gains [mean, low, high] of each metric shown."""
    values = [np.stack([1 / one, (one <= 10).astype(float)], axis=1) for one in ranks]
    gain = values[1] - values[0]
    low, high = intervals(gain, *resample(users))
    found: dict[str, Any] = {"questions": len(gain), "users": len(np.unique(users))}
    for i, name in enumerate(SHOWN):
        found[name] = [round(float(one[:, i].mean()), 4) for one in values]
        gained = (float(gain[:, i].mean()), float(low[i]), float(high[i]))
        found[f"{name}_gain"] = [round(one, 4) for one in gained]
    return found


def table(runs: Sequence[dict[str, Any]]) -> str:
    """The Markdown table, below it the sizes of each training."""
    lines = [
        "| city | split | questions | asked, users | MRR without | gain | Acc@10 without | gain |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for run in runs:
        for row in run["rows"]:
            cells = [run["city"], row["split"], row["segment"]]
            cells.append(f"{row['questions']:,}, {row['users']:,}")
            for name in SHOWN:
                gain, low, high = row[f"{name}_gain"]
                cells += [f"{row[name][0]:.3f}", f"{gain:+.3f} ({low:+.3f} to {high:+.3f})"]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", *(sizes(run) for run in runs)])


def sizes(run: dict[str, Any]) -> str:
    """One line on how a city was measured."""
    return (
        f"- {run['city']}: `{run['texts']}`, {run['described']:,} of {run['places']:,} places have"
        f" a text, {run['different']:,} different, {run['components']} components;"
        f" {run['epochs']} epochs of the newest {run['newest']:,} train events, seed {run['seed']};"
        f" {run['seconds'][0]:.0f} s without texts, {run['seconds'][1]:.0f} s with."
    )


if __name__ == "__main__":
    sys.exit(main())
