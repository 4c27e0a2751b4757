"""Findings are the published tables, and the drift that hot spots lead to."""

from __future__ import annotations

from models_ml.patterns.contracts import CONTRACTS
from stevo_dagster.planted.findings import read_findings
from stevo_dagster.reports.correlations import COLUMNS


def test_tables_are_those_that_are_published(known):
    for name in ("seasonality", "changes", "hot_spots", "flows"):
        table = getattr(known.findings, name)
        assert len(table)
        assert tuple(table.columns) == CONTRACTS[name].names
    assert tuple(known.findings.correlations.columns) == tuple(COLUMNS)
    assert known.findings.places["item_id"].is_unique


def test_without_places_there_is_no_drift(known):
    with known.con.cursor() as con:
        con.execute("set timezone = 'UTC'")
        con.execute(
            "create temp table fct_events as select * replace (null::varchar as h3_r9,"
            " null::varchar as h3_r8, null::varchar as h3_r7)"
            " from memory.main.fct_events where event_type = 'check_in' limit 2000"
        )
        found = read_findings(con)
    assert found.drift is None
    assert not len(found.hot_spots)
