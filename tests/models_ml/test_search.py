"""The search: val alone judges, trial i is always the same one, a file goes on or is refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_ml import registry
from models_ml import search as library
from models_ml.columns import FEATURE_COLUMNS, GRU, MODEL, RANKER
from models_ml.config import TrainConfig
from models_ml.data import sequences
from models_ml.data.corpus import encode, queries_for_rows
from models_ml.errors import ModelError, TooFewEvents
from models_ml.evaluation.evaluate import answer
from models_ml.search import Among, Between, Trial, read_settings, search, settings_of, space_of
from tests.models_ml.conftest import make_events

CONFIG = TrainConfig(threads=1, seed=5)
TREES = {"questions": 300, "rounds": 8, "min_leaf": 10}
SPACE = {"leaves": Among((4, 8, 16)), "lr": Between(0.05, 0.3, is_log=True)}
WALKS = {"epochs": 1, "d_model": 8, "window": 8, "stride": 8, "batch": 256, "layers": 1}
NETWORK = {"epochs": 1, "d_model": 8, "heads": 2, "window": 8, "max_train_events": 250}


@pytest.fixture(scope="module")
def small() -> pd.DataFrame:
    """The sequences of a smaller city."""
    return sequences.build(make_events(people=12, events=40))


def without_clock(found: library.Found) -> list[Trial]:
    return [replace(trial, seconds=0.0) for trial in found.trials]


def of_trees(table: pd.DataFrame, file: Path, trials: int = 3, **more) -> library.Found:
    given = {"config": CONFIG, "fixed": TREES, "space": SPACE} | more
    return search(RANKER, table, file, trials=trials, **given)


@pytest.mark.parametrize("name", registry.configurable())
@settings(deadline=None, max_examples=30)
@given(number=st.integers(0, 2000), seed=st.integers(0, 5))
def test_whatever_is_drawn_is_possible_and_depends_on_seed_and_number_alone(
    name: str, number: int, seed: int
) -> None:
    space, base = space_of(name), registry.configured(name, CONFIG, {}).to_dict()
    drawn = settings_of(number, space, base, seed)
    assert drawn == settings_of(number, space, base, seed) and set(drawn) == set(space)
    chosen = registry.configured(name, CONFIG, json.loads(json.dumps(drawn)))
    for field, one in space.items():
        value = getattr(chosen, field)
        if number == 0:
            assert value == base[field]
        elif isinstance(one, Among):
            assert value in one.values
        else:
            assert one.low * 0.999 <= value <= one.high * 1.001


def test_a_logarithmic_draw_is_even_in_its_logarithm() -> None:
    rng = np.random.default_rng(0)
    drawn = np.array([Between(1e-4, 1e-2, is_log=True).draw(rng) for _ in range(2000)])
    assert 0.46 < (drawn < 1e-3).mean() < 0.54
    plain = np.array([Between(0.0, 1.0).draw(rng) for _ in range(2000)])
    assert 0.46 < (plain < 0.5).mean() < 0.54


@pytest.mark.parametrize("way", ["removed", "garbage"])
@pytest.mark.parametrize(
    ("name", "fixed", "trials"), [(MODEL, NETWORK, 2), (RANKER, TREES, 2), (GRU, WALKS, 2)]
)
def test_rows_of_test_change_no_bit_of_the_trials(
    small: pd.DataFrame, tmp_path: Path, name: str, fixed: dict, trials: int, way: str
) -> None:
    late = small["split"] == "test"
    assert late.sum() > 20
    changed = small[~late].copy()
    if way == "garbage":
        changed = small.copy()
        changed.loc[late, ["item_id", "event_type", "category"]] = "garbage"
        changed.loc[late, "event_at"] = small["event_at"].min() - pd.Timedelta(days=900)
        changed.loc[late, ["latitude", "longitude", *FEATURE_COLUMNS]] = np.nan
        changed.loc[late, "user_id"] = "nobody"
    given = {"trials": trials, "config": CONFIG, "fixed": fixed}
    one = search(name, small, tmp_path / "one.jsonl", **given)
    two = search(name, changed, tmp_path / "two.jsonl", **given)
    assert without_clock(one) == without_clock(two)
    assert one.settings == two.settings
    heads = [(tmp_path / f"{n}.jsonl").read_text().splitlines()[0] for n in ("one", "two")]
    assert heads[0] == heads[1]


def test_trials_are_judged_by_what_the_model_answers_on_val(
    small: pd.DataFrame, tmp_path: Path
) -> None:
    found = of_trees(small, tmp_path / "trials.jsonl", questions=40)
    corpus = encode(small[small["split"] != "test"])
    rows = library.asked_rows(corpus, small, 40, CONFIG.seed)
    assert (
        len(rows) == 40
        and (corpus.split[rows] == 1).all()
        and (np.diff(corpus.at[rows]) >= 0).all()
    )
    mine = registry.fitted(RANKER, corpus, CONFIG, settings={**TREES, **found.trials[2].settings})
    ranks = answer(mine, corpus, queries_for_rows(corpus, rows)).ranks
    metrics = found.trials[2].metrics
    assert metrics["mrr"] == (1 / ranks).mean() and metrics["acc@1"] == (ranks <= 1).mean()
    assert metrics["mrr_low"] <= metrics["mrr"] <= metrics["mrr_high"]
    assert found.best.metrics["mrr"] == max(one.metrics["mrr"] for one in found.trials)
    assert found.best_config == registry.configured(RANKER, CONFIG, found.settings)
    table = found.table()
    assert table["number"].tolist()[0] == found.best.number and len(table) == 3
    assert {"leaves", "lr", "mrr", "acc@10", "seconds", "problem"} <= set(table.columns)


def test_only_scored_events_are_asked_where_some_are(small: pd.DataFrame) -> None:
    corpus = encode(small[small["split"] != "test"])
    is_scored = small["event_id"].str.endswith(("3", "7"))
    rows = library.asked_rows(corpus, small.assign(scored=is_scored), 1000, 0)
    assert len(rows) > 5
    assert all(name.endswith(("3", "7")) for name in corpus.event_id[rows])
    with pytest.raises(ModelError, match="val has no event to ask for"):
        library.asked_rows(corpus, small.assign(scored=False), 1000, 0)


def test_a_rerun_goes_on_and_ends_as_one_run(
    small: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = of_trees(small, tmp_path / "whole.jsonl", 4)
    file = tmp_path / "cut.jsonl"
    of_trees(small, file, 2)
    # A kill in the middle of a line leaves half of it.
    text = file.read_text()
    file.write_text(text + '{"number": 2, "settin')
    heard: list[Trial] = []
    again = of_trees(small, file, 4, progress=heard.append)
    assert [trial.number for trial in heard] == [2, 3]
    assert without_clock(again) == without_clock(whole)
    assert file.read_text().startswith(text) and file.read_text().count("\n") == 5
    monkeypatch.setattr(library, "fitted", None)
    assert of_trees(small, file, 4).trials == again.trials
    # Fewer trials than there are: none is lost, and none is run.
    assert len(of_trees(small, file, 1).trials) == 4


KILLED = """
import json, os, signal, sys
import pandas as pd
from pathlib import Path
from models_ml.config import TrainConfig
from models_ml.search import search
def kill(trial):
    if trial.number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
