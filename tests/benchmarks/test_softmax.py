"""The benchmark of the softmax: real steps over all places and a sample, and both trainings."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmarks import softmax


@pytest.fixture(autouse=True)
def same_threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_every_place_of_the_walks_is_visited_in_train():
    corpus = softmax.walks(50)
    assert len(corpus.items) == 50 and (corpus.split == 0).all()
    assert np.isin(np.arange(50), corpus.item).all()


def test_it_prints_the_size_the_peer_and_a_ratio_for_each_number_of_places(told, monkeypatch):
    monkeypatch.setattr(softmax, "apart", softmax.case)
    sizes = ("--places", "400", "900", "--sample", "5", "--steps", "1")
    city = ("--people", "20", "--days", "12", "--epochs", "1")
    found = told(softmax.main, *sizes, *city)
    assert [row["places"] for row in found["forms"]] == [400, 900]
    for row in found["forms"]:
        assert row["full"]["columns"] == row["places"] > row["sampled"]["columns"]
        assert row["full"]["mb_peak"] >= row["full"]["mb_before"] > 0
        share = row["full"]["seconds_a_step"] / row["sampled"]["seconds_a_step"]
        assert row["ratio"] == pytest.approx(share, abs=0.01)
    assert found["city"]["sample"] == found["city"]["places"] // 10
    assert 0 < found["city"]["val_mrr_sampled"] <= 1 and 0 < found["city"]["val_mrr_full"] <= 1
