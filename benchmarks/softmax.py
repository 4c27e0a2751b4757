"""What a training step of the Transformer costs by the number of places, with the softmax over all
of them and over a sample, and what the sample costs in accuracy.

Run: `python -m benchmarks.softmax [--places N ...] [--sample N] [--steps N] [--people N]
[--days N] [--epochs N] [--threads N]`.  Steps are timed on random walks in which every place is
visited, each case in a process of its own, whose peak of memory it is; MRR on val is of two
trainings on a simulated city of many places, the sample there a tenth of the places.  Prints JSON.

Belongs here: measuring. Does not belong here: the sample, which `transformer.negatives` draws.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import torch

from models_ml.config import TrainConfig
from models_ml.data import sequences
from models_ml.data.corpus import Corpus, encode, queries_for_rows, target_rows
from models_ml.evaluation.evaluate import answer
from models_ml.transformer.chunks import chunk_batches, trainset
from models_ml.transformer.losses import objective
from models_ml.transformer.negatives import SAMPLE, Negatives
from models_ml.transformer.network import plain_kernels
from models_ml.transformer.steps import Steps
from models_ml.transformer.train import build, fit
from stevo_dagster.sources.simulator.run import simulate_table

EACH = 60
LIFE = "sparse"


def walks(places: int) -> Corpus:
    """People of `EACH` events, one after the other, who step to a place nobody was at or back to
    one of theirs; all of it train.  So the newest events are of few people.
    """
    rng = np.random.default_rng(0)
    people = -(-2 * places // EACH)
    item = np.zeros((people, EACH), dtype=np.int64)
    item[:, ::2] = (rng.permutation(people * EACH // 2) % places).reshape(people, EACH // 2)
    back = 2 * (rng.random((people, EACH // 2)) * (np.arange(EACH // 2) + 1)).astype(int)
    item[:, 1::2] = np.take_along_axis(item, back, axis=1)
    code, total, point = item.ravel(), item.size, rng.random((places, 2))
    table = pd.DataFrame(
        {
            "event_id": np.arange(total).astype(str),
            "user_id": np.repeat(np.arange(people), EACH).astype(str),
            "event_type": "check_in",
            "event_at": pd.Timestamp("2020-01-01", tz="UTC")
            + pd.to_timedelta(np.arange(total) * 10, unit="min"),
            "item_id": code.astype(str),
            "category": "x",
            "latitude": 40 + point[code, 0] / 2,
            "longitude": -74 + point[code, 1] / 2,
        }
    )
    return encode(sequences.build(table).assign(split="train"))


def case(places: int, sample: int, steps: int, threads: int) -> dict[str, float]:
    """Median seconds of a step, and the process' peak of memory in MB, before steps and after."""
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    config = TrainConfig(threads=threads, device="cpu", max_train_events=(steps + 1) * 512)
    corpus = walks(places)
    model = build(corpus, config)
    data = trainset(corpus, model.vocabulary, config)
    negatives = Negatives.of(corpus, model.vocabulary, sample)
    order = list(data.order(config, 1))
    taken, run = [], Steps(model.network, config, len(order))
    model.network.train()
    before, widths = peak(), []
    for index in order[: steps + 1]:
        began = time.perf_counter()
        one = chunk_batches(data, config, index)
        if negatives:
            one = negatives.narrowed(one, (config.seed, run.done))
        with plain_kernels():
            output = model.network(one.batch, data.table, one.wide, one.sampled)
            run.step(objective(output, one, config)[0])
        taken.append(time.perf_counter() - began)
        widths.append(output.vocabulary.shape[1])
    return {
        "columns": round(statistics.median(widths)),
        "seconds_a_step": round(statistics.median(taken[1:]), 4),
        "mb_before": before,
        "mb_peak": peak(),
    }


def peak() -> int:
    """The most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def apart(*given: int) -> dict[str, float]:
    """`case` in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(case, *given).result()


def accuracy(people: int, days: int, epochs: int, threads: int) -> dict[str, Any]:
    """MRR on val after training with either softmax on one simulated city."""
    table = simulate_table(people=people, days=days, life=LIFE).to_pandas()
    corpus = encode(sequences.build(table))
    queries = queries_for_rows(corpus, target_rows(corpus, "val"))
    places = len(np.unique(corpus.item[(corpus.split == 0) & (corpus.item >= 0)]))
    found: dict[str, Any] = {"events": len(corpus), "places": places, "sample": places // 10}
    for name, sample in (("full", 0), ("sampled", places // 10)):
        config = TrainConfig(epochs=epochs, threads=threads, softmax_sample=sample)
        model = fit(corpus, config).model
        found[f"val_mrr_{name}"] = round(
            float((1 / answer(model, corpus, queries).ranks).mean()), 4
        )
    return found


def main(argv: Sequence[str] | None = None) -> None:
    """Time both at each size, train both on one city, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--places", type=int, nargs="+", default=[5_000, 20_000, 100_000])
    parser.add_argument("--sample", type=int, default=SAMPLE)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args(argv)
    rows = []
    for places in given.places:
        full, less = (apart(places, n, given.steps, given.threads) for n in (0, given.sample))
        ratio = full["seconds_a_step"] / less["seconds_a_step"]
        rows.append({"places": places, "full": full, "sampled": less, "ratio": round(ratio, 2)})
    about = {"peer": "softmax over all places", "sample": given.sample, "threads": given.threads}
    city = accuracy(given.people, given.days, given.epochs, given.threads)
    print(json.dumps(about | {"forms": rows, "city": city}))


if __name__ == "__main__":
    main()
