"""Chunks: every train event is asked for once, from what lies before it alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models_ml.config import TrainConfig
from models_ml.data.corpus import Corpus, queries_for_rows
from models_ml.data.wide import candidates
from models_ml.transformer.chunks import Trainset, chunk_batches, trainset
from models_ml.transformer.windows import Vocabulary

CONFIG = TrainConfig(d_model=16, heads=2, window=24, batch_chunks=8, chunk=7, threads=1)


@pytest.fixture(scope="module")
def data(corpus: Corpus) -> Trainset:
    return trainset(corpus, Vocabulary.of_training(corpus), CONFIG)


def rows_of(data: Trainset) -> np.ndarray:
    """The rows that the chunks ask for, in their order."""
    return np.concatenate(
        [np.arange(first, first + size) for first, size in zip(data.first, data.size, strict=True)]
    )


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(1, 50), st.integers(0, 400))
def test_chunks_cover_the_newest_train_rows_once_and_stay_with_one_user(
    corpus: Corpus, length: int, most: int
) -> None:
    config = replace(CONFIG, chunk=length, max_train_events=most)
    data = trainset(corpus, Vocabulary.of_training(corpus), config)
    rows = rows_of(data)
    train = np.flatnonzero(corpus.split == 0)
    assert len(np.unique(rows)) == len(rows) == (min(most, len(train)) or len(train))
    assert set(rows) <= set(train)
    assert data.size.min() >= 1 and data.size.max() <= length
    last = data.first + data.size - 1
    assert (corpus.user[data.first] == corpus.user[last]).all()
    left = np.setdiff1d(train, rows)
    assert not len(left) or corpus.at[left].max() <= corpus.at[rows].min()


def test_an_epoch_takes_each_chunk_once_in_an_order_of_its_seed(data: Trainset) -> None:
    def order(seed: int, epoch: int) -> list[int]:
        batches = list(data.order(replace(CONFIG, seed=seed), epoch))
        assert max(map(len, batches)) <= CONFIG.batch_chunks
        return np.concatenate(batches).tolist()

    first = order(7, 1)
    assert sorted(first) == list(range(len(data.first)))
    assert first == order(7, 1)
    assert first != order(7, 2) and first != order(8, 1)


def test_no_question_sees_its_target_or_anything_after_it(corpus: Corpus, data: Trainset) -> None:
    for index in list(data.order(CONFIG, 1))[:4]:
        one = chunk_batches(data, CONFIG, index)
        width = one.batch.query_rows.shape[1]
        for chunk, (first, size) in enumerate(
            zip(data.first[index], data.size[index], strict=True)
        ):
            for question in range(size):
                target = first + question
                seen = one.batch.key_rows[chunk, 1:][one.batch.allowed[chunk, question]].tolist()
                start = corpus.start[corpus.user[target]]
                assert seen == list(range(max(start, target - CONFIG.window), target))
            assert not one.has_kind[chunk * width + size : (chunk + 1) * width].any()


def test_hits_mark_what_was_at_the_target_and_what_led_to_it(
    corpus: Corpus, data: Trainset
) -> None:
    one = chunk_batches(data, CONFIG, np.arange(6))
    keys = one.batch.key_rows[:, 1:]
    width = one.batch.query_rows.shape[1]
    found = 0
    for number in torch.flatten(one.has_place.nonzero()).tolist():
        chunk, question = divmod(number, width)
        target = data.first[chunk] + question
        visited = keys[chunk][one.place[number]].numpy()
        assert (corpus.item[visited] == corpus.item[target]).all()
        before = keys[chunk][one.successor[number]].numpy()
        assert (corpus.item[data.table.following[before].numpy()] == corpus.item[target]).all()
        assert (data.table.following[before].numpy() < target).all()
        found += len(visited) + len(before)
    assert found > 50


def in_baskets(corpus: Corpus, size: int) -> Corpus:
    """The same events, each run of `size` of one user at the time of its first."""
    within = np.arange(len(corpus)) - corpus.start[corpus.user]
    at = corpus.at[np.arange(len(corpus)) - within % size]
    order = np.lexsort((np.arange(len(at)), at))
    return replace(corpus, at=at, at_sorted=at[order], order=order)


@pytest.mark.parametrize("size", [3, 40])
def test_events_of_one_moment_are_all_asked_for_and_see_none_of_it(
    corpus: Corpus, size: int
) -> None:
    tied = in_baskets(corpus, size)
    config = replace(CONFIG, chunk=8, window=12)
    data = trainset(tied, Vocabulary.of_training(tied), config)
    one = chunk_batches(data, config, np.arange(len(data.first)))
    asked = one.has_kind.numpy()
    rows = one.row.numpy()[asked]
    assert sorted(rows) == np.flatnonzero(tied.split == 0).tolist()
    before = queries_for_rows(tied, rows).before
    newest = one.batch.query_rows.flatten().numpy()[asked]
    start = tied.start[tied.user[rows]]
    assert (newest == np.where(before > 0, start + before - 1, data.table.blank)).all()
    seen = one.batch.allowed.flatten(0, 1).sum(dim=1).numpy()[asked]
    assert (seen == np.minimum(before, config.window)).all()
    own_start = start == rows
    gaps = one.gap.numpy()[asked]
    first = np.array(
        [
            np.flatnonzero(tied.at[s : r + 1] == tied.at[r])[0] + s
            for s, r in zip(start, rows, strict=True)
        ]
    )
    assert (gaps == data.table.gap_code.numpy()[first]).all()
    assert (gaps[own_start] == len(Vocabulary.of_training(tied).gap_edges)).all()


def test_wide_entries_are_those_of_the_questions(corpus: Corpus, data: Trainset) -> None:
    codes = Vocabulary.of_training(corpus).codes(corpus)[0]
    one = chunk_batches(data, CONFIG, np.array([3]))
    rows = np.arange(data.first[3], data.first[3] + data.size[3])
    wanted = candidates(corpus, queries_for_rows(corpus, rows))
    assert one.wide.question.tolist() == wanted.query.tolist()
    assert one.wide.item.tolist() == codes[wanted.item].tolist()
    assert np.allclose(one.wide.features.numpy(), wanted.features, rtol=2e-3, atol=1e-3)


def test_places_that_only_held_out_users_know_have_no_wide_entry(corpus: Corpus) -> None:
    is_held = (corpus.user % 2 == 0) | (corpus.item == corpus.item[corpus.order[0]])
    half = replace(corpus, split=np.where(is_held & (corpus.split == 0), -1, corpus.split))
    vocabulary = Vocabulary.of_training(half)
    data = trainset(half, vocabulary, CONFIG)
    codes, known = vocabulary.codes(half)[0], len(vocabulary.items)
    rows = np.flatnonzero(half.split == 0)[-200:]
    found = candidates(half, queries_for_rows(half, rows))
    assert (codes[found.item] == known).any()
    for number, row in enumerate(rows):
        wanted = codes[found.item[found.bounds[number] : found.bounds[number + 1]]]
        entries = data.wide_item[data.bounds[row] : data.bounds[row + 1]]
        assert entries.tolist() == wanted[wanted < known].tolist()


def test_the_targets_own_time_is_told_only_when_it_may_be(corpus: Corpus, data: Trainset) -> None:
    index = np.array([5])
    plain = chunk_batches(data, CONFIG, index)
    told = chunk_batches(data, replace(CONFIG, time_aware=True), index)
    size = int(data.size[5])
    # The last figure of a moment is the time since the newest event: zero where none is told.
    assert (plain.batch.now[0, :size, -1] == 0).all()
    assert (told.batch.now[0, 1:size, -1] > 0).all()