table, file, fixed = sys.argv[1:]
search("ranker", pd.read_parquet(table), Path(file), trials=3, fixed=json.loads(fixed),
       config=TrainConfig(threads=1, seed=5), progress=kill)
"""


def test_a_killed_search_loses_no_finished_trial(small: pd.DataFrame, tmp_path: Path) -> None:
    small.to_parquet(tmp_path / "table.parquet")
    file = tmp_path / "trials.jsonl"
    done = subprocess.run(
        [sys.executable, "-c", KILLED, tmp_path / "table.parquet", file, json.dumps(TREES)],
        cwd=Path(library.__file__).parents[1],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]
    heard: list[Trial] = []
    given = {"trials": 3, "config": CONFIG, "fixed": TREES}
    again = search(RANKER, small, file, progress=heard.append, **given)
    assert [trial.number for trial in heard] == [2]
    assert without_clock(again) == without_clock(
        search(RANKER, small, tmp_path / "whole.jsonl", **given)
    )


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        ({"fixed": {**TREES, "rounds": 9}}, "rounds in its settings is 8 there and 9 here"),
        ({"config": replace(CONFIG, seed=6)}, "seed in its settings is 5 there and 6 here"),
        ({"space": {"leaves": Among((4, 8))}}, r"leaves in its space is Among\(.*16.* there"),
        ({"questions": 9}, "its questions differ"),
    ],
)
def test_a_file_of_another_search_is_refused_with_what_differs(
    small: pd.DataFrame, tmp_path: Path, other: dict, problem: str
) -> None:
    file = tmp_path / "trials.jsonl"
    of_trees(small, file, 1)
    before = file.read_bytes()
    with pytest.raises(ModelError, match=problem) as error:
        of_trees(small, file, 2, **other)
    assert error.value.where == str(file) and file.read_bytes() == before


def test_other_data_or_another_model_are_refused(small: pd.DataFrame, tmp_path: Path) -> None:
    file = tmp_path / "trials.jsonl"
    of_trees(small, file, 1)
    changed = small.copy()
    changed.loc[changed.index[0], "item_id"] = "p01"
    with pytest.raises(ModelError, match="its data differ"):
        of_trees(changed, file, 2)
    with pytest.raises(ModelError, match=r"search: its model is ranker there and gru here\n"):
        search(GRU, small, file, trials=2, config=CONFIG, fixed=WALKS)
    # More threads are faster, and no other search.
    assert len(of_trees(small, file, 1, config=replace(CONFIG, threads=2)).trials) == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [("my notes", 1), ("my\nnotes\n", 1), ("[1]\n", 1), ('{"lr": 1}\n', 1), ("{}\n\xff", 1)],
)
def test_a_file_that_is_no_search_is_left_as_it_is(
    small: pd.DataFrame, tmp_path: Path, text: str, line: int
) -> None:
    file = tmp_path / "trials.jsonl"
    file.write_text(text)
    with pytest.raises(ModelError, match="this is no line of a search") as error:
        of_trees(small, file, 1)
    assert error.value.where == f"{file}, line {line}" and file.read_text() == text


def test_a_damaged_line_is_named(small: pd.DataFrame, tmp_path: Path) -> None:
    file = tmp_path / "trials.jsonl"
    of_trees(small, file, 1)
    file.write_text(file.read_text() + '{"number": 1}\n')
    with pytest.raises(ModelError, match="this is no line of a search") as error:
        of_trees(small, file, 3)
    assert error.value.where == f"{file}, line 3"


def test_two_searches_do_not_share_a_file(small: pd.DataFrame, tmp_path: Path) -> None:
    file = tmp_path / "trials.jsonl"

    def second(trial: Trial) -> None:
        of_trees(small, file, 2)

    with pytest.raises(ModelError, match="another search is writing this file"):
        of_trees(small, file, 1, progress=second)


def test_settings_that_do_not_go_together_are_a_trial_with_a_problem(
    small: pd.DataFrame, tmp_path: Path
) -> None:
    space = {"stride": Among((99,))}
    fixed = {**WALKS}
    del fixed["stride"]
    with pytest.raises(ModelError, match="at most window"):
        search(GRU, small, tmp_path / "a.jsonl", trials=2, config=CONFIG, fixed=fixed, space=space)
    fixed["window"] = 48
    given = {"trials": 2, "config": CONFIG, "fixed": fixed, "space": space}
    found = search(GRU, small, tmp_path / "b.jsonl", **given)
    assert "stride (99) must be at most window" in found.trials[1].problem
    assert found.best.number == 0 and found.table()["number"].tolist() == [0, 1]
    assert search(GRU, small, tmp_path / "b.jsonl", **given).trials == found.trials


def test_bad_requests_are_named(small: pd.DataFrame, tmp_path: Path) -> None:
    file = tmp_path / "trials.jsonl"
    with pytest.raises(ModelError, match="trials must be at least 1"):
        of_trees(small, file, 0)
    with pytest.raises(ModelError, match="unknown training settings: trees"):
        of_trees(small, file, fixed={"trees": 3})
    with pytest.raises(ModelError, match="ranker has nothing to search as seed, widow"):
        of_trees(small, file, space={"widow": Among((1,)), "seed": Among((1,))})
    with pytest.raises(ModelError, match="every setting of the space is fixed"):
        of_trees(small, file, fixed={**TREES, "leaves": 8, "lr": 0.1})
    with pytest.raises(ModelError, match="ensemble takes no settings"):
        search("ensemble", small, file, trials=1)
    with pytest.raises(TooFewEvents):
        of_trees(pd.concat([small[small.split == "val"], small.head(3)]), file)


@pytest.mark.parametrize(
    ("text", "problem", "where"),
    [
        (None, "the settings cannot be read: No such file", ""),
        ('{"lr": 0.1,\n "leaves" 3}', "the settings are no JSON", ", line 2"),
        ("[1]", "the settings are no JSON object", ""),
        ('{"widow": 1}', "unknown training settings: widow", ", for ranker"),
        ('{"leaves": "many"}', "leaves must be a whole number, got 'many'", ", for ranker"),
        ('{"lr": -1.0}', "lr must be > 0", ", for ranker"),
        ('{"seed": 1}', "seed is no setting", ", for ranker"),
    ],
)
def test_a_bad_file_of_settings_is_named_with_its_field(
    tmp_path: Path, text: str | None, problem: str, where: str
) -> None:
    path = tmp_path / "best.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ModelError, match=problem) as error:
        read_settings(path, RANKER)
    assert error.value.where == f"{path}{where}"


def test_what_was_found_can_be_read_back(small: pd.DataFrame, tmp_path: Path) -> None:
    found = of_trees(small, tmp_path / "trials.jsonl", 2)
    path = tmp_path / "best.json"
    path.write_text(json.dumps(found.settings))
    assert read_settings(path, RANKER) == found.settings
