"""The whole warehouse on both engines: two simulated days, every row of every table compared.

Spark starts three times, so its just-in-time compiling is kept short; what it computes is the same.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.spark import FIRST, Difference, build_all, differences, make_homes
from stevo_dagster.warehouse.spark.engine import java_missing

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(java_missing(), reason="there is no Java on this machine"),
]

SHORT = """\
spark.driver.extraJavaOptions -XX:TieredStopAtLevel=1
spark.sql.codegen.wholeStage false
spark.sql.codegen.factoryMode NO_CODEGEN
"""

# The two engines' sine, cosine and logarithm differ in the last bit.
ROUNDED = {
    "scaled_hour_sin",
    "scaled_hour_cos",
    "scaled_weekday_sin",
    "scaled_weekday_cos",
    "scaled_gap",
    "scaled_distance",
    "scaled_dwell",
    "scaled_amount",
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Difference]:
    """Differences of the tables that DuckDB and Spark built from the same events."""
    pytest.importorskip("pyspark")
    folder: Path = tmp_path_factory.mktemp("engines")
    (folder / "spark-defaults.conf").write_text(SHORT)
    embedded, spark = make_homes(folder / "homes", people=10, days=2, seed=5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(folder))
        for settings in (embedded, spark):
            build_all(settings, FIRST, FIRST + timedelta(days=1))
    return differences(embedded.lake, spark.lake)


def test_every_table_has_the_same_rows_on_both_engines(found: dict[str, Difference]) -> None:
    wrong = {name: one for name, one in found.items() if one.unmatched or one.differing}
    assert wrong == {}
    assert found["fct_events"].rows > 100


def test_only_transcendental_functions_differ_and_only_in_the_last_bit(
    found: dict[str, Difference],
) -> None:
    assert set(found["fct_events"].rounding) <= ROUNDED
    assert max(found["fct_events"].rounding.values(), default=0.0) < 1e-15
