"""`stevo read`: forms, limits, restricted tables, clear refusals."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from stevo_dagster.commands import read as read_module
from stevo_dagster.commands.read import guard_formula
from stevo_dagster.home import update_home
from stevo_dagster.lake import Lake, run_staging, write_table
from stevo_dagster.settings import Settings


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    read_module.register(app)
    app.callback()(lambda: None)
    return app


def run(app: typer.Typer, *arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    return result.output if result.exit_code == 0 else f"failed: {result.exception}"


@pytest.fixture
def table(lake: Lake) -> None:
    frame = pd.DataFrame({"metric": ["=1+1", "acc"], "value": [0.5, 0.25]})
    with run_staging(lake, "r"):
        write_table(lake, "r", "evaluation", "all", frame, code_hash="c")
        write_table(lake, "r", "dim_users", "all", frame, code_hash="c")


@pytest.mark.usefixtures("table")
def test_forms(app: typer.Typer, tmp_path: Path) -> None:
    assert "acc" in run(app, "read", "evaluation")
    assert run(app, "read", "evaluation", "--format", "csv").splitlines() == [
        "metric,value",
        "'=1+1,0.5",
        "acc,0.25",
    ]
    lines = run(app, "read", "evaluation", "--format", "json", "--limit", "1").splitlines()
    assert [json.loads(line) for line in lines] == [{"metric": "=1+1", "value": 0.5}]
    out = tmp_path / "e.parquet"
    run(app, "read", "evaluation", "--format", "parquet", "--out", str(out))
    assert duckdb.sql(f"select count(*) from '{out}'").fetchone() == (2,)


@pytest.mark.usefixtures("table")
def test_restricted_tables_want_the_flag_unless_the_city_is_simulated(
    app: typer.Typer, settings: Settings
) -> None:
    assert "--restricted" in run(app, "read", "dim_users")
    assert "acc" in run(app, "read", "dim_users", "--restricted")
    update_home(settings, simulated=True)
    assert "acc" in run(app, "read", "dim_users")


@pytest.mark.usefixtures("table")
def test_refusals_say_the_way_out(app: typer.Typer, tmp_path: Path) -> None:
    assert "did you mean evaluation" in run(app, "read", "evaluatoin")
    assert "add --out" in run(app, "read", "evaluation", "--format", "parquet")
    missing = str(tmp_path / "no" / "x.csv")
    assert "mkdir" in run(app, "read", "evaluation", "--format", "csv", "--out", missing)
    assert "no release" in run(app, "read", "evaluation", "--release", "x")


@given(st.text(min_size=1))
def test_no_text_of_a_csv_starts_a_formula(text: str) -> None:
    guarded = guard_formula(text)
    assert guarded[0] not in "=+-@\t\r"
    assert guarded.endswith(text)
