"""Two real processes under torchrun end where one process ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch

from models_ml import checkpoint
from models_ml.config import TrainConfig
from models_ml.data.corpus import Corpus
from models_ml.transformer.pointer import PointerTransformer
from models_ml.transformer.train import train

ROOT = Path(checkpoint.__file__).parents[1]
TWO = TrainConfig(
    epochs=2,
    lr=6e-3,
    d_model=16,
    heads=2,
    window=24,
    batch_chunks=5,
    max_train_events=400,
    max_val_targets=60,
    threads=1,
    device="cpu",
)


def test_two_processes_have_the_losses_and_weights_of_one(
    table: pd.DataFrame, corpus: Corpus, tmp_path: Path
) -> None:
    table.to_parquet(tmp_path / "table.parquet")
    (tmp_path / "config.json").write_text(json.dumps(TWO.to_dict()))
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    given = [tmp_path / "table.parquet", "--out", tmp_path / "out"]
    given += ["--config", tmp_path / "config.json", "--resume", tmp_path / "state"]
    found = subprocess.run(
        [*launch, "-m", "models_ml.transformer.distributed", *map(str, given)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert found.returncode == 0, found.stderr[-3000:]
    told = json.loads(found.stdout)
    one = train(corpus, TrainConfig.from_dict({**TWO.to_dict(), "accumulate": 2}))
    for row, alone in zip(told["curves"], one.curves, strict=True):
        for name in ("train_loss", "val_loss", "val_acc1", "lr"):
            assert row[name] == pytest.approx(alone[name], rel=1e-5)
    model = checkpoint.load(tmp_path / "out")
    assert isinstance(model, PointerTransformer)
    theirs = model.network.state_dict()
    for name, value in one.model.network.state_dict().items():
        assert torch.allclose(value, theirs[name], atol=1e-5), name
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["state.safetensors"]
