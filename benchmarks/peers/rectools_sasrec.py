"""SASRec of RecTools, trained and asked once; run by `benchmarks/sasrec.py` in a venv of its own.

Called as `rectools_sasrec.py EVENTS SETTINGS`: EVENTS is a CSV file of user, item, at, held (1 for
the event that is kept back of each user), SETTINGS a JSON object with the keys that are read below.
Prints one JSON object: (wall, CPU) seconds of training, of recommending and of what is measured of
the lists, hits at 10, the version of torch.

Belongs here: the peer alone. Does not belong here: anything of ours; models_ml is not there.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytorch_lightning
import torch
from pytorch_lightning.callbacks import Callback
from rectools import Columns
from rectools.dataset import Dataset
from rectools.metrics import MRR, NDCG, HitRate, calc_metrics
from rectools.models import SASRecModel

SHOWN = 10
ROUNDS = 3
METRICS = {
    "hit@1": HitRate(k=1),
    "hit@5": HitRate(k=5),
    "hit@10": HitRate(k=10),
    "mrr@10": MRR(k=10),
    "ndcg@10": NDCG(k=10),
}
# On a CPU the fastest of 64 to 1,024; the default is 256.
RECOMMENDED_AT_ONCE = 64


class Clock(Callback):
    """Seconds between the start and the end of training; what comes before is not counted."""

    seconds = cpu_seconds = 0.0

    def on_train_start(self, *_: object) -> None:
        """Training begins."""
        self.began = time.perf_counter(), time.process_time()

    def on_train_end(self, *_: object) -> None:
        """Training is over."""
        self.seconds = time.perf_counter() - self.began[0]
        self.cpu_seconds = time.process_time() - self.began[1]


def model_of(settings: dict[str, Any]) -> Any:
    """The model, with a trainer that only trains: nothing is logged, saved or validated."""

    def trainer() -> Any:
        return pytorch_lightning.Trainer(
            accelerator="cpu",
            devices=1,
            max_epochs=settings["epochs"],
            min_epochs=settings["epochs"],
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            callbacks=[Clock()],
        )

    return SASRecModel(
        n_blocks=settings["layers"],
        n_heads=settings["heads"],
        n_factors=settings["d_model"],
        dropout_rate=settings["dropout"],
        session_max_len=settings["window"],
        batch_size=settings["sequences"],
        lr=settings["lr"],
        loss="softmax",
        recommend_torch_device="cpu",
        recommend_batch_size=RECOMMENDED_AT_ONCE,
        get_trainer_func=trainer,
    )


def quickest(function: Callable[[], Any]) -> tuple[Any, tuple[float, float]]:
    """(what it returns, (wall, CPU) seconds of the quickest round by CPU)."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter(), time.process_time()
        returned = function()
        taken.append((time.perf_counter() - began[0], time.process_time() - began[1]))
    return returned, min(taken, key=lambda one: one[1])


def main() -> None:
    """Train, recommend to everybody, measure, and print."""
    warnings.filterwarnings("ignore")
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    events, settings = pd.read_csv(sys.argv[1]), json.loads(sys.argv[2])
    torch.set_num_threads(settings["threads"])
    pytorch_lightning.seed_everything(settings["seed"], verbose=False)
    events = events.rename(
        columns={"user": Columns.User, "item": Columns.Item, "at": Columns.Datetime}
    )
    events[Columns.Datetime] = pd.to_datetime(events[Columns.Datetime], unit="s")
    events[Columns.Weight] = 1
    past, held = events[events["held"] == 0], events[events["held"] == 1]
    dataset = Dataset.construct(past[[*Columns.Interactions]])
    model = model_of(settings)
    model.fit(dataset)
    # The trainer is copied before it trains, and its clock with it.
    clock = next(one for one in model.fit_trainer.callbacks if isinstance(one, Clock))
    users = held[Columns.User].to_numpy()
    found, rank = quickest(lambda: model.recommend(users, dataset, k=SHOWN, filter_viewed=False))
    truth = held[[Columns.User, Columns.Item]]
    values, measure = quickest(lambda: calc_metrics(METRICS, found, truth))
    print(
        json.dumps(
            {
                "train": (clock.seconds, clock.cpu_seconds),
                "rank": rank,
                "measure": measure,
                "hits": round(values["hit@10"] * len(users)),
                "torch": torch.__version__,
            }
        )
    )


if __name__ == "__main__":
    main()
