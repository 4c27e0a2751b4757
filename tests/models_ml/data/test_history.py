"""Look-backs: flat ranges, lags, steps and counts, each strictly before the question."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from models_ml.data import sequences
from models_ml.data.corpus import MICROSECONDS_A_DAY, Corpus, encode, queries_for_rows
from models_ml.data.history import (
    Transitions,
    counts_before,
    expand,
    first_of_moment,
    last_rows,
    next_rows,
    own_events,
)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 6)), max_size=8))
def test_expand_lays_ranges_end_to_end(ranges: list[tuple[int, int]]) -> None:
    first = np.array([one for one, _ in ranges], dtype=np.int64)
    count = np.array([size for _, size in ranges], dtype=np.int64)
    owner, element = expand(first, count)
    wanted = [(i, f + k) for i, (f, size) in enumerate(ranges) for k in range(size)]
    assert list(zip(owner.tolist(), element.tolist(), strict=True)) == wanted


def test_lags_count_events_with_a_symbol(corpus: Corpus) -> None:
    rows = np.arange(3, 1400, 111)
    queries = queries_for_rows(corpus, rows)
    pairs = own_events(corpus, queries, corpus.item, limit=12)
    for i, row in enumerate(rows):
        begin = max(int(corpus.start[corpus.user[row]]), row - 12)
        mine = [r for r in range(begin, row) if corpus.item[r] >= 0]
        assert pairs.row[pairs.query == i].tolist() == mine
        assert pairs.lag[pairs.query == i].tolist() == list(range(len(mine)))[::-1]
        assert last_rows(pairs, len(rows))[i] == (mine[-1] if mine else -1)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=20))
def test_rows_of_one_user_and_time_share_their_first(pairs: list[tuple[int, int]]) -> None:
    pairs = sorted(pairs)
    table = pd.DataFrame(pairs, columns=["user_id", "at"])
    table["event_at"] = pd.to_datetime(table["at"], unit="h", utc=True)
    table["event_id"], table["user_id"] = table.index.astype(str), table["user_id"].astype(str)
    table = table.assign(event_type="purchase", item_id="x", category=None)
    table = table.assign(latitude=np.nan, longitude=np.nan)
    corpus = encode(sequences.build(table))
    keys = list(zip(corpus.user.tolist(), corpus.at.tolist(), strict=True))
    assert first_of_moment(corpus).tolist() == [keys.index(key) for key in keys]


def test_next_rows_skip_what_has_no_place(corpus: Corpus) -> None:
    following = next_rows(corpus, corpus.item)
    for row in np.flatnonzero(corpus.item >= 0)[::37]:
        end = corpus.start[corpus.user[row] + 1]
        later = [r for r in range(row + 1, end) if corpus.item[r] >= 0]
        assert following[row] == (later[0] if later else -1)
    assert (following[corpus.item < 0] == -1).all()


def test_steps_are_complete_strictly_before_and_the_newest_are_kept(corpus: Corpus) -> None:
    steps, following = Transitions(corpus, corpus.item), next_rows(corpus, corpus.item)
    moment = int(corpus.at_sorted[900])
    known = (corpus.item == 4) & (following >= 0)
    known[known] &= corpus.at[following[known]] < moment
    done = following[known]
    newest = corpus.item[done[np.argsort(corpus.at[done], kind="stable")]]
    _, found = steps.before(np.array([4]), np.array([moment]))
    assert sorted(found) == sorted(newest)
    _, few = steps.before(np.array([4]), np.array([moment]), limit=3)
    assert sorted(few) == sorted(newest[-3:])
    assert len(steps.before(np.array([-1]), np.array([moment]))[0]) == 0


def test_counts_in_any_order_of_questions(corpus: Corpus) -> None:
    at = corpus.at_sorted[[700, 10, 1200, 700]] + np.array([0, 0, 1, 0])
    window = 2 * MICROSECONDS_A_DAY
    everything = counts_before(corpus, corpus.item, at, len(corpus.items))
    recent = counts_before(corpus, corpus.item, at, len(corpus.items), window=window)
    for i, moment in enumerate(at):
        before = (corpus.at < moment) & (corpus.item >= 0)
        late = before & (corpus.at >= moment - window)
        size = len(corpus.items)
        assert np.array_equal(everything[i], np.bincount(corpus.item[before], minlength=size))
        assert np.array_equal(recent[i], np.bincount(corpus.item[late], minlength=size))
