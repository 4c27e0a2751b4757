"""The record of experiments: one row for each training that was evaluated, never taken away.

Belongs here: the layout of the table `experiments` and how a row joins it. Does not belong here:
training, metrics, or the clock: when and by which run is Dagster's to say, and equal work gives
equal rows.
"""

from __future__ import annotations

import json
from typing import Any

from stevo_dagster.defs.making import frame, one_row
from stevo_dagster.defs.models.judging import places_of
from stevo_dagster.lake import UNDATED, manifest, partitions
from stevo_dagster.settings import Settings

TYPES = {
    "number": "int64",
    "model_version": "str",
    "reason": "str",
    "code_hash": "str",
    "data_hash": "str",
    "evaluation_hash": "str",
    "config": "str",
    "peers": "str",
    "curves": "str",
    "metrics": "str",
    "model": "str",
    "acc1": "float64",
    "acc1_low": "float64",
    "acc1_high": "float64",
    "mrr": "float64",
    "best_baseline": "str",
    "best_baseline_acc1": "float64",
    "n": "int64",
}
SAME = ["code_hash", "data_hash", "evaluation_hash", "config", "peers"]


def experiments_table(settings: Settings) -> Any:
    """All rows so far, and one for the training and evaluation that are published now.

    A row counts as known when code, data, evaluation and settings are those of an earlier one.
    """
    import pandas as pd

    row = pd.DataFrame([present(settings)])
    if not partitions(settings.lake, "experiments"):
        return row.assign(number=1)[list(TYPES)].astype(TYPES)
    known = frame(settings, "experiments", "select * from experiments order by number")
    # Rows of before there were peers lack the column.
    known = known.reindex(columns=list(TYPES)).fillna({"peers": "{}"})
    if (known[SAME] == row[SAME].iloc[0]).all(axis=1).any():
        return known[list(TYPES)].astype(TYPES)
    row = row.assign(number=int(known["number"].max()) + 1)
    return pd.concat([known, row], ignore_index=True)[list(TYPES)].astype(TYPES)


def present(settings: Settings) -> dict[str, Any]:
    """The row of what is published now, without its number."""
    trained = one_row(settings, "trained_model")
    curves = frame(settings, "training_curves", "select * from training_curves order by epoch")
    evaluation = frame(settings, "evaluation")
    return {
        "model_version": trained["model_version"],
        "reason": trained["reason"],
        "code_hash": _manifest(settings, "trained_model").code_hash,
        "data_hash": _manifest(settings, "sequences").content_hash,
        "evaluation_hash": _manifest(settings, "evaluation").content_hash,
        "config": trained["config"],
        "peers": json.dumps(peers(settings), sort_keys=True),
        "curves": json.dumps(curves.to_dict("records")),
        "metrics": json.dumps(metrics(evaluation), sort_keys=True),
        **headline(evaluation, learned=trained["model_version"] is not None),
    }


def peers(settings: Settings) -> dict[str, dict[str, Any]]:
    """Version, reason and settings of each peer that was asked for, by name."""
    rows = frame(settings, "trained_peers").to_dict("records")
    return {
        row["name"]: {
            "version": row["model_version"],
            "reason": row["reason"],
            "config": json.loads(row["config"]),
        }
        for row in rows
    }


def metrics(evaluation: Any) -> dict[str, dict[str, float]]:
    """model to "task metric" to value, over all instances."""
    whole = evaluation[evaluation.segment == "all"]
    found: dict[str, dict[str, float]] = {}
    for model, task, metric, value in zip(
        whole.model, whole.task, whole.metric, whole.value, strict=True
    ):
        found.setdefault(model, {})[f"{task} {metric}"] = float(value)
    return found


def headline(evaluation: Any, *, learned: bool) -> dict[str, Any]:
    """Acc@1 with its interval and MRR of the learned model, beside the best baseline's Acc@1.

    Without a learned model, or with too few people to measure, what is missing is null.
    """
    from models_ml.columns import BASELINES, ENSEMBLE

    places = places_of(evaluation)
    acc1 = places[places.metric == "acc@1"].set_index("model")
    counting = acc1[acc1.index.isin(BASELINES)]
    best = None if counting.empty else counting["value"].idxmax()
    told: dict[str, Any] = {
        "model": None,
        "acc1": None,
        "acc1_low": None,
        "acc1_high": None,
        "mrr": None,
        "best_baseline": best,
        "best_baseline_acc1": None if best is None else float(counting.value[best]),
        "n": 0 if best is None else int(counting.n[best]),
    }
    if learned and ENSEMBLE in acc1.index:
        mine = acc1.loc[ENSEMBLE]
        told |= {
            "model": ENSEMBLE,
            "acc1": float(mine["value"]),
            "acc1_low": float(mine["ci_low"]),
            "acc1_high": float(mine["ci_high"]),
            "mrr": float(places[places.metric == "mrr"].set_index("model").value[ENSEMBLE]),
        }
    return told


def _manifest(settings: Settings, table: str) -> Any:
    found = manifest(settings.lake, table, UNDATED)
    assert found is not None, f"{table} is an input of experiments and so published"
    return found
