"""One small simulated city with everything planted, and what the reports say of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import duckdb
import pytest

from stevo_dagster.planted.findings import Findings, read_findings
from stevo_dagster.planted.marts import city_marts
from stevo_dagster.sources.simulator import simulate


@dataclass(frozen=True)
class Known:
    """A city's marts, its truth and the findings."""

    con: duckdb.DuckDBPyConnection
    truth: dict[str, Any]
    findings: Findings


@pytest.fixture(scope="session")
def known(tmp_path_factory) -> Known:
    """As many people and days as the command takes."""
    made = simulate(
        tmp_path_factory.mktemp("planted"), people=300, days=60, seed=3, dirt=0, format="parquet"
    )
    truth = json.loads(made.truth.read_text())
    con = city_marts(made.events, truth)
    return Known(con, truth, read_findings(con))
