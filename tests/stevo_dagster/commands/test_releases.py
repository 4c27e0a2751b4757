"""`stevo releases` as users type it: list, show, pin, switch and roll back."""

from __future__ import annotations

import json

import duckdb
import pytest
import typer
from typer.testing import CliRunner

from stevo_dagster.commands import releases as command
from stevo_dagster.errors import StevoError
from stevo_dagster.lake import releases
from stevo_dagster.settings import Settings


@pytest.fixture
def typed(settings):
    """Run a command and return its output, or raise its error."""
    app = typer.Typer()
    command.register(app)

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, ["releases", *words], catch_exceptions=False)
        assert done.exit_code == 0
        return done.output

    return run


@pytest.fixture
def ids(settings: Settings, tmp_path) -> list[str]:
    """Ids of two releases, oldest first; no reader was pointed to either."""
    made = []
    for value in (1, 2):
        path = tmp_path / f"{value}.parquet"
        duckdb.sql(f"select {value} as x").write_parquet(str(path))
        info = {"as_of": f"2024-03-0{value}", "model_source": "baseline:blend"}
        made.append(releases.build(settings.releases, {"x": path}, {}, info).id)
    return sorted(made)


def test_a_home_without_releases_says_how_to_get_one(typed):
    assert "run `stevo demo` or `stevo run`" in typed("list")


def test_the_list_marks_what_readers_get_and_what_is_kept(typed, settings, ids):
    assert typed("switch", ids[1]) == f"readers now get {ids[1]}\n"
    assert typed("pin", ids[0]) == f"pinned {ids[0]}\n"
    assert [line.split()[-1] for line in typed("list").splitlines()] == ["pinned", "current"]
    assert all("baseline:blend" in line for line in typed("list").splitlines())
    assert typed("rollback") == f"readers now get {ids[0]}\n"
    first, second = typed("list").splitlines()
    assert first.endswith("current pinned") and second.endswith("baseline:blend")
    typed("unpin", ids[0])
    assert not releases.is_pinned(settings.releases, ids[0])


def test_show_is_the_description_of_the_release(typed, settings, ids):
    assert json.loads(typed("show", ids[0])) == releases.get(settings.releases, ids[0]).info


@pytest.mark.parametrize("word", ["show", "pin", "unpin", "switch"])
def test_an_unknown_id_is_refused_with_those_there_are(typed, settings, ids, word):
    with pytest.raises(StevoError, match="no release '2024'") as error:
        typed(word, "2024")
    assert error.value.fix is not None and all(one in error.value.fix for one in ids)
    assert releases.current(settings.releases) is None


def test_there_is_nothing_before_the_first(typed, ids):
    typed("switch", ids[0])
    with pytest.raises(StevoError, match="no earlier release"):
        typed("rollback")
