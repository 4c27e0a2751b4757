"""The Spark session of one dbt process: its configuration, and what must be there to start it.

Belongs here: opening Spark. Does not belong here: what it sees of the lake (`views.py`). What is
not set here comes from Spark's own `spark-defaults.conf` (`SPARK_CONF_DIR`), as on any cluster.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from stevo_dagster.errors import StevoError
from stevo_dagster.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def open_spark(settings: Settings, run_id: str) -> SparkSession:
    """Start the session that dbt-spark's session method finds.

    Raises:
        StevoError: pyspark or Java is missing.
    """
    require_spark()
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName(f"stevo {run_id}")
    for name, value in configuration(settings, run_id).items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def require_spark() -> None:
    """Refuse to go on without pyspark, dbt-spark or a Java to run them.

    Raises:
        StevoError: says what to install.
    """
    for module in ("pyspark", "dbt.adapters.spark"):
        if importlib.util.find_spec(module) is None:
            raise StevoError(
                f"the engine is spark, and {module} is not installed",
                where="STEVO_ENGINE",
                fix="pip install 'stevo[spark]', or unset STEVO_ENGINE",
            )
    if java_missing():
        raise StevoError(
            "the engine is spark, and there is no Java",
            where="JAVA_HOME",
            fix="install a Java runtime of version 17 or 21, such as openjdk-17-jre-headless",
        )


def java_missing(environ: Mapping[str, str] | None = None) -> bool:
    """Whether neither JAVA_HOME nor the path has a `java`."""
    env = os.environ if environ is None else environ
    if env.get("JAVA_HOME"):
        return not os.access(os.path.join(env["JAVA_HOME"], "bin", "java"), os.X_OK)
    return shutil.which("java", path=env.get("PATH", "")) is None


def configuration(settings: Settings, run_id: str) -> dict[str, str]:
    """What the models need of Spark, and on one machine its share of it."""
    scratch = settings.lake.staging(run_id)
    found = {
        "spark.sql.session.timeZone": "UTC",
        # Tables of a run live in its session alone: no metastore, nothing in the working folder.
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": str(scratch / "spark" / "warehouse"),
        # Views keep the file list they were made with, so a run sees one state of the lake.
        "spark.sql.legacy.storeAnalyzedPlanForView": "true",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.ui.enabled": "false",
        # The process's output is dbt's log, one event a line.
        "spark.ui.showConsoleProgress": "false",
    }
    if settings.spark_master is not None:
        return {**found, "spark.master": settings.spark_master}
    return {
        **found,
        "spark.master": f"local[{settings.threads}]",
        "spark.driver.memory": settings.memory_limit.lower().removesuffix("b"),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.local.dir": str(scratch / "spill"),
        "spark.sql.shuffle.partitions": str(2 * settings.threads),
    }
