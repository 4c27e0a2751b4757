"""User and item features for people to read and models to use: scaled, and optionally shrunk by
PCA.

Here belong pure functions over the marts (`dim_users`, `agg_user_windows`, `dim_items`).
Per-event features are in `sequences`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from models_ml.errors import ModelError

KEYS = {"user_id", "item_id", "day"}


def user_features(
    dim_users: pd.DataFrame, agg_user_windows: pd.DataFrame, *, pca: int | None = None
) -> pd.DataFrame:
    """One row a user of `dim_users`: numeric columns of it and of the user's newest window row,
    scaled, as `f_*`.

    Counts and distances are log-scaled first; a missing value becomes 0, the mean.  With `pca`,
    the columns `pca_0 ... pca_{pca-1}` replace the wide vector.
    """
    _require(dim_users, "user_id", "dim_users")
    _require(agg_user_windows, "user_id", "agg_user_windows")
    newest = agg_user_windows
    if "day" in newest:
        newest = newest.sort_values("day", kind="stable").drop_duplicates("user_id", keep="last")
    wide = dim_users.merge(newest, on="user_id", how="left", suffixes=("", "_window"))
    return _finished(wide, "user_id", pca)


def item_features(dim_items: pd.DataFrame, *, pca: int | None = None) -> pd.DataFrame:
    """One row an item of `dim_items`: its numeric columns, scaled, as `f_*` (or `pca_*`)."""
    _require(dim_items, "item_id", "dim_items")
    return _finished(dim_items, "item_id", pca)


def scale(values: pd.DataFrame) -> pd.DataFrame:
    """Each column to zero mean and unit spread; columns without spread become 0, missing values
    the mean.

    Columns that are nowhere negative and strongly skewed (maximum over ten times the median) are
    log-scaled first.
    """
    scaled = {}
    for name in values.columns:
        column = values[name].to_numpy(float)
        known = column[np.isfinite(column)]
        if (
            len(known)
            and known.min() >= 0
            and known.max() > 10 * max(float(np.median(known)), 1e-9)
        ):
            column = np.log1p(np.maximum(column, 0))
            known = column[np.isfinite(column)]
        mean, spread = (float(known.mean()), float(known.std())) if len(known) else (0.0, 0.0)
        result = (column - mean) / spread if spread > 1e-12 else np.zeros(len(column))
        scaled[name] = np.where(np.isfinite(result), result, 0.0)
    return pd.DataFrame(scaled, index=values.index)


def principal(values: pd.DataFrame, count: int) -> pd.DataFrame:
    """The first `count` principal components, signs fixed so that the largest loading is
    positive.
    """
    if not 1 <= count <= min(values.shape):
        raise ModelError(f"pca={count} is outside 1..{min(values.shape)}", where="features")
    centred = values.to_numpy(float) - values.to_numpy(float).mean(axis=0)
    directions = np.linalg.svd(centred, full_matrices=False)[2][:count]
    signs = np.sign(directions[np.arange(count), np.abs(directions).argmax(axis=1)])
    points = centred @ (directions * signs[:, None]).T
    return pd.DataFrame(points, columns=[f"pca_{i}" for i in range(count)], index=values.index)


def _finished(wide: pd.DataFrame, key: str, pca: int | None) -> pd.DataFrame:
    numeric = [
        name
        for name in wide.columns
        if name not in KEYS and pd.api.types.is_numeric_dtype(wide[name])
    ]
    scaled = scale(wide[numeric].astype(float))
    features = scaled.add_prefix("f_") if pca is None else principal(scaled, pca)
    table = pd.concat([wide[[key]], features], axis=1)
    return table.sort_values(key, kind="stable", ignore_index=True)


def _require(table: pd.DataFrame, key: str, name: str) -> None:
    if key not in table.columns:
        raise ModelError(f"{name} has no column {key}", where="features")
    if not len(table):
        raise ModelError(f"{name} is empty", where="features", fix="build the marts first")
