"""Manifests: equal work is an equal version, and what cannot be read is named."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stevo_dagster.errors import StevoError
from stevo_dagster.lake import (
    Lake,
    Manifest,
    load_manifest,
    manifest,
    partitions,
    run_staging,
    tables,
    write_table,
)

DESCRIBED = Manifest(
    table="t",
    partition="all",
    sha256="s" * 64,
    size=10,
    rows=2,
    content_hash="c" * 32,
    schema=[{"name": "a", "type": "BIGINT"}],
    code_hash="k",
    inputs={"events/day=2024-03-01": "x"},
)
TEXTS = st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=4)


@settings(deadline=None, max_examples=30)
@given(TEXTS, st.integers(0, 2**62), st.text(max_size=8))
def test_a_manifest_survives_its_file(tmp_path_factory, inputs, rows, run_id):
    written = replace(DESCRIBED, inputs=inputs, rows=rows, run_id=run_id)
    folder = tmp_path_factory.getbasetemp() / written.version
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_text(written.to_json())
    assert load_manifest(folder) == written


@settings(deadline=None, max_examples=30)
@given(TEXTS)
def test_a_version_depends_on_what_went_in_and_not_on_its_order(inputs):
    one = replace(DESCRIBED, inputs=inputs)
    other = replace(DESCRIBED, inputs=dict(reversed(inputs.items())))
    assert one.version == other.version
    assert len(one.version) == 16
    assert replace(one, inputs={**inputs, "more": "1"}).version != one.version


@pytest.mark.parametrize(
    ("change", "is_new"),
    [
        ({"content_hash": "d"}, True),
        ({"code_hash": "other"}, True),
        ({"table": "u"}, True),
        ({"partition": "day=2024-03-01"}, True),
        ({"run_id": "other", "created_at": "later", "sha256": "z", "size": 1}, False),
    ],
)
def test_the_clock_and_the_run_make_no_version(change, is_new):
    assert (replace(DESCRIBED, **change).version != DESCRIBED.version) == is_new


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "no readable manifest"),
        ("{", "no readable manifest"),
        ("[]", "no readable manifest"),
        ('{"format": 1}', "no readable manifest"),
        ('{"format": 99}', "format 99 is newer than this stevo knows"),
        (json.dumps({**json.loads(DESCRIBED.to_json()), "extra": 1}), "extra"),
    ],
)
def test_what_is_no_manifest_is_refused_with_its_path(tmp_path, text, problem):
    path = tmp_path / "manifest.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(StevoError, match=problem) as error:
        load_manifest(tmp_path)
    assert error.value.where == str(path)
    assert error.value.fix


@pytest.mark.parametrize(
    "change", [{"content_hash": "d"}, {"code_hash": "d"}, {"inputs": {}}, {"partition": "ingest"}]
)
def test_a_manifest_that_is_not_its_versions_is_refused(tmp_path, change):
    folder = tmp_path / DESCRIBED.version
    folder.mkdir()
    (folder / "manifest.json").write_text(replace(DESCRIBED, **change).to_json())
    with pytest.raises(StevoError, match="not that of its version") as error:
        load_manifest(folder)
    assert str(folder) in (error.value.where or "")


def test_only_what_a_link_points_to_is_published(lake: Lake):
    assert tables(lake) == partitions(lake, "t") == []
    assert manifest(lake, "t", "all") is None
    with run_staging(lake, "r"):
        for day in ("day=2024-03-02", "day=2024-03-01"):
            write_table(lake, "r", "t", day, pd.DataFrame({"a": [1]}), code_hash="c")
    (lake.root / "u" / "all").mkdir(parents=True)
    (lake.root / "t" / ".day=2024-03-03.new").symlink_to("nowhere")
    assert tables(lake) == ["t"]
    assert partitions(lake, "t") == ["day=2024-03-01", "day=2024-03-02"]
    found = manifest(lake, "t", "day=2024-03-02")
    assert found is not None and (found.partition, found.rows) == ("day=2024-03-02", 1)
