"""From a manifest to what Dagster shows: rows, schema, version and the days it came from."""

from __future__ import annotations

import dagster as dg

from stevo_dagster.defs.outcome import column_schema, materialised, table_metadata
from stevo_dagster.lake import Manifest

DESCRIBED = Manifest(
    table="sequences",
    partition="all",
    sha256="s",
    size=1,
    rows=42,
    content_hash="c" * 32,
    schema=[{"name": "user_id", "type": "VARCHAR"}, {"name": "position", "type": "BIGINT"}],
    code_hash="k",
    inputs={
        "fct_events/day=2024-03-02": "a",
        "fct_events/day=2024-03-01": "b",
        "champion/all": "c",
        "settings/values": "d",
    },
)


def test_the_figures_are_those_of_the_manifest():
    found = table_metadata(DESCRIBED)
    assert found["dagster/row_count"] == 42
    assert found["stevo/version"] == DESCRIBED.version
    assert found["stevo/inputs"] == 4
    assert found["stevo/days"] == "2024-03-01 to 2024-03-02"


def test_a_table_without_dated_inputs_names_no_days():
    undated = Manifest(**{**DESCRIBED.__dict__, "inputs": {"champion/all": "c"}})
    assert "stevo/days" not in table_metadata(undated)


def test_columns_keep_their_order_and_get_the_words_that_are_known():
    schema = column_schema(DESCRIBED, {"position": "0 for the first"})
    assert [(column.name, column.type) for column in schema.columns] == [
        ("user_id", "VARCHAR"),
        ("position", "BIGINT"),
    ]
    assert [column.description for column in schema.columns] == [None, "0 for the first"]


def test_the_version_is_dagsters_data_version_and_more_may_be_told():
    result = materialised(DESCRIBED, {"reason": "trained"})
    assert result.asset_key == dg.AssetKey("sequences")
    assert result.data_version == dg.DataVersion(DESCRIBED.version)
    assert result.metadata is not None
    assert result.metadata["reason"] == "trained"
    assert result.metadata["dagster/row_count"] == 42
