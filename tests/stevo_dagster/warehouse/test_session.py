"""What materialisations ask a session: steps, staging paths and views."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import duckdb
from hypothesis import given
from hypothesis import settings as cases
from hypothesis import strategies as st

from stevo_dagster.lake import Lake, day_partition
from stevo_dagster.warehouse.session import Session, Window, cut_steps, staged_days, view_sql
from stevo_dagster.warehouse.tables import tables

DAY = date(2024, 3, 10)


def _session(lake: Lake, first: date | None, last: date | None, rows: dict[str, int]) -> Session:
    return Session(lake, Window("run", first, last), {}, rows)


@cases(deadline=None, max_examples=60)
@given(rows=st.lists(st.integers(0, 30), min_size=1, max_size=40), most=st.integers(1, 50))
def test_steps_keep_every_day_in_order_and_their_size(rows: list[int], most: int) -> None:
    days = [(DAY + timedelta(days=number)).isoformat() for number in range(len(rows))]
    counts = {day_partition(day): count for day, count in zip(days, rows, strict=True)}
    steps = cut_steps(days, counts, most)
    assert [day for step in steps for day in step] == days
    for step in steps:
        assert len(step) == 1 or sum(counts[day_partition(day)] for day in step) <= most


def test_look_back_is_staged_only_where_there_is_data() -> None:
    rows = {"day=2024-03-08": 1, "day=2024-03-10": 1}
    assert staged_days(DAY, DAY, 7, rows) == ["2024-03-08", "2024-03-09", "2024-03-10"]
    assert staged_days(DAY, DAY, 7, {})[0] == "2024-03-03"
    assert staged_days(DAY, DAY, 0, {"day=2024-04-01": 1}) == ["2024-03-10"]


def test_a_table_that_children_look_back_on_is_staged_earlier(lake: Lake) -> None:
    session = _session(lake, DAY, DAY, {"day=2024-01-01": 1})
    assert json.loads(session.steps("int_events_clean"))[0][0] == "2024-03-03"
    assert json.loads(session.steps("fct_events")) == [["2024-03-10"]]
    assert json.loads(session.steps("agg_user_windows")) == [["2024-03-10"]]


def test_no_window_means_no_steps_and_no_condition(lake: Lake) -> None:
    session = _session(lake, None, None, {})
    assert session.steps("fct_events") == "[]"
    assert session.own_days("fct_events") == ""


def test_tests_see_the_runs_own_days_of_daily_tables_alone(lake: Lake) -> None:
    session = _session(lake, DAY, DAY + timedelta(days=1), {})
    assert session.own_days("fct_events") == ("day between date '2024-03-10' and date '2024-03-11'")
    assert session.own_days("dim_users") == ""
    assert session.own_days("holidays") == ""


def test_staged_files_are_laid_over_published_ones(lake: Lake, tmp_path: Path) -> None:
    old = {"day=2024-03-09": tmp_path / "nine", "day=2024-03-10": tmp_path / "ten"}
    session = Session(lake, Window("run", DAY, DAY), {"agg_flows": old}, {})
    staged = session.stage("agg_flows", "day=2024-03-10")
    sql = session.view("agg_flows")
    assert str(tmp_path / "nine") in sql and staged in sql
    assert str(tmp_path / "ten") not in sql


def test_a_table_without_files_is_a_typed_view_without_rows() -> None:
    with duckdb.connect() as con:
        con.execute(f"create view found as {view_sql(tables()['agg_flows'], [])}")
        described = con.execute("describe found").fetchall()
        rows = con.execute("select count(*) from found").fetchone()
    assert {row[0]: row[1].lower() for row in described} == dict(tables()["agg_flows"].columns)
    assert rows == (0,)


def test_a_view_reads_day_from_the_path_and_quotes_it(tmp_path: Path) -> None:
    folder = tmp_path / "it's" / "day=2024-03-10"
    folder.mkdir(parents=True)
    with duckdb.connect() as con:
        columns = ", ".join(
            f"cast(null as {kind}) as {name}"
            for name, kind in tables()["agg_flows"].columns.items()
        )
        path = str(folder / "part-0.parquet").replace("'", "''")
        con.execute(f"copy (select {columns}) to '{path}' (format parquet)")
        found = con.execute(view_sql(tables()["agg_flows"], [folder / "part-0.parquet"])).fetchall()
    assert found[0][0] == DAY
