"""The token table against plain sums, and windows that never reach beyond a user's own rows."""

from __future__ import annotations

import numpy as np
import pytest

from models_ml.data.corpus import Corpus
from models_ml.peers.inputs import table_of, window
from models_ml.transformer.windows import Vocabulary


def test_steps_are_those_between_neighbouring_rows(corpus: Corpus) -> None:
    table = table_of(corpus, Vocabulary.of_training(corpus), True)
    steps = table.steps
    assert steps is not None
    start, row = int(corpus.start[2]), int(corpus.start[2]) + 5
    hours = (corpus.at[row] - corpus.at[row - 1]) / 3.6e9
    assert steps.since[row].item() == pytest.approx(np.log1p(hours), rel=1e-5)
    assert steps.until[row - 1].item() == steps.since[row].item()
    assert steps.since[start] == steps.moved[start] == steps.until[start - 1] == 0
    assert table.item[table.blank] == len(Vocabulary.of_training(corpus).items)
    assert (steps.moved >= 0).all() and steps.moved.max() < np.log1p(40)


def test_a_window_is_padded_behind_and_blank_before_the_user(corpus: Corpus) -> None:
    table = table_of(corpus, Vocabulary.of_training(corpus), True)
    start = corpus.start[[1, 1]]
    found = window(table, start + np.array([-1, 3]), np.array([4, 2]), 5, start)
    blank = table.item[table.blank].item()
    rows = found.item.tolist()
    wanted = table.item.tolist()
    low = int(start[0])
    assert rows[0] == [blank, *wanted[low : low + 3], blank]
    assert rows[1] == [*wanted[low + 3 : low + 5], blank, blank, blank]
    assert found.length.tolist() == [4, 2]
    ahead = window(table, start, np.array([3, 3]), 3, start, ahead=True)
    assert table.steps is not None and ahead.gap[0, 0] == table.steps.since[low + 1]
    bare = window(table_of(corpus, Vocabulary.of_training(corpus), False), start, start, 3, start)
    assert bare.gap.shape == bare.moved.shape == (2, 0)
