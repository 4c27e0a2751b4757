"""Settings: explicit environments, clear refusals, no fallback."""

from __future__ import annotations

from pathlib import Path

import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.settings import ENVIRONMENTS, load_settings


def test_every_environment_loads(tmp_path: Path) -> None:
    for name in ENVIRONMENTS:
        assert load_settings(tmp_path, {"STEVO_ENV": name}).environment == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STEVO_ENV", "production"),
        ("STEVO_ENGINE", "polars"),
        ("STEVO_WATERMARK_HOURS", "six"),
        ("STEVO_KEEP_RELEASES", "0"),
        ("STEVO_KEEP_VERSIONS", "0"),
        ("STEVO_EVENT_AT_MIN", "yesterday"),
    ],
)
def test_a_value_that_is_not_of_its_kind_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(StevoError, match=name):
        load_settings(tmp_path, {name: value})


def test_the_engine_is_duckdb_unless_told_otherwise(tmp_path: Path) -> None:
    assert load_settings(tmp_path, {}).engine == "duckdb"
    settings = load_settings(tmp_path, {"STEVO_ENGINE": "spark", "STEVO_SPARK_MASTER": "yarn"})
    assert (settings.engine, settings.spark_master) == ("spark", "yarn")
    assert load_settings(tmp_path, {"STEVO_SPARK_MASTER": ""}).spark_master is None


def test_the_home_is_absolute_and_from_the_environment(tmp_path: Path) -> None:
    settings = load_settings(environ={"STEVO_HOME": str(tmp_path / "h")})
    assert settings.home == tmp_path / "h"
    assert load_settings(environ={}).home.is_absolute()
