"""The state of a training: a killed one ends as if nothing had happened, another's is refused."""

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
import torch
from safetensors import safe_open

from models_ml.config import TrainConfig
from models_ml.data.corpus import Corpus, encode
from models_ml.errors import DamagedCheckpoint, ModelError
from models_ml.transformer import resume
from models_ml.transformer.train import Trained, train

CONFIG = TrainConfig(
    epochs=3,
    lr=6e-3,
    d_model=16,
    heads=2,
    window=24,
    batch_chunks=4,
    max_train_events=500,
    threads=1,
    save_steps=3,
)
# Trains in a process of its own and kills itself without warning before the batch it is told: only
# the making of batches is counted, nothing of the training is replaced.
KILLED = """
import json, os, signal, sys
import pandas as pd
from pathlib import Path
from models_ml.config import TrainConfig
from models_ml.transformer import train
table, folder, config, last = sys.argv[1:]
taken, real = 0, train.chunk_batches
def counting(*given):
    global taken
    taken += 1
    if taken == int(last):
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*given)
train.chunk_batches = counting
train.train(pd.read_parquet(table), TrainConfig.from_dict(json.loads(config)), resume=Path(folder))
"""


def same_weights(one: Trained, other: Trained) -> bool:
    theirs = other.model.network.state_dict()
    return all(torch.equal(v, theirs[n]) for n, v in one.model.network.state_dict().items())


def without_clock(found: Trained) -> list[dict[str, float]]:
    return [{k: v for k, v in row.items() if k != "seconds"} for row in found.curves]


class Stop(Exception):
    """Ends a training from within its own progress."""


def stop(state: dict[str, float]) -> None:
    if "val_loss" in state:
        raise Stop


@pytest.fixture(scope="module")
def whole(corpus: Corpus) -> Trained:
    """A training that nothing disturbs and that keeps no state."""
    return train(corpus, replace(CONFIG, save_steps=0))


def test_after_a_kill_in_the_middle_of_an_epoch_the_end_is_bit_equal(
    table: pd.DataFrame, corpus: Corpus, whole: Trained, tmp_path: Path
) -> None:
    table.to_parquet(tmp_path / "table.parquet")
    given = [tmp_path / "table.parquet", tmp_path / "state", json.dumps(CONFIG.to_dict()), 11]
    found = subprocess.run(
        [sys.executable, "-c", KILLED, *map(str, given)],
        cwd=Path(resume.__file__).parents[2],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        timeout=120,
    )
    assert found.returncode == -signal.SIGKILL, found.stderr.decode()[-2000:]
    with safe_open(tmp_path / "state" / resume.FILE, framework="pt") as file:
        left = json.loads(file.metadata()["told"])["state"]
    assert (left["epoch"], left["batch"]) == (2, 3)
    heard: list[dict[str, float]] = []
    again = train(corpus, CONFIG, heard.append, tmp_path / "state")
    # The first epoch was over, and is not gone through again.
    assert [row["epoch"] for row in heard if "val_loss" in row] == [2, 3]
    assert without_clock(again) == without_clock(whole)
    assert same_weights(again, whole)


@pytest.mark.parametrize("stops", [1, 2])
def test_a_training_stopped_after_any_epoch_ends_the_same(
    corpus: Corpus, whole: Trained, tmp_path: Path, stops: int
) -> None:
    for _ in range(stops):
        with pytest.raises(Stop):
            train(corpus, CONFIG, stop, tmp_path)
    again = train(corpus, CONFIG, resume=tmp_path)
    assert without_clock(again) == without_clock(whole)
    assert same_weights(again, whole)


def test_a_finished_training_is_not_repeated(
    corpus: Corpus, whole: Trained, tmp_path: Path
) -> None:
    train(corpus, CONFIG, resume=tmp_path)
    heard: list[dict[str, float]] = []
    again = train(corpus, replace(CONFIG, save_steps=1), heard.append, tmp_path)
    assert heard == []
    assert same_weights(again, whole)
    assert [path.name for path in tmp_path.iterdir()] == [resume.FILE]


def test_a_state_of_other_settings_or_data_is_refused_with_what_differs(
    table: pd.DataFrame, corpus: Corpus, tmp_path: Path
) -> None:
    short = replace(CONFIG, epochs=1, max_train_events=200)
    train(corpus, short, resume=tmp_path)
    with pytest.raises(ModelError, match=r"lr is 0.006 there and 0.01 here") as error:
        train(corpus, replace(short, lr=0.01), resume=tmp_path)
    assert error.value.where == str(tmp_path)
    other = table.copy()
    other.loc[other.index[0], "item_id"] = "p01"
    with pytest.raises(ModelError, match="another training: its data differ"):
        train(other, short, resume=tmp_path)


def test_a_damaged_state_is_named(corpus: Corpus, tmp_path: Path) -> None:
    short = replace(CONFIG, epochs=1, max_train_events=200)
    train(corpus, short, resume=tmp_path)
    path = tmp_path / resume.FILE
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DamagedCheckpoint, match="cannot be read") as error:
        train(corpus, short, resume=tmp_path)
    assert error.value.where == str(path)


def test_a_kill_while_writing_leaves_the_state_before_it(
    corpus: Corpus, whole: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Stop):
        train(corpus, CONFIG, stop, tmp_path)
    before = (tmp_path / resume.FILE).read_bytes()

    def killed(*_: object) -> None:
        raise Stop

    monkeypatch.setattr(os, "fsync", killed)
    with pytest.raises(Stop):
        train(corpus, CONFIG, resume=tmp_path)
    monkeypatch.undo()
    assert (tmp_path / resume.FILE).read_bytes() == before
    assert same_weights(train(corpus, CONFIG, resume=tmp_path), whole)


def test_the_fingerprint_sees_every_array(table: pd.DataFrame, corpus: Corpus) -> None:
    assert resume.fingerprint(encode(table)) == resume.fingerprint(corpus)
    for name in ("at", "item", "split", "latitude", "features"):
        values = np.array(getattr(corpus, name))
        values[-1] += 1
        assert resume.fingerprint(replace(corpus, **{name: values})) != resume.fingerprint(corpus)
    renamed = replace(corpus, users=corpus.users[::-1])
    assert resume.fingerprint(renamed) != resume.fingerprint(corpus)
