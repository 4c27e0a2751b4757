"""Cities in the benchmark's form: from any table of events to train, val and test with questions.

Here belong the rules of the form: what is one trajectory, where time is split, which events are
asked for, and the folder that `benchmark.read` reads.  Where events come from, and how good models
are on them, does not belong here.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from models_ml.columns import SPLITS
from models_ml.data.sequences import split_by_time
from models_ml.errors import ModelError
from models_ml.evaluation import benchmark

GAP = pd.Timedelta(hours=24)
SHORTEST = 3
MAX_SCORED = 2_000
NEEDED = ("user_id", "item_id", "event_type", "event_at")
GIVEN = ("category", "utc_offset_minutes", "latitude", "longitude")
COLUMNS = (*benchmark.COLUMNS[:-1], "trajectory_id", "scored")


def in_form(events: pd.DataFrame, *, max_scored: int = MAX_SCORED, seed: int = 7) -> pd.DataFrame:
    """The events of a city with `split`, `trajectory_id` and `scored`; columns `COLUMNS` and
    `split`, in order of time.

    Time is split 80/10/10 by events.  Within a split a user's events are one trajectory until a
    gap of more than 24 hours; where most events share their moment with another of the user
    (baskets, pages of ratings), one trajectory a week.  Shorter ones than `SHORTEST` are left out.
    Scored in val and test are the last event of a trajectory, or of a week all that is later than
    its first moment, where train knows user and place: at most `max_scored` a split, drawn by
    `seed`.  Among events of one moment the order is drawn too, so that no order of a file tells.
    Raises `ModelError` when a column is missing or a split has no question.
    """
    table = _ordered(events, seed)
    table["split"] = split_by_time(table["event_at"])
    in_weeks = bool(table.duplicated(["user_id", "event_at"], keep=False).mean() > 0.5)
    table["trajectory_id"] = _trajectories(table, in_weeks)
    long_enough = table.groupby("trajectory_id")["event_id"].transform("size") >= SHORTEST
    table = table[long_enough].reset_index(drop=True)
    asked = _later_than_first(table) if in_weeks else _last(table)
    table["scored"] = _scored(table, asked, max_scored, seed)
    for split in SPLITS[1:]:
        if not (table["scored"] & (table["split"] == split)).any():
            raise ModelError(
                f"no trajectory of {split} leads to a place that train knows, with a user it knows",
                where="cities.in_form",
                fix="a longer span of time, or more people",
            )
    return table[[*COLUMNS, "split"]]


def write(table: pd.DataFrame, folder: Path) -> None:
    """train, val and test.csv.gz of a table of `in_form`; the folder is made if missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for split in SPLITS:
        part = table.loc[table["split"] == split, list(COLUMNS)]
        part.to_csv(folder / f"{split}.csv.gz", index=False)


def _ordered(events: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Events with a place, by time and then by chance, numbered in that order."""
    missing = [name for name in NEEDED if name not in events.columns]
    if missing:
        raise ModelError(f"events lack the columns {', '.join(missing)}", where="cities.in_form")
    table = events.reindex(columns=[*NEEDED, *GIVEN]).dropna(subset=list(NEEDED))
    table["event_at"] = pd.to_datetime(table["event_at"], utc=True).astype("datetime64[us, UTC]")
    table["utc_offset_minutes"] = table["utc_offset_minutes"].fillna(0).astype(int)
    for name in ("user_id", "item_id"):
        table[name] = table[name].astype(str)
    chance = np.random.default_rng(seed).permutation(len(table))
    at = table["event_at"].to_numpy(dtype="datetime64[us]").astype(np.int64)
    table = table.iloc[np.lexsort((chance, at))].reset_index(drop=True)
    return table.assign(event_id=[f"e{number:07d}" for number in range(len(table))])


def _trajectories(table: pd.DataFrame, in_weeks: bool) -> pd.Series:
    """The name of each event's trajectory; none reaches over a split."""
    at, keys = table["event_at"], [table["user_id"], table["split"]]
    if in_weeks:
        # Weeks since 1970, moved so that they begin on Mondays.
        piece = (at - pd.Timestamp("1969-12-29", tz="UTC")) // pd.Timedelta(days=7)
    else:
        is_new = at.groupby(keys).diff() > GAP
        piece = is_new.astype(int).groupby(keys).cumsum()
    return table["user_id"] + "_" + table["split"].astype(str) + "_" + piece.astype(str)


def _last(table: pd.DataFrame) -> pd.Series:
    """Whether each event is the last of its trajectory."""
    return ~table.duplicated("trajectory_id", keep="last")


def _later_than_first(table: pd.DataFrame) -> pd.Series:
    """Whether each event is later than the first moment of its trajectory."""
    return table["event_at"] > table.groupby("trajectory_id")["event_at"].transform("min")


def _scored(table: pd.DataFrame, asked: pd.Series, max_scored: int, seed: int) -> np.ndarray:
    """Whether each event is scored, bool (events,): those of `asked` that train knows, drawn."""
    train = table[table["split"] == "train"]
    is_known = table["user_id"].isin(train["user_id"]) & table["item_id"].isin(train["item_id"])
    chosen = np.zeros(len(table), dtype=bool)
    for number, split in enumerate(SPLITS[1:]):
        rows = np.flatnonzero(asked & is_known & (table["split"] == split))
        rng = np.random.default_rng((seed, number))
        chosen[rng.permutation(rows)[:max_scored]] = True
    return chosen
