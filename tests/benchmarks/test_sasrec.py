"""The benchmark of SASRec: ours for real; for the peer, in a venv of its own, another stands in."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import sasrec
from models_ml.config import PeerConfig
from tests.benchmarks.conftest import page_with

STAND_IN = """
import json, sys
import pandas as pd
events, settings = pd.read_csv(sys.argv[1]), json.loads(sys.argv[2])
assert settings["window"] == 64 and settings["sequences"] == 64 and settings["threads"] == 1
print("words before")
print(json.dumps({"train": [1e3, 2e3], "rank": [1e3, 2e3],
                  "measure": [1e2, 2e2], "hits": int(events["held"].sum()),
                  "torch": "none"}))
"""
SMALL = ("--people", "30", "--places", "40", "--epochs", "1", "--threads", "1")


@pytest.fixture(autouse=True)
def same_threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that answers as the peer's does."""
    program = tmp_path / "program.py"
    program.write_text(STAND_IN)
    monkeypatch.setattr(sasrec, "PROGRAM", program)
    monkeypatch.setattr(sasrec, "peer_python", lambda folder: Path(sys.executable))


def test_it_prints_sizes_peer_and_both_ratios_and_writes_the_table(told, stand_in, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(page_with(sasrec.TABLE))
    found = told(sasrec.main, *SMALL, "--docs", str(page))
    assert found["people"] == 30 and found["threads"] == 1
    assert all(found[f"{of}ratio"] > 1 for of, _ in sasrec.LINES.values())
    assert found["evaluation_ours_people_per_second"] <= found["ranking_ours_people_per_second"]
    assert found["rectools_hit@10"] == 1.0
    text = page.read_text()
    assert text.startswith("# Models\n") and text.endswith("The end.\n") and "old" not in text
    assert f"| {found['ratio']} | {found['cpu_ratio']} |" in text


def test_where_the_peer_cannot_be_had_it_says_so(tmp_path, capsys):
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text("#!/bin/sh\necho 'no such module' >&2\nexit 1\n")
    python.chmod(0o755)
    assert sasrec.main([*SMALL, "--peer-venv", str(tmp_path)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["peer"].startswith("SASRec") and "no such module" in found["skipped"]


def test_all_that_counts_as_a_target_is_trained_on():
    events = sasrec.people_who_return(40, 50, 64, full=False)
    length = events.groupby("user").size()
    assert length.between(3, 66).all() and length.nunique() > 5
    corpus = sasrec.corpus_of(events)
    config = PeerConfig(stride=64, window=64, threads=1)
    model = sasrec.build(sasrec.SASREC, corpus, config)
    rows = np.flatnonzero(corpus.split == 0)
    asked = sum(len(one.place) for one in sasrec.batches_of(model, corpus, rows, 1))
    # Ours also asks for the first event of each, which is not counted.
    assert asked == len(rows) == len(events) - 40
    last = events.groupby("user")["at"].transform("max") == events["at"]
    assert (events["held"] == last.astype(int)).all()
