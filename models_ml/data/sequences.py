"""The flat `sequences` table: one row an event, ordered within its user, split by global time.

Here belong the pure functions from clean events to that table: derived time and space columns,
the split and the normalised `f_*` features.  Arrays for models are made in `corpus`; user and
item features in `features`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from models_ml.columns import FEATURE_COLUMNS, SEQUENCE_COLUMNS, TEXT_COLUMNS
from models_ml.errors import ModelError

REQUIRED = ("event_id", "user_id", "event_type", "event_at", "item_id")
EARTH_RADIUS_M = 6_371_008.8


def build(
    events: pd.DataFrame,
    *,
    train: float = 0.8,
    val: float = 0.1,
    is_train: pd.Series | None = None,
) -> pd.DataFrame:
    """The sequences table from clean events (any order); columns `SEQUENCE_COLUMNS`, those of
    `TEXT_COLUMNS` that the events have, and `FEATURE_COLUMNS`.

    Columns that the events lack (local time, gaps, distances) are derived; `f_*` are scaled by
    figures of the train split alone.  Raises `ModelError` when a required column is missing, an
    event id repeats or a time is null.
    """
    _check(events)
    kept = None if is_train is None else set(events.loc[is_train, "event_id"].astype(str))
    table = _ordered(events)
    table = _with_time(table)
    table = _with_moves(table)
    table["split"] = split_by_time(table["event_at"], train=train, val=val)
    scaled_by = table["split"] == "train" if kept is None else table["event_id"].isin(kept)
    table = _with_features(table, scaled_by.to_numpy())
    texts = [name for name in TEXT_COLUMNS if name in events.columns]
    return table[[*SEQUENCE_COLUMNS, *texts, *FEATURE_COLUMNS]]


def split_by_time(event_at: pd.Series, *, train: float = 0.8, val: float = 0.1) -> np.ndarray:
    """`train`, `val` or `test` for each event, by global time: shares of the events, never of the
    users.

    Events at one moment stay together, so every train event is strictly earlier than every val
    event, and val than test.  Shape (len(event_at),), object dtype.
    """
    if not (0 < train < 1 and 0 < val < 1 and train + val < 1):
        raise ModelError(
            f"split shares must be positive and sum to less than 1, got {train} and {val}"
        )
    at = event_at.to_numpy(dtype="datetime64[us]")
    if len(at) == 0:
        return np.empty(0, dtype=object)
    ordered = np.sort(at)
    first_val = ordered[min(int(len(at) * train), len(at) - 1)]
    first_test = ordered[min(int(len(at) * (train + val)), len(at) - 1)]
    return np.where(at < first_val, "train", np.where(at < first_test, "val", "test")).astype(
        object
    )


def haversine_m(
    lat_a: np.ndarray, lon_a: np.ndarray, lat_b: np.ndarray, lon_b: np.ndarray
) -> np.ndarray:
    """Great-circle distance in metres between points in degrees; NaN where a coordinate is."""
    a_lat, a_lon, b_lat, b_lon = (
        np.radians(np.asarray(x, dtype=float)) for x in (lat_a, lon_a, lat_b, lon_b)
    )
    half = np.sin((b_lat - a_lat) / 2) ** 2
    half += np.cos(a_lat) * np.cos(b_lat) * np.sin((b_lon - a_lon) / 2) ** 2
    return 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))


def _check(events: pd.DataFrame) -> None:
    missing = [name for name in REQUIRED if name not in events.columns]
    if missing:
        raise ModelError(
            f"events lack the columns {', '.join(missing)}",
            where="sequences.build",
            fix="pass clean events as the event contract names them",
        )
    for name in ("event_id", "user_id", "event_type", "event_at"):
        if events[name].isna().any():
            raise ModelError(
                f"{int(events[name].isna().sum())} events have no {name}", where="sequences.build"
            )
    if events["event_id"].duplicated().any():
        first = events.loc[events["event_id"].duplicated(), "event_id"].iloc[0]
        raise ModelError(f"event_id {first!r} occurs twice", where="sequences.build")


def _ordered(events: pd.DataFrame) -> pd.DataFrame:
    table = events.copy()
    table["event_at"] = pd.to_datetime(table["event_at"], utc=True).astype("datetime64[us, UTC]")
    for name in ("event_id", "user_id"):
        table[name] = table[name].astype(str)
    for name, default in (
        ("category", None),
        ("h3_r9", None),
        ("latitude", np.nan),
        ("longitude", np.nan),
    ):
        if name not in table:
            table[name] = default
    if "utc_offset_minutes" not in table:
        table["utc_offset_minutes"] = 0
    table["utc_offset_minutes"] = table["utc_offset_minutes"].fillna(0).astype(int)
    table["latitude"] = table["latitude"].astype(float)
    table["longitude"] = table["longitude"].astype(float)
    table = table.sort_values(["user_id", "event_at", "event_id"], ignore_index=True)
    table["position"] = table.groupby("user_id").cumcount()
    return table


def _with_time(table: pd.DataFrame) -> pd.DataFrame:
    local = table["event_at"].dt.tz_localize(None) + pd.to_timedelta(
        table["utc_offset_minutes"], unit="min"
    )
    table["local_hour"] = local.dt.hour.astype(int)
    table["weekday"] = local.dt.day_of_week.astype(int) + 1
    table["is_weekend"] = table["weekday"] >= 6
    holiday = table["is_holiday"] if "is_holiday" in table else pd.Series(False, index=table.index)
    table["is_holiday"] = holiday.fillna(False).astype(bool)
    return table


def _with_moves(table: pd.DataFrame) -> pd.DataFrame:
    """Gap and distance to the previous event of the user, in this table's own order; NaN for a
    first event.
    """
    previous = table.groupby("user_id")[["event_at", "latitude", "longitude"]].shift()
    table["gap_seconds"] = (table["event_at"] - previous["event_at"]).dt.total_seconds()
    table["distance_m"] = haversine_m(
        previous["latitude"].to_numpy(),
        previous["longitude"].to_numpy(),
        table["latitude"].to_numpy(),
        table["longitude"].to_numpy(),
    )
    return table


def _with_features(table: pd.DataFrame, is_train: np.ndarray) -> pd.DataFrame:
    table["f_gap"] = _scaled(np.log1p(table["gap_seconds"].to_numpy(float)), is_train)
    table["f_distance"] = _scaled(np.log1p(table["distance_m"].to_numpy(float)), is_train)
    local = table["event_at"].dt.tz_localize(None) + pd.to_timedelta(
        table["utc_offset_minutes"], unit="min"
    )
    day = (local - local.dt.normalize()).dt.total_seconds().to_numpy() / 86_400
    week = (table["weekday"].to_numpy() - 1 + day) / 7
    table["f_hour_sin"], table["f_hour_cos"] = np.sin(2 * np.pi * day), np.cos(2 * np.pi * day)
    table["f_week_sin"], table["f_week_cos"] = np.sin(2 * np.pi * week), np.cos(2 * np.pi * week)
    table["f_weekend"] = table["is_weekend"].astype(float)
    table["f_holiday"] = table["is_holiday"].astype(float)
    return table


def _scaled(values: np.ndarray, is_train: np.ndarray) -> np.ndarray:
    """Zero mean and unit spread over the train rows; a missing value becomes the mean (0)."""
    known = values[is_train & np.isfinite(values)]
    mean = float(known.mean()) if len(known) else 0.0
    spread = float(known.std()) if len(known) else 0.0
    scaled = (values - mean) / (spread if spread > 0 else 1.0)
    return np.where(np.isfinite(scaled), np.clip(scaled, -5.0, 5.0), 0.0)
