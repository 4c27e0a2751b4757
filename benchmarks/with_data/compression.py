"""What smaller and faster forms of the network cost and bring: size, latency, accuracy.

Run: `python -m benchmarks.with_data.compression FOLDER [--epochs N] [--newest N] [--questions N]
[--rounds N] [--threads N] [--keep FOLDER] [--docs PAGE]`.  FOLDER holds train, val and test.csv.gz.
The ensemble is fitted, its network is the full model and it teaches the student; `alone` is a
network of the student's size without a teacher.  Prints JSON: every form's parameters, bytes,
milliseconds and accuracy on the same questions of val and test; `ratio` is the full network's
median for 64 questions over the form's.  The newest `--newest` questions of train are what the
ranker learns from, what the teacher answers and what a pruned network is tuned on.  `--keep` keeps
the trained models in a folder and takes those that lie there, so that a long run may be cut.

Belongs here: fitting, timing, the table. Does not belong here: models, metrics.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.pages.tables import with_table
from models_ml import checkpoint
from models_ml.compression.distil import distil
from models_ml.compression.prune import Pruned, prune
from models_ml.compression.variants import Variant, latency, parameters, stored, variants
from models_ml.config import RankerConfig, TrainConfig
from models_ml.data.corpus import Corpus, encode, queries_for_rows, target_rows
from models_ml.ensemble import Ensemble, train_ensemble
from models_ml.evaluation import benchmark
from models_ml.evaluation.evaluate import answer
from models_ml.evaluation.metrics import intervals, per_instance, resample
from models_ml.transformer.train import fit

TABLE = "compression"
PEER = "full"
SIZES = (1, 64)
SHOWN = ("acc@1", "acc@10", "mrr")
# A pruned network is tuned shortly and gently.
TUNING_EPOCHS, TUNING_LR = 1, 5e-4


def main(argv: Sequence[str] | None = None) -> int:
    """Fit, measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--newest", type=int, default=40_000)
    parser.add_argument("--questions", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--docs", type=Path)
    given = parser.parse_args(argv)
    corpus = encode(benchmark.sequences_of(benchmark.read(given.folder)))
    forms, ensemble = made(corpus, given)
    torch.set_num_threads(given.threads)
    rows = measured(corpus, forms, ensemble, given)
    size = {name: getattr(given, name) for name in ("epochs", "width", "threads", "rounds")}
    size |= {"newest": given.newest, "questions": rows[0]["n"]}
    print(json.dumps({"benchmark": given.folder.name, "peer": PEER, **size, "forms": rows}))
    if given.docs is not None:
        page = given.docs.read_text()
        text = f"{caption(given.folder.name, size)}\n\n{table(rows)}"
        given.docs.write_text(with_table(page, TABLE, text))
    return 0


def made(corpus: Corpus, given: argparse.Namespace) -> tuple[list[Variant], Ensemble]:
    """Every form of the ensemble's network, the student's size without a teacher last; and the
    ensemble.
    """
    config = TrainConfig(epochs=given.epochs, d_model=given.width, threads=given.threads)
    small = replace(config, d_model=given.width // 2)
    asked = given.newest
    ranking = RankerConfig(questions=asked, threads=given.threads)
    tuning = replace(config, epochs=TUNING_EPOCHS, lr=TUNING_LR, max_train_events=asked)
    ensemble = kept(given.keep, "ensemble", lambda: train_ensemble(corpus, config, ranking)[0])
    student = kept(given.keep, "student", lambda: distil(ensemble, corpus, small, asked).model)
    alone = kept(given.keep, "alone", lambda: fit(corpus, small).model)
    pruned = kept(given.keep, "pruned", lambda: prune(ensemble.network, corpus, tuning).model)
    shape, full = pruned.network.shape.resolved(), ensemble.network.network.shape.resolved()
    share = Pruned(pruned, round(shape.d_model / full.d_model, 3), [])
    forms = variants(ensemble.network, share, student, corpus)
    return [*forms, Variant("alone", alone, parameters(alone), stored(alone))], ensemble


def kept(folder: Path | None, name: str, make: Callable[[], Any]) -> Any:
    """A model from the folder of kept ones; made, and put there, where it is not."""
    if folder is None:
        return make()
    if not (folder / name).exists():
        checkpoint.save(make(), [], folder / name)
    return checkpoint.load(folder / name)


def measured(
    corpus: Corpus, forms: Sequence[Variant], ensemble: Ensemble, given: argparse.Namespace
) -> list[dict[str, Any]]:
    """One row a form, then the ensemble's, of which accuracy alone is told."""
    questions = {
        split: queries_for_rows(
            corpus, target_rows(corpus, split, max_targets=given.questions or None)
        )
        for split in ("val", "test")
    }
    models = [one.model for one in forms]
    taken = {n: latency(models, corpus, questions["test"], n, given.rounds) for n in SIZES}
    rows = [told(one, {n: taken[n][i] for n in SIZES}) for i, one in enumerate(forms)]
    for i, row in enumerate(rows):
        row["ratio"] = round(float(np.median(taken[64][0]) / np.median(taken[64][i])), 2)
    rows.append({"form": "ensemble", "ratio": 1.0})
    for split, queries in questions.items():
        ids, draws = resample(queries.user)
        values = [
            np.stack([per_instance(answer(one, corpus, queries).ranks)[m] for m in SHOWN], axis=1)
            for one in (*models, ensemble)
        ]
        for row, own in zip(rows, values, strict=True):
            low, high = intervals(own - values[0], ids, draws)
            row["n"] = len(queries)
            for i, name in enumerate(SHOWN):
                row[f"{split} {name}"] = round(float(own[:, i].mean()), 4)
                gain = (float((own - values[0])[:, i].mean()), float(low[i]), float(high[i]))
                row[f"{split} {name} gain"] = [round(x, 4) for x in gain]
    return rows


def told(one: Variant, taken: dict[int, np.ndarray]) -> dict[str, Any]:
    """Name, sizes and times of a form."""
    row: dict[str, Any] = {"form": one.name, "parameters": one.parameters, "bytes": one.size}
    for size, milliseconds in taken.items():
        for level in (50, 95):
            row[f"p{level} of {size}"] = round(float(np.percentile(milliseconds, level)), 1)
    return row


def caption(name: str, size: dict[str, Any]) -> str:
    """What the table was measured with."""
    return (
        f"Measured on `{name}`: {size['epochs']} epochs, width {size['width']}, the newest"
        f" {size['newest']:,} questions of train for the ranker, the teacher's answers and tuning;"
        f" accuracy on {size['questions']:,} questions of each split, the same for all;"
        f" milliseconds over {size['rounds']} rounds with {size['threads']} thread(s)."
    )


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The Markdown table; gains of MRR on test are paired with the full network's."""
    heads = ["form", "parameters", "KB", "ms, 1 question (p50 / p95)", "ms, 64 (p50 / p95)"]
    heads += [f"{split} {name}" for split in ("val", "test") for name in ("Acc@1", "@10", "MRR")]
    lines = [f"| {' | '.join([*heads, 'test MRR, gain'])} |", "|---" * (len(heads) + 1) + "|"]
    for row in rows:
        cells = [row["form"], "", "", "", ""]
        if "bytes" in row:
            cells[1:3] = [f"{row['parameters']:,}", f"{row['bytes'] / 1e3:,.0f}"]
            cells[3:] = [f"{row[f'p50 of {n}']:.1f} / {row[f'p95 of {n}']:.1f}" for n in SIZES]
        cells += [f"{row[f'{split} {name}']:.3f}" for split in ("val", "test") for name in SHOWN]
        gain, low, high = row["test mrr gain"]
        cells.append("" if row["form"] == PEER else f"{gain:+.3f} ({low:+.3f} … {high:+.3f})")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
