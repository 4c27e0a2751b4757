"""Rows of evolution: q-values of claims alone, and communities compared week by week."""

from __future__ import annotations

import pandas as pd
import pytest

from models_ml.patterns.evolution import community_rows, drift_rows, evolution, retention_rows
from models_ml.patterns.spatial.cluster_drift import ClusterDrift
from models_ml.patterns.temporal.contracts import EVOLUTION, EVOLUTION_KINDS
from models_ml.patterns.temporal.retention import retention

WEEKS = pd.to_datetime(["2024-01-01", "2024-01-08"])
DRIFT = ClusterDrift(4, 0.2, 0.1, 0.3, 350.0, 340.0, 365.0, 0.02, 8, 60)


def test_claims_have_q_values_and_descriptions_have_none():
    rows = drift_rows("cluster", "cluster:4", DRIFT, 8)
    rows += [{"kind": "jump_km", "subject": "all", "value": 1.0, "n": 30, "n_people": 30}]
    table = evolution(rows)
    assert table.dtypes.astype(str).to_dict() == EVOLUTION.types
    assert table["kind"].tolist() == ["cluster_speed", "cluster_bearing", "jump_km"]
    assert set(table["kind"]) <= set(EVOLUTION_KINDS)
    assert table["q_value"].tolist()[:2] == pytest.approx([0.02, 0.02])
    assert table.loc[2, ["low", "high", "p_value", "q_value"]].isna().all()
    assert len(evolution([])) == 0


def test_communities_that_stay_agree_and_those_that_change_less():
    nodes = pd.DataFrame(
        {"week": WEEKS[1], "kind": "node", "cell": list("abcdef"), "n_people": 20,
         "community": [0, 0, 0, 1, 1, 1], "community_before": [0, 0, 0, 1, 1, 1]}
    )  # fmt: skip
    (same,) = community_rows(nodes)
    assert (same["value"], same["n"], same["n_people"]) == (1.0, 6, 20)
    (other,) = community_rows(nodes.assign(community_before=[0, 1, 0, 1, 0, 1]))
    assert other["value"] < 0.2 < other["p_value"]
    assert community_rows(nodes.assign(community_before=None)) == []


def test_cohorts_are_named_by_their_week():
    seen = [{"week": week, "person": one} for week in WEEKS for one in range(12)]
    (row,) = retention_rows(retention(pd.DataFrame(seen), 10))
    assert (row["subject"], row["period"]) == ("cohort:2024-01-01", WEEKS[1])
    assert (row["value"], row["n"], row["n_people"]) == (1.0, 12, 12)
