"""The configuration of Spark, and what is said where it cannot start. Nothing here starts it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.settings import Settings
from stevo_dagster.warehouse.spark.engine import configuration, java_missing, require_spark


def test_on_one_machine_spark_keeps_to_the_limits_and_to_the_runs_staging(
    settings: Settings,
) -> None:
    found = configuration(settings, "r")
    assert found["spark.master"] == f"local[{settings.threads}]"
    assert found["spark.driver.memory"] == "2g"
    assert found["spark.sql.session.timeZone"] == "UTC"
    staging = str(settings.lake.staging("r"))
    assert found["spark.local.dir"].startswith(staging)
    assert found["spark.sql.warehouse.dir"].startswith(staging)


def test_a_cluster_keeps_its_own_memory_and_partitions(settings: Settings) -> None:
    found = configuration(replace(settings, spark_master="spark://head:7077"), "r")
    assert found["spark.master"] == "spark://head:7077"
    assert not {"spark.driver.memory", "spark.sql.shuffle.partitions"} & found.keys()


def test_java_is_looked_for_where_java_home_says_else_on_the_path(tmp_path: Path) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.touch(mode=0o755)
    assert not java_missing({"JAVA_HOME": str(tmp_path), "PATH": ""})
    assert not java_missing({"PATH": str(java.parent)})
    assert java_missing({"PATH": str(tmp_path)})
    assert java_missing({"JAVA_HOME": str(tmp_path / "other"), "PATH": str(java.parent)})


def test_a_machine_without_java_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyspark")
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    with pytest.raises(StevoError, match="there is no Java"):
        require_spark()
