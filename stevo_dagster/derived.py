"""Tables that Python makes from tables of the lake: what each reads, and whether it is current.

Belongs here: the one list of these tables, the hash of their code, and writing them under the
lake's rule. Does not belong here: computing any of them (`models_ml`, `reports`) or SQL models
(`warehouse/`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stevo_dagster.code import source_hash
from stevo_dagster.lake import (
    UNDATED,
    Lake,
    Manifest,
    lock,
    manifest,
    partitions,
    publish,
    run_staging,
    stage_table,
    text_sha256,
)

Audit = Callable[[str, Path], None]


@dataclass(frozen=True)
class Derived:
    """One table. `reads` are lake tables; `code` are files or folders below the project root.

    `key` names one row; `made_of` is as for `warehouse.tables.Table`, empty for figures over all
    rows of what is read.
    """

    name: str
    reads: tuple[str, ...]
    code: tuple[str, ...] = ("models_ml",)
    key: tuple[str, ...] = ()
    made_of: Mapping[str, str] = field(default_factory=dict)


def _by_name(*listed: Derived) -> Mapping[str, Derived]:
    return {one.name: one for one in listed}


_SCORED = ("sequences", "champion")
_SAME_USER = "parent.user_id = child.user_id"
_SAME_ITEM = "parent.item_id = child.item_id"
_SAME_EVENT = "parent.event_id = child.event_id"
_OF_THE_USER = {"sequences": _SAME_USER}
_TEMPORAL = ("stevo_dagster/reports/temporal.py", "models_ml/patterns")
REPORT_READS = (
    "fct_events",
    "activity_days",
    "activity_hours",
    "activity_cells",
    "fct_cleaning_ledger",
    "fct_ingest_ledger",
    "training_curves",
    "evaluation",
    "feature_importance",
    "citation_faithfulness",
    "correlations",
    "hot_spots",
    "flows",
    "seasonality",
    "forecasts",
    "champion",
)
_ACTIVITY = (
    "stevo_dagster/reports/activity.py",
    "stevo_dagster/reports/contracts.py",
    "stevo_dagster/reports/people.py",
)
_SPATIAL = ("stevo_dagster/reports/spatial_inputs.py", "models_ml/patterns")


def _weekly(*inputs: str) -> tuple[str, ...]:
    """The code of a table that is made from whole weeks by modules of `reports`."""
    read = (f"stevo_dagster/reports/{name}.py" for name in (*inputs, "weeks"))
    return (*read, "models_ml/patterns")


DERIVED = _by_name(
    Derived(
        "user_features",
        ("dim_users", "agg_user_windows"),
        ("models_ml/data/features.py",),
        key=("user_id",),
        made_of={"dim_users": _SAME_USER, "agg_user_windows": _SAME_USER},
    ),
    Derived(
        "item_features",
        ("dim_items",),
        ("models_ml/data/features.py",),
        key=("item_id",),
        made_of={"dim_items": _SAME_ITEM},
    ),
    Derived(
        "sequences",
        ("fct_events",),
        ("models_ml/data/sequences.py", "models_ml/columns.py"),
        key=("event_id",),
        made_of={"fct_events": _SAME_EVENT},
    ),
    Derived("trained_model", ("sequences",)),
    Derived("training_curves", ("sequences",)),
    Derived("trained_peers", ("sequences",)),
    Derived(
        "evaluation",
        ("sequences", "trained_model", "trained_peers"),
        key=("model", "task", "split", "segment", "metric"),
    ),
    Derived(
        "experiments",
        ("sequences", "trained_model", "training_curves", "trained_peers", "evaluation"),
        ("stevo_dagster/defs/models/experiments.py",),
    ),
    Derived("feature_importance", ("sequences", "trained_model")),
    Derived("citation_faithfulness", ("sequences", "trained_model")),
    Derived("champion", ("evaluation", "trained_model", "sequences")),
    Derived("next_place_predictions", _SCORED, key=("user_id", "rank"), made_of=_OF_THE_USER),
    Derived("next_event_predictions", _SCORED, key=("user_id", "event_type"), made_of=_OF_THE_USER),
    Derived("recommendations", _SCORED, key=("user_id", "rank"), made_of=_OF_THE_USER),
    Derived(
        "explanations",
        _SCORED,
        key=("user_id", "rank", "event_id"),
        made_of={"sequences": _SAME_EVENT},
    ),
    Derived(
        "correlations",
        ("agg_cell_hours", "agg_calendar", "fct_events"),
        ("stevo_dagster/reports", "models_ml/patterns"),
    ),
    Derived("activity_days", ("fct_events", "agg_calendar"), _ACTIVITY),
    Derived("activity_hours", ("fct_events",), _ACTIVITY),
    Derived("activity_cells", ("fct_events",), _ACTIVITY),
    Derived("hot_spots", ("fct_events",), _SPATIAL),
    Derived("flows", ("fct_events",), _weekly("flow_inputs")),
    Derived("clusters", ("fct_events",), _weekly("cluster_inputs")),
    Derived(
        "evolution",
        ("fct_events", "hot_spots", "flows"),
        _weekly("evolution_inputs", "cluster_inputs"),
    ),
    Derived("seasonality", ("fct_events", "agg_calendar"), _TEMPORAL),
    Derived("changes", ("fct_events", "agg_calendar"), _TEMPORAL),
    Derived("forecasts", ("fct_events",), _TEMPORAL),
    Derived("report", REPORT_READS, ("stevo_dagster/reports",)),
)


def inputs_of(lake: Lake, name: str, settings: Mapping[str, Any]) -> dict[str, str]:
    """What a table would be made from now: "table/partition" to content hash, and its settings."""
    found = {
        f"{table}/{part}": described.content_hash
        for table in DERIVED[name].reads
        for part in partitions(lake, table)
        if (described := manifest(lake, table, part)) is not None
    }
    if settings:
        found["settings/values"] = text_sha256(json.dumps(settings, sort_keys=True))[:16]
    return found


def code_hash(name: str) -> str:
    """Hash of the source files behind a table."""
    return source_hash(DERIVED[name].code)


def current(lake: Lake, name: str, settings: Mapping[str, Any] | None = None) -> Manifest | None:
    """The published manifest if it was made by this code from these inputs, else None."""
    found = manifest(lake, name, UNDATED)
    if found is None or found.code_hash != code_hash(name):
        return None
    return found if dict(found.inputs) == inputs_of(lake, name, settings or {}) else None


def write(
    lake: Lake,
    run_id: str,
    names: Sequence[str],
    compute: Callable[[], Mapping[str, Any]],
    *,
    settings: Mapping[str, Any] | None = None,
    audit: Audit | None = None,
) -> dict[str, Manifest]:
    """Compute tables and publish them: stage, audit, publish.

    Args:
        lake: the lake.
        run_id: names the staging folder.
        names: the tables that `compute` makes.
        compute: returns table name to rows; called while the tables' work is locked.
        settings: settings that change rows, recorded as an input.
        audit: called with each table's name and staged file; raises to hold everything back.

    Returns:
        Table name to published manifest.

    Raises:
        StevoError: another process has been making one of them for ten minutes.
    """
    with ExitStack() as held:
        for name in sorted(names):
            held.enter_context(lock(lake, f"derived_{name}", UNDATED, wait_seconds=600))
        held.enter_context(run_staging(lake, run_id))
        # Taken before anything is read: what changes meanwhile leaves the table stale, not wrong.
        inputs = {name: inputs_of(lake, name, settings or {}) for name in names}
        data = compute()
        for name in names:
            path = stage_table(lake, run_id, name, UNDATED, data[name])
            if audit is not None:
                audit(name, path)
        return {
            name: publish(
                lake,
                run_id,
                name,
                UNDATED,
                code_hash=code_hash(name),
                inputs=inputs[name],
                wait_seconds=60,
            )
            for name in names
        }
