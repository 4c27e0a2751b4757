"""Recommended lists on a benchmark folder: the ranker beside counting, plain and re-ranked.

Run: `python -m benchmarks.with_data.recommendations FOLDER [--questions N] [--seed N]
[--users N] [--moments N] [--days N] [--policy NAME] [--threads N] [--out FILE] [--docs PAGE]`.
FOLDER holds train, val and test.csv.gz. The ranker is fitted on N questions of train, the
re-ranking chosen on val, the lists measured on test. Prints JSON: size, every row of the
evaluation, and `ratio`, the ranker's NDCG@10 over the untrained blend's. `--docs` writes the table
into a page, between its markers.

Belongs here: fitting, measuring, the layout of the table. Does not belong here: models, measures.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from benchmarks.pages.tables import with_table
from models_ml.baselines import all_baselines
from models_ml.config import RankerConfig
from models_ml.data.corpus import encode
from models_ml.evaluation import benchmark
from models_ml.evaluation.protocol import Protocol
from models_ml.evaluation.recommending import evaluate_recommendations
from models_ml.ranker import train_ranker
from models_ml.recommendation.policy import MIXED, POLICIES

PEER = "blend"
TABLE = "recommendations"
SHOWN = {
    "precision@10": "precision",
    "recall@10": "recall",
    "f1@10": "F1",
    "ndcg@10": "NDCG",
    "mrr@10": "MRR",
    "coverage@10": "coverage",
    "diversity@10": "diversity",
    "novelty@10": "novelty (bit)",
    "popularity_lift@10": "popularity",
    "gini@10": "Gini",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--questions", type=int, default=8_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--users", type=int, default=1_000)
    parser.add_argument("--moments", type=int, default=4)
    parser.add_argument("--days", type=float, default=7.0)
    parser.add_argument("--policy", default=MIXED, choices=POLICIES)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--docs", type=Path)
    given = parser.parse_args(argv)
    corpus = encode(benchmark.sequences_of(benchmark.read(given.folder)))
    began = time.monotonic()
    config = RankerConfig(seed=given.seed, questions=given.questions, threads=given.threads)
    model = train_ranker(corpus, config)
    fitted = time.monotonic()
    rules = Protocol(given.users, given.moments, given.days, given.policy, given.seed)
    rows = evaluate_recommendations(all_baselines() | {model.name: model}, corpus, protocol=rules)
    ndcg = rows[(rows["metric"] == "ndcg@10") & (rows["segment"] == "all")]
    ndcg = ndcg.set_index("model")["value"]
    found = {
        "benchmark": given.folder.name,
        "events": len(corpus),
        "places": len(corpus.items),
        "questions": int(rows["n"].max()),
        "policy": given.policy,
        "peer": PEER,
        "ratio": round(float(ndcg[model.name] / ndcg[PEER]), 3),
        "fit_seconds": round(fitted - began, 1),
        "seconds": round(time.monotonic() - fitted, 1),
        "rows": json.loads(rows.to_json(orient="records")),
    }
    text = json.dumps(found, indent=1)
    print(text)
    if given.out is not None:
        given.out.write_text(text + "\n")
    if given.docs is not None:
        given.docs.write_text(with_table(given.docs.read_text(), TABLE, table(rows)))
    return 0


def table(rows: pd.DataFrame) -> str:
    """The Markdown table, one row a model, lists of ten; NDCG with its interval over users."""
    named = rows.set_index(["model", "segment", "metric"])
    lines = [
        f"| model | {' | '.join(SHOWN.values())} | recall of new | variety, novelty weight |",
        "|---" * (len(SHOWN) + 3) + "|",
    ]
    for model in rows["model"].drop_duplicates():
        mine = named.loc[model]
        cells = [f"{mine.value['all', metric]:.3f}" for metric in SHOWN]
        low, high = (mine.loc[("all", "ndcg@10"), end] for end in ("ci_low", "ci_high"))
        cells[list(SHOWN).index("ndcg@10")] += f" ({low:.3f} to {high:.3f})"
        new = ("discovery", "recall@10")
        cells.append(f"{mine.value[new]:.3f}" if new in mine.index else "")
        weights = [mine.value["all", f"weight_{name}"] for name in ("diversity", "novelty")]
        cells.append(", ".join(f"{weight:g}" for weight in weights))
        lines.append(f"| {model} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
