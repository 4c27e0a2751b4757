"""The next-place benchmark: fit on train, tune on val alone, answer every scored event with 100
ranks.

Here belong reading a benchmark folder and writing its answers, for any model by name.  The
command line is in the orchestration package; the neutral scorer is not part of stevo.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from models_ml.columns import ENSEMBLE, MARGINAL, MODEL, SPLITS, TEXT_COLUMNS
from models_ml.config import TrainConfig
from models_ml.data.corpus import Corpus, encode, queries_for_rows
from models_ml.data.sequences import build
from models_ml.data.tiles import tiles
from models_ml.errors import ModelError
from models_ml.evaluation.rank import top
from models_ml.registry import check_name, fitted
from models_ml.scorer import Scorer

RANKS = 100
# Of the ensemble.  Three networks do better on val than one, and take three times as long.
NETWORKS = 3
COLUMNS = (
    "event_id",
    "user_id",
    "item_id",
    "category",
    "event_type",
    "event_at",
    "utc_offset_minutes",
    "latitude",
    "longitude",
    "scored",
)
# A title may be all digits.
AS_TEXT = ("event_id", "user_id", "item_id", *TEXT_COLUMNS)
# The models that the Transformer is a part of.
TAKE_TEXTS = (ENSEMBLE, MODEL, MARGINAL)


def read(folder: Path, splits: Sequence[str] = SPLITS) -> pd.DataFrame:
    """All events of a benchmark folder, with `split`, from the files of `splits` alone; raises
    `ModelError` naming a missing file or column.
    """
    if not folder.is_dir():
        raise ModelError(
            f"no benchmark folder {folder}",
            where=str(folder),
            fix="a folder with train, val and test.csv.gz",
        )
    parts = []
    for split in splits:
        path = folder / f"{split}.csv.gz"
        if not path.is_file():
            raise ModelError(
                f"{path.name} is missing", where=str(folder), fix="train, val and test.csv.gz"
            )
        try:
            part = pd.read_csv(path, dtype=dict.fromkeys(AS_TEXT, str))
        except (OSError, EOFError, ValueError) as error:
            raise ModelError(f"{path.name} cannot be read: {error}", where=str(path)) from error
        missing = [name for name in COLUMNS if name not in part.columns]
        if missing:
            raise ModelError(f"{path.name} lacks the columns {', '.join(missing)}", where=str(path))
        parts.append(part.assign(split=split))
    return pd.concat(parts, ignore_index=True)


def sequences_of(events: pd.DataFrame) -> pd.DataFrame:
    """The sequences table of a benchmark, with the benchmark's own split in place of the time
    split.
    """
    is_train = events["split"] == "train"
    table = build(events, is_train=is_train)
    return table.drop(columns="split").merge(events[["event_id", "split", "scored"]], on="event_id")


def scored_rows(corpus: Corpus, events: pd.DataFrame, split: str) -> np.ndarray:
    """Rows of the scored events of a split, in time order; `events` are those of `read`."""
    asked = events["scored"].astype(bool) & (events["split"] == split)
    return corpus.order[np.isin(corpus.event_id[corpus.order], events.loc[asked, "event_id"])]


def answers(scorer: Scorer, corpus: Corpus, rows: np.ndarray, *, time_given: bool) -> pd.DataFrame:
    """event_id, rank, item_id: the best `RANKS` places for each row, from what lies strictly
    before it.
    """
    queries = queries_for_rows(corpus, rows, time_given=time_given)
    parts = []
    for tile in tiles(len(rows), len(corpus.items)):
        part = queries.take(tile)
        best = top(scorer.score(corpus, part), RANKS)
        width = best.shape[1]
        parts.append(
            pd.DataFrame(
                {
                    "event_id": np.repeat(corpus.event_id[part.row], width),
                    "rank": np.tile(np.arange(1, width + 1), len(part)),
                    "item_id": corpus.items[best.ravel()],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def networks_of(model: str) -> int:
    """How many networks a model averages where nothing else is asked for."""
    return NETWORKS if model == ENSEMBLE else 1


def run(
    folder: Path,
    *,
    split: str = "test",
    time_aware: bool = False,
    model: str = ENSEMBLE,
    seed: int = 7,
    seeds: int | None = None,
    texts: str = "",
    settings: Mapping[str, Any] | None = None,
    progress: Callable[[dict[str, float]], None] | None = None,
) -> pd.DataFrame:
    """The answers of a model to every scored event of a split of a benchmark folder.

    `seeds` says how many networks it averages, from `seed` on (`networks_of` the model, unless
    told), `texts` is the language model by which items are described, and `settings` are over the
    model's defaults.
    """
    check_name(model)
    if texts and model not in TAKE_TEXTS:
        raise ModelError(
            f"{model} makes no use of texts", where="texts", fix=f"one of {', '.join(TAKE_TEXTS)}"
        )
    if split not in ("val", "test"):
        raise ModelError(f"no split {split!r} to answer", fix="val or test")
    events = read(folder)
    corpus = encode(sequences_of(events))
    rows = scored_rows(corpus, events, split)
    if not len(rows):
        raise ModelError(f"{split}.csv.gz has no scored event", where=str(folder))
    config = TrainConfig(seed=seed, time_aware=time_aware, texts=texts)
    networks = networks_of(model) if seeds is None else seeds
    scorer = fitted(model, corpus, config, progress, networks, settings)
    return answers(scorer, corpus, rows, time_given=time_aware)
