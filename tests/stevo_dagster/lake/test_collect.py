"""Garbage collection keeps what is published, pinned, leased or recent."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from stevo_dagster.lake import Lake, collect_garbage, files, lease, run_staging, write_table

DAY = "day=2024-03-01"


def publish_versions(lake: Lake, count: int) -> list[Path]:
    made = []
    for value in range(count):
        with run_staging(lake, "r"):
            write_table(lake, "r", "t", DAY, pd.DataFrame({"a": [value]}), code_hash="c")
        made.append(files(lake, "t")[0].parent)
    return made


def test_only_old_versions_nobody_holds_are_removed(lake: Lake) -> None:
    made = publish_versions(lake, 5)
    with lease(lake, [made[1] / "part-0.parquet"]):
        removed = collect_garbage(lake, keep=2, pinned=[made[0]], recent_seconds=0)
    assert removed == [made[2]]
    assert [path.exists() for path in made] == [True, True, False, True, True]


def test_a_lease_ends_with_its_block(lake: Lake) -> None:
    made = publish_versions(lake, 3)
    with lease(lake, [made[0]]):
        assert collect_garbage(lake, keep=1, recent_seconds=0) == [made[1]]
    assert collect_garbage(lake, keep=1, recent_seconds=0) == [made[0]]


def test_recent_versions_stay(lake: Lake) -> None:
    made = publish_versions(lake, 3)
    assert collect_garbage(lake, keep=1) == []
    assert all(path.exists() for path in made)


def test_a_rolled_back_link_keeps_its_old_version(lake: Lake) -> None:
    made = publish_versions(lake, 3)
    link = lake.link("t", DAY)
    link.unlink()
    link.symlink_to(made[0])
    collect_garbage(lake, keep=1, recent_seconds=0)
    assert made[0].exists()
