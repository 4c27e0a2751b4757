"""The file of a search goes on after a kill, and that of another search is refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from models_ml.columns import GRU, RANKER
from models_ml.errors import ModelError
from models_ml.search import random_search as library
from models_ml.search.random_search import search
from models_ml.search.spaces import Among
from models_ml.search.trials import Trial
from stevo_dagster.settings import PROJECT_ROOT
from tests.models_ml.search.conftest import CONFIG, TREES, WALKS, of_trees, without_clock


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
from models_ml.search.random_search import search
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
        cwd=PROJECT_ROOT,
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
