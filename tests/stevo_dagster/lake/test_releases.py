"""Releases: complete or absent, switched at once, kept while pinned."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import duckdb
import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.lake import (
    UNDATED,
    files,
    manifest,
    read,
    releases,
    run_staging,
    write_table,
)
from stevo_dagster.settings import Settings


def make(settings: Settings, tmp_path: Path, value: int) -> releases.Release:
    tables = {}
    for name in ("first", "second"):
        path = tmp_path / f"{name}-{value}.parquet"
        duckdb.sql(f"select {value} as value").write_parquet(str(path))
        tables[name] = path
    return releases.build(settings.releases, tables, {}, {"as_of": "2024-03-01"})


def test_a_release_is_not_seen_before_the_switch(settings: Settings, tmp_path: Path) -> None:
    first = make(settings, tmp_path, 1)
    releases.switch(settings.releases, first.id)
    second = make(settings, tmp_path, 2)
    assert read("first", as_="records") == [{"value": 1}]
    assert read("first", release=second.id, as_="records") == [{"value": 2}]
    releases.switch(settings.releases, second.id)
    assert read("first", as_="records") == [{"value": 2}]


def test_roll_back_goes_to_the_release_before(settings: Settings, tmp_path: Path) -> None:
    made = [make(settings, tmp_path, value) for value in (1, 2)]
    made.sort(key=lambda release: release.id)
    releases.switch(settings.releases, made[1].id)
    assert releases.roll_back(settings.releases).id == made[0].id
    with pytest.raises(StevoError, match="no earlier release"):
        releases.roll_back(settings.releases)


def test_old_releases_are_dropped_but_not_pinned_or_current_ones(
    settings: Settings, tmp_path: Path
) -> None:
    made = sorted(make(settings, tmp_path, value).id for value in range(5))
    releases.pin(settings.releases, made[0])
    releases.switch(settings.releases, made[1])
    assert releases.drop_old(settings.releases, keep=1) == made[2:4]
    left = [release.id for release in releases.list_releases(settings.releases)]
    assert left == [made[0], made[1], made[4]]
    releases.unpin(settings.releases, made[0])
    assert releases.drop_old(settings.releases, keep=1) == [made[0]]


def test_an_unknown_release_is_named(settings: Settings) -> None:
    with pytest.raises(StevoError, match=r"no release '\.\./x'"):
        releases.get(settings.releases, "../x")


def test_a_damaged_table_is_refused(settings: Settings, tmp_path: Path) -> None:
    release = make(settings, tmp_path, 1)
    path = release.table_file("first")
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(StevoError, match="damaged"):
        read("first", release=release.id)


def test_a_release_of_a_newer_stevo_is_refused(settings: Settings, tmp_path: Path) -> None:
    release = make(settings, tmp_path, 1)
    path = release.folder / "release.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(StevoError, match="newer"):
        releases.get(settings.releases, release.id)


def test_one_read_sees_one_release(settings: Settings, tmp_path: Path) -> None:
    releases.switch(settings.releases, make(settings, tmp_path, 0).id)
    writer = multiprocessing.Process(target=_publish, args=(settings, tmp_path))
    writer.start()
    while writer.is_alive():
        release = releases.current(settings.releases)
        assert release is not None
        values = {
            read(name, release=release.id, as_="records")[0]["value"]
            for name in ("first", "second")
        }
        assert len(values) == 1
    writer.join()
    assert writer.exitcode == 0


def _publish(settings: Settings, tmp_path: Path) -> None:
    for value in range(1, 25):
        releases.switch(settings.releases, make(settings, tmp_path, value).id)


def test_a_damaged_table_is_copied_again_from_the_version_it_was_made_from(
    settings: Settings, tmp_path: Path
) -> None:
    lake = settings.lake
    with duckdb.connect() as con, run_staging(lake, "r"):
        write_table(lake, "r", "first", UNDATED, con.sql("select 1 as value"), code_hash="c")
    described = manifest(lake, "first", UNDATED)
    assert described is not None
    page = tmp_path / "report.html"
    page.write_text("hello")
    pins = {"lake": {"first/all": described.version}}
    made = releases.build(
        settings.releases, {"first": files(lake, "first")[0]}, {page.name: page}, pins
    )
    assert releases.damaged_files(made) == []
    assert releases.pinned_versions(settings.releases, lake) == {files(lake, "first")[0].parent}
    sound = made.table_file("first").read_bytes()
    made.table_file("first").write_bytes(sound[:-1])
    (made.folder / page.name).write_text("hullo")
    assert releases.damaged_files(made) == [made.table_file("first"), made.folder / page.name]
    assert releases.restore_table(made, "first", lake)
    assert made.table_file("first").read_bytes() == sound
    files(lake, "first")[0].write_bytes(b"also damaged")
    made.table_file("first").unlink()
    assert not releases.restore_table(made, "first", lake)
