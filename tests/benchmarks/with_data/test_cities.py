"""The benchmark of cities: sizes and gains of each, a table, and an exit code that tells."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.with_data import cities
from models_ml import registry
from models_ml.config import RankerConfig, TrainConfig
from tests.benchmarks.conftest import page_with
from tests.models_ml.conftest import TINY, TINY_RANKER


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small city, models that train in a second, and no process of its own."""

    def config(**values: object) -> TrainConfig:
        return replace(TINY, epochs=1, **values)

    def ranker(config: TrainConfig) -> RankerConfig:
        return replace(TINY_RANKER, rounds=20, seed=config.seed)

    monkeypatch.setattr(cities, "TrainConfig", config)
    monkeypatch.setattr(registry, "_ranker_config", ranker)
    monkeypatch.setattr(cities, "_apart", cities.measured)
    monkeypatch.setitem(cities.SIMULATED, "sparse", (30, 24, 1))


def test_a_city_is_measured_and_written(small, tmp_path: Path, capsys) -> None:
    out, page = tmp_path / "out.json", tmp_path / "page.md"
    page.write_text(page_with(cities.TABLE))
    words = ["--only", "sparse", "--threads", "1", "--out", str(out), "--docs", str(page)]
    code = cities.main(words)
    found = json.loads(out.read_text())
    assert json.loads(capsys.readouterr().out) == found
    val, row = found["forms"]
    assert (val["split"], row["split"]) == ("val", "test") and val["models"] != row["models"]
    assert list(row["models"]) == ["visit_counter", "blend", "ensemble", "st_transformer", "ranker"]
    assert row["questions"] > 5 and row["peak_mb"] > 50 and row["ratio"] > 0
    assert code == (0 if row["beats"] else 1)
    told = page.read_text()
    assert "old" not in told and told.endswith("The end.\n") and told.count("| sparse |") == 10


@pytest.mark.parametrize(("worse", "beats"), [(None, True), ("acc@1", False)])
def test_one_measure_lost_to_one_peer_is_a_loss(worse: str | None, beats: bool) -> None:
    users = np.arange(40) % 8
    ranks = {
        "visit_counter": np.full(40, 30.0),
        "blend": np.where(np.arange(40) < 20, 1.0, 50.0),
        "ensemble": np.where(np.arange(40) < 30, 2.0 if worse else 1.0, 9.0),
    }
    found = cities.figures(ranks, users)
    assert found["beats"] is beats
    value, low, high = found["gains"]["blend"]["acc@10"]
    assert low <= value <= high and value == pytest.approx(0.5)


def test_the_exit_code_is_1_where_the_ensemble_loses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        cities,
        "_apart",
        lambda name, *rest: [
            {"city": name, "split": "val", "beats": False},
            {"city": name, "split": "test", "beats": name != "sparse"},
        ],
    )
    assert cities.main(["--only", "routine"]) == 0
    assert cities.main(["--only", "routine", "sparse"]) == 1


def test_without_data_the_real_cities_are_left_out_and_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    won = {"split": "test", "beats": True}
    monkeypatch.setattr(cities, "_apart", lambda name, *rest: [{"city": name, **won}])
    assert cities.main([]) == 0
    told = capsys.readouterr()
    assert [row["city"] for row in json.loads(told.out)["forms"]] == list(cities.SIMULATED)
    assert "left out: complete journey, movielens" in told.err and "DATA=FOLDER" in told.err


def test_real_data_are_read_whole_users_at_a_time(shared_dir: Path) -> None:
    events = cities.events_of("movielens", shared_dir / "data")
    assert len(events) == 100_000 and events["user_id"].nunique() == 943
    fewer = cities._bounded(events, 20_000)
    assert 15_000 < len(fewer) <= 20_000
    sizes = events.groupby("user_id").size()
    assert (
        fewer.groupby("user_id").size().eq(sizes.loc[fewer["user_id"].unique()].sort_index()).all()
    )


def test_cities_that_are_not_asked_for_stay_in_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    out = tmp_path / "out.json"

    def measure(names: list[str], beats: bool) -> tuple[int, list[tuple[str, bool]]]:
        monkeypatch.setattr(
            cities,
            "_apart",
            lambda name, *rest: [{"city": name, "split": "test", "beats": beats}],
        )
        code = cities.main(["--only", *names, "--out", str(out)])
        rows = json.loads(out.read_text())["forms"]
        return code, [(row["city"], row["beats"]) for row in rows]

    assert measure(["sparse", "routine"], beats=False)[0] == 1
    assert measure(["sparse"], beats=True) == (1, [("routine", False), ("sparse", True)])
    assert measure(["routine"], beats=True) == (0, [("routine", True), ("sparse", True)])
