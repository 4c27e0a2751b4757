"""The only lister: verified once, in the order asked for, and valid while others publish."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.lake import (
    Lake,
    connect,
    damage,
    load_manifest,
    run_staging,
    tables,
    verified,
    version_folder,
)
from stevo_dagster.lake import write_table as put_table

DAYS = tuple(f"day=2024-03-0{number}" for number in (1, 2, 3))


@pytest.fixture
def library() -> Iterator[ModuleType]:
    """The module, with nothing verified yet: `lake.files` is the function of the package."""
    import sys

    module = sys.modules["stevo_dagster.lake.files"]
    module._verified.clear()
    yield module
    module._verified.clear()


@pytest.fixture
def three_days(lake: Lake) -> Lake:
    for number, day in enumerate(DAYS):
        put(lake, day, number)
    return lake


def put(lake: Lake, day: str, value: int) -> None:
    with run_staging(lake, "r"):
        put_table(lake, "r", "t", day, pd.DataFrame({"a": [value]}), code_hash="c")


def test_paths_are_resolved_and_in_the_order_asked_for(three_days, library):
    every = library.files(three_days, "t")
    assert [load_manifest(path.parent).partition for path in every] == list(DAYS)
    chosen = library.files(three_days, "t", [DAYS[2], DAYS[0]])
    assert chosen == [every[2], every[0]]
    assert all(path == path.resolve() and path.name == "part-0.parquet" for path in every)
    assert library.files(three_days, "t", []) == []
    assert library.files(three_days, "nothing") == []


def test_a_path_stays_good_while_a_newer_version_is_published(three_days, library):
    before = version_folder(three_days, "t", DAYS[0])
    put(three_days, DAYS[0], 99)
    after = version_folder(three_days, "t", DAYS[0])
    assert before != after
    assert pd.read_parquet(verified(before))["a"].tolist() == [0]
    assert pd.read_parquet(verified(after))["a"].tolist() == [99]


def test_a_version_is_hashed_once_a_process(three_days, library, monkeypatch):
    hashed: list[Path] = []
    real = library.file_sha256

    def counting(path: Path) -> str:
        hashed.append(path)
        return real(path)

    monkeypatch.setattr(library, "file_sha256", counting)
    for _ in range(3):
        library.files(three_days, "t")
    assert len(hashed) == len(DAYS) == len(set(hashed))


def test_an_unpublished_day_is_named_with_the_way_out(three_days, library):
    with pytest.raises(StevoError, match="t day=2024-03-09 is not published") as error:
        library.files(three_days, "t", [DAYS[0], "day=2024-03-09"])
    assert error.value.fix is not None and "stevo run" in error.value.fix


@pytest.mark.parametrize("damage", ["gone", "first bit", "a bit", "last bit", "shorter", "longer"])
def test_damage_is_told_with_table_day_and_path(three_days, library, damage):
    path = version_folder(three_days, "t", DAYS[1]) / "part-0.parquet"
    raw = bytearray(path.read_bytes())
    if damage == "gone":
        path.unlink()
    elif damage.endswith("bit"):
        raw[{"first bit": 0, "a bit": len(raw) // 2, "last bit": -1}[damage]] ^= 1
        path.write_bytes(raw)
    else:
        path.write_bytes(raw[:-1] if damage == "shorter" else raw + b"x")
    problem = "is missing" if damage == "gone" else r"is damaged \(sha256 differs\)"
    with pytest.raises(StevoError, match=problem) as error:
        library.files(three_days, "t")
    assert error.value.where == f"t {DAYS[1]}: {path}"
    assert error.value.fix is not None and "stevo doctor --repair" in error.value.fix


def test_200_of_200_flipped_bits_are_refused_before_a_value_is_read(lake, library):
    chance = random.Random(20240301)
    with run_staging(lake, "r"):
        for table, number in (
            (t, n) for t in ("events", "fct_events", "dim_users") for n in range(3)
        ):
            rows = {"a": range(9), "text": [f"{table} {number} {row}" for row in range(9)]}
            put_table(lake, "r", table, DAYS[number], pd.DataFrame(rows), code_hash="c")
    every = [path for table in tables(lake) for path in library.files(lake, table)]
    assert len(every) == 9
    refused = 0
    for _ in range(200):
        path = chance.choice(every)
        sound = path.read_bytes()
        at = chance.randrange(8 * len(sound))
        raw = bytearray(sound)
        raw[at // 8] ^= 1 << at % 8
        path.write_bytes(raw)
        library._verified.clear()  # as a new process would start
        table, part = path.parent.parent.parent.name, path.parent.parent.name
        with pytest.raises(StevoError, match="damaged") as error:
            connect(lake, [table])
        assert error.value.where == f"{table} {part}: {path}"
        assert damage(path.parent) is not None
        refused += 1
        path.write_bytes(sound)
    assert refused == 200
    library._verified.clear()
    assert [path for table in tables(lake) for path in library.files(lake, table)] == every


def test_a_folder_that_only_looks_like_a_partition_is_not_published(lake, library):
    (lake.root / "t" / DAYS[0]).mkdir(parents=True)
    assert library.files(lake, "t") == []
    with pytest.raises(StevoError, match="not published"):
        version_folder(lake, "t", DAYS[0])
