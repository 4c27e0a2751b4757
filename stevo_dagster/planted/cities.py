"""One city with a known truth: simulated, read by the reports' functions, and judged.

Belongs here: the way from a seed to what was found and claimed in its city. Does not belong here:
many cities (`tally`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from stevo_dagster.planted.families import claims
from stevo_dagster.planted.findings import K, read_findings
from stevo_dagster.planted.kinds import KINDS
from stevo_dagster.planted.marts import city_marts
from stevo_dagster.reports.temporal import read_forecasts
from stevo_dagster.sources.simulator import simulate


@dataclass(frozen=True)
class Size:
    """People and UTC days of every city."""

    people: int
    days: int


@dataclass(frozen=True)
class City:
    """One city's outcome: kind to whether it was found or, where nothing is planted, family to
    claims; the other is empty."""

    seed: int
    null: bool
    found: Mapping[str, bool]
    claimed: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "seed": self.seed,
            "null": self.null,
            "found": dict(self.found),
            "claimed": dict(self.claimed),
        }


def judge_city(seed: int, size: Size, *, null: bool) -> City:
    """Simulate a city and compare what the reports say of it with its truth."""
    with TemporaryDirectory(prefix="stevo-planted-") as folder:
        made = simulate(
            Path(folder),
            people=size.people,
            days=size.days,
            seed=seed,
            dirt=0,
            format="parquet",
            null=null,
        )
        truth = json.loads(made.truth.read_text())
        with city_marts(made.events, truth) as con:
            findings = read_findings(con)
            if null:
                return City(seed, null, {}, claims(findings, read_forecasts(con, k=K)))
    return City(seed, null, {name: kind(findings, truth) for name, kind in KINDS.items()}, {})
