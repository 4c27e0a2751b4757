"""Repair: what is damaged comes back as it was, and what has no source is named."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from stevo_dagster.doctor import examine
from stevo_dagster.lake import files, manifest, partitions, releases
from stevo_dagster.repair import repair
from stevo_dagster.settings import Settings

pytestmark = pytest.mark.slow

DAY = "day=2024-10-13"
DAMAGED = (
    ("events", "day=2024-10-12"),
    ("int_events_clean", DAY),
    ("fct_events", DAY),
    ("agg_user_windows", DAY),
    ("dim_users", "all"),
)


def quiet(phase: str, text: str) -> None:
    """Say nothing."""


def flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 4
    path.write_bytes(raw)
    sys.modules["stevo_dagster.lake.files"]._verified.clear()


def problems(settings: Settings) -> list[str]:
    return [one.detail for one in examine(settings) if one.problem is not None]


def test_every_damaged_table_comes_back_under_its_version(demo_copy):
    lake = demo_copy.lake
    before = {where: manifest(lake, *where) for where in DAMAGED}
    for table, part in DAMAGED:
        flip(files(lake, table, [part])[0])
    unreadable = lake.link("agg_flows", DAY).resolve() / "manifest.json"
    flows = unreadable.parent.name
    unreadable.write_text("{")
    now = releases.current(demo_copy.releases)
    flip(now.table_file("recommendations"))
    assert len(problems(demo_copy)) == len(DAMAGED) + 2

    done = repair(demo_copy, quiet)
    assert [one.problem for one in done] == [None] * (len(DAMAGED) + 2)
    assert problems(demo_copy) == []
    for where, was in before.items():
        assert manifest(lake, *where).version == was.version
    assert manifest(lake, "agg_flows", DAY).version == flows
    assert repair(demo_copy, quiet) == []


def test_a_record_and_a_report_without_a_copy_are_named_and_left(demo_copy):
    (record,) = files(demo_copy.lake, "experiments")
    flip(record)
    report = releases.current(demo_copy.releases).folder / "report.html"
    flip(report)
    done = repair(demo_copy, quiet)
    assert [(one.what, one.problem is None) for one in done] == [
        ("experiments all", False),
        (str(report), False),
    ]
    assert partitions(demo_copy.lake, "experiments") == ["all"]
