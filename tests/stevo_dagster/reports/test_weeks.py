"""Weeks are whole, end with the newest day, and leave out what is older than the last whole one."""

from __future__ import annotations

import duckdb
import pytest

from stevo_dagster.reports.weeks import make_weekly


def days(number: int) -> duckdb.DuckDBPyConnection:
    """One event on each of so many days from 2024-03-01."""
    con = duckdb.connect()
    con.execute(
        "create table fct_events as select 'u' as user_id, date '2024-03-01' + i::int as day,"
        " (date '2024-03-01' + i::int)::timestamptz as event_at, i as event_key,"
        " 'click' as event_type, 'x' as category, 3 as local_hour, 1 as weekday,"
        " null::double as latitude, null::double as longitude, null as h3_r9, null as h3_r8,"
        f" null as h3_r7 from range({number}) as t (i)"
    )
    return con


@pytest.mark.parametrize(("number", "weeks"), [(0, 0), (6, 0), (7, 1), (20, 2), (21, 3)])
def test_only_whole_weeks_count(number, weeks):
    con = days(number)
    assert make_weekly(con) == weeks
    found = con.execute("select week, count(*) from weekly group by week order by week").fetchall()
    assert [count for _, count in found] == [7] * weeks
    outside = "select count(*) from weekly where not day between week and week + 6"
    assert con.execute(outside).fetchone() == (0,)
