"""The published table ``evolution``: one tidy list of how things change.

Belongs here: rows of each kind from what other modules found, and q-values. Does not belong here:
any statistic.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from models_ml.patterns.agreement import agreement
from models_ml.patterns.false_discovery import q_values_by_kind
from models_ml.patterns.spatial.cluster_drift import ClusterDrift
from models_ml.patterns.spatial.drift import Drift
from models_ml.patterns.temporal.contracts import EVOLUTION

Rows = list[dict[str, Any]]


def evolution(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """The table of rows of any kinds, in the order given; q-values of those with a p-value."""
    table = EVOLUTION.table(rows)
    claims = table["p_value"].notna()
    table.loc[claims, "q_value"] = q_values_by_kind(
        table.loc[claims, "p_value"], table.loc[claims, "kind"]
    )
    return table


def drift_rows(name: str, subject: str, found: Drift | ClusterDrift, weeks: int) -> Rows:
    """Speed (km a week) and bearing (degrees) of a drift, each with its interval."""
    shared = {"subject": subject, "p_value": found.p_value, "n": weeks, "n_people": found.people}
    return [
        {"kind": f"{name}_speed", "value": found.speed, "low": found.speed_low,
         "high": found.speed_high, **shared},
        {"kind": f"{name}_bearing", "value": found.bearing, "low": found.bearing_low,
         "high": found.bearing_high, **shared},
    ]  # fmt: skip


def community_rows(flows: pd.DataFrame) -> Rows:
    """How far the communities of each week are those of the week before: adjusted Rand index."""
    nodes = flows[(flows["kind"] == "node") & flows["community_before"].notna()]
    rows: Rows = []
    for week, part in nodes.groupby("week", sort=True):
        now, before = (
            {str(cell): int(one) for cell, one in part.set_index("cell")[name].items()}
            for name in ("community", "community_before")
        )
        found = agreement(now, before)
        rows.append(
            {
                "kind": "community_kept",
                "subject": "all",
                "period": week,
                "value": found.rand,
                "p_value": found.p_value,
                "n": found.n,
                # people at one node alone, fewer than those behind the network
                "n_people": int(part["n_people"].max()),
            }
        )
    return rows


def retention_rows(found: pd.DataFrame) -> Rows:
    """Rows of ``retention``."""
    return [
        {
            "kind": "retention",
            "subject": f"cohort:{one.cohort:%Y-%m-%d}",
            "period": one.week,
            "value": one.value,
            "low": one.low,
            "high": one.high,
            "n": one.people,
            "n_people": one.returned,
        }
        for one in found.itertuples()
    ]
