"""`python -m stevo_dagster.warehouse.spark.process ARGS`: one dbt invocation on Spark.

Belongs here: the order of opening the lake, Spark and dbt in one process, which dbt-spark's session
method needs. Does not belong here: dbt's arguments (`warehouse/build.py`).
"""

from __future__ import annotations

import os
import sys

from stevo_dagster.errors import StevoError
from stevo_dagster.settings import load_settings
from stevo_dagster.warehouse.inputs import write_snapshot
from stevo_dagster.warehouse.opening import open_session, read_window
from stevo_dagster.warehouse.spark.engine import open_spark
from stevo_dagster.warehouse.spark.views import open_lake


def main(args: list[str]) -> int:
    """Run dbt with `args` on Spark; the home, run and days come from the environment."""
    settings = load_settings()
    window = read_window(os.environ)
    try:
        session, snapshot = open_session(settings, window)
        write_snapshot(settings.lake.staging(window.run_id), snapshot)
        spark = open_spark(settings, window.run_id)
    except StevoError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    open_lake(spark, settings, session)
    from dbt.cli.main import dbtRunner

    try:
        return 0 if dbtRunner().invoke(args).success else 1
    finally:
        spark.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
