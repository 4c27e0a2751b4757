"""Columns traced through compiled SQL."""

from __future__ import annotations

from stevo_dagster.warehouse.lineage import lineage_of

COLUMNS = {
    "events": {"user_id": "varchar", "amount": "double", "at": "timestamp"},
    "zones": {"user_id": "varchar", "zone": "varchar"},
}


def test_columns_are_traced_through_ctes_joins_and_windows() -> None:
    sql = """
        with joined as (
            select events.*, zones.zone
            from memory.main.events left join memory.main.zones using (user_id)
        ),
        gaps as (
            select * exclude (at), at - lag(at) over (partition by user_id order by at) as gap
            from joined
        )
        select user_id, amount * 2 as twice, gap, zone, 1 as one from gaps
    """
    found = lineage_of(sql, ["twice", "gap", "zone", "one"], COLUMNS)
    assert found["twice"] == [("events", "amount")]
    assert set(found["gap"]) >= {("events", "at")}
    assert found["zone"] == [("zones", "zone")]
    assert found["one"] == []
