"""Tables of ingest made again from the originals: as they were, or not at all."""

from __future__ import annotations

import sys

import pytest

from stevo_dagster.ingest.landing import find_landed
from stevo_dagster.ingest.rebuild import TABLES, rebuild
from stevo_dagster.ingest.replay import replay
from stevo_dagster.lake import damage, manifest, partitions
from stevo_dagster.settings import Settings, load_settings
from tests.stevo_dagster.ingest.kit import event

DAY = "day=2024-03-01"


@pytest.fixture
def taken(take, settings) -> Settings:
    """A home with two files: the second repeats an id of the first, and has a line that is bad."""
    take([event(1), event(2)])
    take([event(3), event(2, item_id="other"), event(1), b"bad", *(event(n) for n in (4, 5))])
    return settings


def break_(settings: Settings, table: str, part: str) -> None:
    path = settings.lake.link(table, part).resolve() / "part-0.parquet"
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    sys.modules["stevo_dagster.lake.files"]._verified.clear()


def every(settings: Settings) -> list[tuple[str, str]]:
    return [(table, part) for table in TABLES for part in partitions(settings.lake, table)]


def test_everything_that_ingest_published_comes_back_under_its_version(taken) -> None:
    lake = taken.lake
    before = {where: manifest(lake, *where) for where in every(taken)}
    assert len(before) > len(TABLES)
    for where in before:
        break_(taken, *where)
    assert rebuild(taken, "r", before) == {}
    for where, was in before.items():
        now = manifest(lake, *where)
        assert damage(lake.link(*where).resolve()) is None
        assert now is not None and was is not None and now.rows == was.rows
        if where[0] in ("events", "ingest_ledger"):
            assert now.version == was.version, where
    assert not any((lake.root / ".staging").iterdir())


def test_other_rows_than_the_damaged_ones_are_not_published(take, settings) -> None:
    old = [event(n, event_at=f"1985-01-0{n}T00:00:00Z") for n in (1, 2)]
    take([*old, *(event(n) for n in range(3, 8))])
    wide = load_settings(settings.home, {"STEVO_ENV": "ci", "STEVO_EVENT_AT_MIN": "1980-01-01"})
    (result,) = replay(wide, "replay-1")
    part = f"day={result.days[0]}"
    break_(settings, "events", part)
    assert "no longer give it" in rebuild(settings, "r", [("events", part)])["events", part]
    assert "other rows" in rebuild(wide, "r", [("events", part)])["events", part], "it was late"
    assert damage(settings.lake.link("events", part).resolve()) is not None


def test_a_damaged_original_is_the_reason_and_nothing_is_published(taken) -> None:
    (file_id, *_) = (part.removeprefix("file=") for part in partitions(taken.lake, "ingest_ledger"))
    original = find_landed(taken, file_id).files["file"]
    original.write_bytes(original.read_bytes()[:-2] + b"?}")
    break_(taken, "events", DAY)
    (reason,) = rebuild(taken, "r", [("events", DAY)]).values()
    assert str(original) in reason
    assert damage(taken.lake.link("events", DAY).resolve()) is not None
