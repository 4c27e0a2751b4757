"""Every train row is asked for once an epoch, from what lies before it, with hardly any padding."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models_ml.config import PeerConfig
from models_ml.data.corpus import Corpus
from models_ml.peers.inputs import table_of
from models_ml.peers.pieces import batches, cut, is_later, masked_events, next_events
from models_ml.transformer.windows import Vocabulary
from tests.models_ml.conftest import TINY_PEER


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(stride=st.integers(1, 30), more=st.integers(0, 20), epoch=st.integers(0, 5))
def test_each_row_is_asked_once_an_epoch(
    corpus: Corpus, stride: int, more: int, epoch: int
) -> None:
    config = replace(TINY_PEER, stride=stride, window=stride + more)
    rows = np.flatnonzero(corpus.split == 0)
    asked = []
    for part in batches(cut(corpus, rows, config, epoch), 64, (1, epoch)):
        assert (part.size + part.back <= config.window).all() and (part.size >= 1).all()
        user = corpus.user[part.first]
        assert (part.first - part.back >= corpus.start[user]).all()
        assert (corpus.user[part.first + part.size - 1] == user).all()
        asked += [np.arange(f, f + s) for f, s in zip(part.first, part.size, strict=True)]
    assert np.array_equal(np.sort(np.concatenate(asked)), rows)


def pieces_of(corpus: Corpus, config: PeerConfig):
    rows = np.flatnonzero(corpus.split == 0)
    return list(batches(cut(corpus, rows, config, 1), 256, (1, 1)))


def test_like_lengths_share_a_batch(corpus: Corpus) -> None:
    real = padded = 0
    for part in pieces_of(corpus, TINY_PEER):
        length = part.size + part.back
        real, padded = real + length.sum(), padded + length.max() * len(length)
        assert padded and length.max() * len(length) <= 256
    assert real / padded > 0.9


def test_the_state_after_each_event_is_asked_for_the_next(corpus: Corpus) -> None:
    table = table_of(corpus, Vocabulary.of_training(corpus), True)
    later = is_later(corpus)
    for part in pieces_of(corpus, TINY_PEER)[:3]:
        one = next_events(table, corpus, later, part, TINY_PEER)
        width = one.inputs.item.shape[1]
        for at, place in zip(one.place_at.tolist(), one.place.tolist(), strict=True):
            piece, position = divmod(at, width)
            row = part.first[piece] - part.back[piece] + position
            assert table.item[row] == place and position >= part.back[piece]
            before = table.item[row - 1] if row > corpus.start[corpus.user[row]] else table.item[-1]
            assert one.inputs.item[piece, position] == before


def test_an_event_at_the_moment_of_the_one_before_is_not_asked_for(corpus: Corpus) -> None:
    at = corpus.at.copy()
    row = int(corpus.start[3]) + 4
    at[row] = at[row - 1]
    tied = replace(corpus, at=at)
    later = is_later(tied)
    assert not later[row] and later[row + 1] and later[corpus.start[:-1]].all()
    table = table_of(tied, Vocabulary.of_training(tied), True)
    parts = pieces_of(tied, TINY_PEER)
    counts = [len(next_events(table, tied, later, part, TINY_PEER).kind) for part in parts]
    assert sum(counts) == (tied.split == 0).sum() - 1


def test_masked_events_hide_what_is_asked(corpus: Corpus) -> None:
    table = table_of(corpus, Vocabulary.of_training(corpus), True)
    mask = int(table.item[-1]) + 1
    rng = np.random.default_rng(0)
    for part in pieces_of(corpus, TINY_PEER)[:3]:
        one = masked_events(table, corpus, part, TINY_PEER, rng)
        hidden = (one.inputs.item == mask).flatten()
        assert hidden[one.place_at].all() and hidden.sum() == len(one.kind_at)
        last = one.inputs.length - 1
        assert (one.inputs.item[range(len(last)), last] == mask).all()
        assert 0.15 < hidden.float().mean() < 0.6
        assert len(one.place) == pytest.approx(len(one.kind), rel=0.2)
