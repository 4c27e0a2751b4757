"""The command's refusals; the set itself is tested beside its module."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import typer
from typer.testing import CliRunner

from stevo_dagster.commands import training_set
from stevo_dagster.commands.training_set import parse_moment
from stevo_dagster.errors import StevoError
from stevo_dagster.home import update_home


def invoke(*args: str):
    app = typer.Typer()
    training_set.register(app)
    return CliRunner().invoke(app, list(args))


def test_a_moment_without_a_zone_is_utc():
    assert parse_moment("2024-03-01") == datetime(2024, 3, 1, tzinfo=UTC)
    assert parse_moment("2024-03-01T01:00:00+01:00") == datetime(2024, 3, 1, tzinfo=UTC)
    with pytest.raises(StevoError, match="'soon' is not an ISO 8601 time"):
        parse_moment("soon")


@pytest.mark.parametrize(
    ("simulated", "more", "problem"),
    [
        (False, [], "holds rows per person"),
        (True, ["--out", "no/such/folder/x.parquet"], "the folder to write to is not there"),
        (True, [], "no event was received by 2024-03-01"),
    ],
)
def test_what_cannot_be_made_is_refused(settings, tmp_path, simulated, more, problem):
    update_home(settings, simulated=simulated)
    result = invoke("2024-03-01", "--out", str(tmp_path / "x.parquet"), *more)
    assert isinstance(result.exception, StevoError) and problem in str(result.exception)
