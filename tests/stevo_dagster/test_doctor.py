"""The doctor looks at everything, changes nothing, and a part it cannot read is a finding too."""

from __future__ import annotations

import hashlib
import importlib.metadata
from pathlib import Path

import pandas as pd
import pytest

from stevo_dagster.doctor import LIBRARIES, Finding, examine
from stevo_dagster.home import update_home
from stevo_dagster.lake import UNDATED, FileLock, releases, run_staging, write_table
from stevo_dagster.settings import Settings


def problems(settings: Settings) -> list[Finding]:
    return [one for one in examine(settings) if one.problem is not None]


def content(folder: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_sound_home_has_no_problem_and_is_left_as_it_is(demo_copy):
    before = content(demo_copy.home)
    found = list(examine(demo_copy))
    assert [one for one in found if one.problem is not None] == []
    assert content(demo_copy.home) == before
    parts = list(dict.fromkeys(one.what for one in found))
    kinds = ["home", "secrets", "landing", "lake", "release", "staging", "dbt", "python", "library"]
    assert parts == kinds
    now = releases.current(demo_copy.releases)
    assert now is not None and any(one.detail == now.id for one in found)


def test_a_damaged_table_of_a_release_is_named(demo_copy):
    now = releases.current(demo_copy.releases)
    assert now is not None
    changed, gone = now.table_file("recommendations"), now.table_file("evaluation")
    changed.write_bytes(changed.read_bytes() + b"x")
    gone.unlink()
    found = problems(demo_copy)
    assert {one.detail for one in found} == {str(changed), str(gone)}
    assert all("--repair" in (one.fix or "") for one in found)


def test_a_damaged_original_and_an_older_version_of_a_release_are_named(demo_copy):
    (original, *_) = (demo_copy.landing / "files").glob("??/" + "?" * 64)
    original.write_bytes(original.read_bytes() + b"x")
    link = demo_copy.lake.link("champion", UNDATED)
    older = link.resolve()
    with run_staging(demo_copy.lake, "r"):
        row = pd.read_parquet(older / "part-0.parquet").assign(reason="another")
        write_table(demo_copy.lake, "r", "champion", UNDATED, row, code_hash="c")
    assert link.resolve() != older
    (older / "part-0.parquet").write_bytes(b"x")
    found = {one.detail: one for one in problems(demo_copy)}
    assert set(found) == {str(original), f"champion all, version {older.name}"}
    assert "nothing here can rebuild it" in (found[str(original)].problem or "")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o601])
def test_any_bit_for_others_on_a_secret_is_a_problem(settings, mode):
    update_home(settings)
    settings.secrets.mkdir(mode=0o700)
    key = settings.secrets / "pseudonym.key"
    key.touch()
    key.chmod(mode)
    (found,) = problems(settings)
    assert found.detail == str(key) and f"mode {mode:o}" in (found.problem or "")
    assert found.fix == f"chmod 600 {key}"


def test_a_part_that_cannot_be_read_does_not_hide_the_others(settings):
    update_home(settings, format=99)
    found = list(examine(settings))
    assert found[0].what == "home" and "newer stevo" in (found[0].problem or "")
    assert {"release", "staging", "python"} <= {one.what for one in found}


def test_staging_of_a_run_that_lives_is_no_problem(settings):
    update_home(settings)
    staging = settings.lake.root / ".staging"
    alive = FileLock.take(staging / "alive" / ".alive", wait_seconds=0)
    assert problems(settings) == []
    alive.release()
    (found,) = problems(settings)
    assert (found.what, found.detail) == ("staging", "alive")


def test_a_library_that_is_not_there_is_named(settings, monkeypatch):
    real = importlib.metadata.version

    def version(name: str) -> str:
        if name == "torch":
            raise importlib.metadata.PackageNotFoundError(name)
        return real(name)

    update_home(settings)
    monkeypatch.setattr(importlib.metadata, "version", version)
    (found,) = problems(settings)
    assert (found.detail, found.problem, found.fix) == ("torch", "not installed", "`make setup`")
    assert "torch" in LIBRARIES
