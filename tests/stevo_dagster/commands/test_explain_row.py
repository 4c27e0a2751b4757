"""The command: one row, the tables it came through, the lines it came in."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from stevo_dagster.commands import explain_row
from stevo_dagster.commands.explain_row import parse_key
from stevo_dagster.errors import StevoError
from stevo_dagster.home import update_home
from stevo_dagster.lake import connect


def invoke(*args: str):
    app = typer.Typer()
    explain_row.register(app)
    return CliRunner().invoke(app, list(args))


def test_the_way_back_is_printed_table_by_table(demo_home, demo_settings, monkeypatch):
    monkeypatch.setenv("STEVO_HOME", str(demo_home[0]))
    monkeypatch.setenv("STEVO_ENV", "demo")
    with connect(demo_settings.lake, ["dim_users"]) as con:
        query = "select user_id, events from dim_users order by events desc limit 1"
        user, events = con.execute(query).fetchall()[0]
    result = invoke("dim_users", f"user_id={user}", "--limit", "2")
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert [line.split()[0] for line in lines if line[0] != " "] == [
        "dim_users",
        "fct_events",
        "int_events_clean",
        "events",
        "landing",
    ]
    assert f"landing                  {events:,} lines" in lines
    assert lines[-1] == f"  and {events - 2:,} more: --limit shows them"
    assert sum("(file " in line for line in lines) == 2 and '"event_id":' in result.output
    assert "version" in lines[1] and "code" in lines[1] and "inputs" in lines[1]


def test_lines_with_names_are_not_for_everybody(settings):
    update_home(settings, simulated=False)
    result = invoke("dim_users", "user_id=u")
    assert isinstance(result.exception, StevoError)
    assert "--restricted" in (result.exception.fix or "")


def test_keys_are_columns_and_values():
    assert parse_key(["day=2024-03-01", "name=a=b", "cell="]) == {
        "day": "2024-03-01",
        "name": "a=b",
        "cell": "",
    }
    for wrong in (["day"], ["=x"], ["a=1", "a=2"]):
        with pytest.raises(StevoError):
            parse_key(wrong)
