"""What the models look at on a benchmark folder: features that matter, and cited events.

Run: `python -m benchmarks.with_data.explanations FOLDER [--network KEPT] [--epochs N]
[--questions N] [--users N] [--asked N] [--seed N] [--threads N] [--docs PAGE]`.
FOLDER holds train, val and test.csv.gz.  The Transformer is the checkpoint KEPT, else trained for N
epochs; the ranker is fitted on N questions of train.  Features are shuffled on N questions of val;
cited events are removed for N users of test.  Prints JSON: sizes, every row, and `ratio`, the fall
without the events the pointers cite over that without as many random ones.  `--docs` writes two
tables into a page, between their markers.

Belongs here: fitting, measuring, the layout of the tables. Does not belong here: models, measures.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.pages.tables import with_table
from models_ml import checkpoint
from models_ml.config import RankerConfig, TrainConfig
from models_ml.data.corpus import Corpus, encode
from models_ml.evaluation import benchmark
from models_ml.explanation import attributions, faithfulness, importance
from models_ml.ranker import train_ranker
from models_ml.transformer.pointer import PointerTransformer
from models_ml.transformer.train import fit

PEER = "random events"
LISTED = 8
TABLES = ("features", "citations")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--network", type=Path)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--questions", type=int, default=8_000)
    parser.add_argument("--users", type=int, default=300)
    parser.add_argument("--asked", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--docs", type=Path)
    given = parser.parse_args(argv)
    corpus = encode(benchmark.sequences_of(benchmark.read(given.folder)))
    model = network(corpus, given)
    features = matter(corpus, model, given)
    cited = opinions(corpus, model, given.users, given.seed)
    pointers = cited[cited["opinion"] == "pointers"].set_index("control").loc["random"]
    found = {
        "benchmark": given.folder.name,
        "events": len(corpus),
        "peer": PEER,
        "ratio": round(float(pointers["cited"] / pointers["other"]), 3),
        "features": json.loads(features.to_json(orient="records")),
        "citations": json.loads(cited.to_json(orient="records")),
    }
    print(json.dumps(found, indent=1))
    if given.docs is not None:
        page = given.docs.read_text()
        texts = features_table(features), citations_table(cited)
        for name, text in zip(TABLES, texts, strict=True):
            page = with_table(page, name, text)
        given.docs.write_text(page)
    return 0


def network(corpus: Corpus, given: argparse.Namespace) -> PointerTransformer:
    """The Transformer kept in a folder, or a new one."""
    if given.network is None:
        config = TrainConfig(seed=given.seed, epochs=given.epochs, threads=given.threads)
        return fit(corpus, config).model
    model = checkpoint.load(given.network)
    if not isinstance(model, PointerTransformer):
        raise SystemExit(f"{given.network} holds no Transformer")
    return model


def matter(corpus: Corpus, model: PointerTransformer, given: argparse.Namespace) -> pd.DataFrame:
    """The importance of both models' features, and the share of gain of the ranker's groups."""
    config = RankerConfig(seed=given.seed, questions=given.questions, threads=given.threads)
    ranker = train_ranker(corpus, config)
    asked = {"questions": given.asked, "draws": 1, "seed": given.seed}
    whole = importance.of_network(model, corpus, **asked)
    trees = importance.of_ranker(ranker, corpus, **asked)
    gain = importance.gains(ranker).groupby("group")["gain"].sum()
    return pd.concat([whole, trees.assign(gain=trees["feature"].map(gain))], ignore_index=True)


def opinions(corpus: Corpus, model: PointerTransformer, users: int, seed: int) -> pd.DataFrame:
    """What removing cited events does, for the pointers' citations and for integrated gradients'.

    Beside the columns of `faithfulness.summary`: `opinion`, and the means of how far both agree.
    """
    queries = faithfulness.one_a_user(corpus, "test", users, earlier=8, seed=seed)
    predicted = model.score(corpus, queries).argmax(axis=1)
    cited = {
        "pointers": model.explain(corpus, queries, predicted),
        "integrated gradients": attributions.explain(model, corpus, queries, predicted),
    }
    events = np.minimum(queries.before, model.config.window + 1)
    agreed = attributions.agreement(*cited.values(), events).drop(columns="question").mean()
    return pd.concat(
        [
            faithfulness.summary(
                faithfulness.falls(
                    model, corpus, queries, explain=partial(_known, found), draws=1, seed=seed
                )
            ).assign(opinion=name, **agreed)
            for name, found in cited.items()
        ],
        ignore_index=True,
    )


def _known(cited: list, *_: object) -> list:
    """Citations that are there already, for `falls` to ask for."""
    return cited


def features_table(rows: pd.DataFrame) -> str:
    """The Markdown table of the features that lose most, by model."""
    lines = [
        "| model | shuffled | MRR on val | MRR lost | share of the trees' gain |",
        "|---|---|---|---|---|",
    ]
    for _, group in rows.groupby("model", sort=False):
        for row in group.head(LISTED).itertuples():
            lost = f"{row.mrr_lost:.4f} ({row.ci_low:.4f} to {row.ci_high:.4f})"
            gain = "" if pd.isna(row.gain) else f"{row.gain:.3f}"
            lines.append(f"| {row.model} | `{row.feature}` | {row.mrr:.3f} | {lost} | {gain} |")
    return "\n".join(lines)


def citations_table(rows: pd.DataFrame) -> str:
    """The Markdown table of both opinions against each control."""
    lines = [
        "| cited by | against | users | fall without cited | without others | difference | p |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows.itertuples():
        gain = f"{row.gain:.3f} ({row.ci_low:.3f} to {row.ci_high:.3f})"
        lines.append(
            f"| {row.opinion} | {row.control} | {row.users} | {row.cited:.3f} | {row.other:.3f} "
            f"| {gain} | {row.p_value:.1e} |"
        )
    first = rows.iloc[0]
    lines.append(
        f"\nOf the three events each cites most, both share {first['overlap']:.2f} "
        f"(blindly {first['by_chance']:.2f}); their rank correlation over all events is "
        f"{first['rank_correlation']:.2f}."
    )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
