"""The process that runs dbt on Spark, as far as it goes without Java."""

from __future__ import annotations

import pytest

from stevo_dagster.settings import Settings
from stevo_dagster.warehouse.spark import process


def test_what_is_missing_is_told_and_dbt_is_not_started(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pyspark")
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    monkeypatch.setenv("STEVO_RUN_ID", "r")
    assert process.main(["build"]) == 1
    assert "there is no Java" in capsys.readouterr().err
    assert not (settings.home / "dbt").exists()
