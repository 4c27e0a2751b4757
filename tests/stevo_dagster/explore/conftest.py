"""A home with one release of a synthetic city's shared tables.

Belongs here: what the tests of this folder share. Does not belong here: the city itself
(`tests/stevo_dagster/reports/conftest.py`).
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from stevo_dagster.lake import releases
from stevo_dagster.reports.inputs import SHARED, ReportInputs
from stevo_dagster.settings import Settings, load_settings
from tests.stevo_dagster.reports.conftest import make_city, make_inputs

__all__ = ["make_city", "make_inputs"]

INFO = {
    "as_of": "2024-04-12T18:00:00+00:00",
    "model_source": "model:st_transformer",
    "model_version": "3f9a1c2e",
    "champion_reason": "st_transformer beats blend.",
}


@pytest.fixture(scope="session")
def city_inputs(make_city, make_inputs) -> ReportInputs:
    return make_inputs(make_city(5, 42, lag_hours=6))


@pytest.fixture(scope="session")
def released(city_inputs, tmp_path_factory) -> Settings:
    """Settings of a home whose current release holds the city's tables."""
    home = tmp_path_factory.mktemp("explored")
    settings = load_settings(home, {"STEVO_ENV": "demo"})
    names = {
        **{name: name for name in (*SHARED, "correlations", "evaluation")},
        "fct_ingest_ledger": "ledger",
        "fct_cleaning_ledger": "cleaning",
    }
    paths = {}
    for table, field in names.items():
        rows: pd.DataFrame = getattr(city_inputs, field)
        paths[table] = Path(home) / f"{table}.parquet"
        rows.to_parquet(paths[table])
    made = releases.build(settings.releases, paths, {}, INFO)
    releases.switch(settings.releases, made.id)
    return settings
