"""Arrays and questions: codes are stable in time, and "before" is strict."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models_ml.data.corpus import Corpus, encode, queries_at, queries_for_rows, target_rows
from models_ml.errors import ModelError


def test_rows_are_ordered_within_users(corpus: Corpus) -> None:
    for user in range(len(corpus.users)):
        rows = slice(corpus.start[user], corpus.start[user + 1])
        assert (corpus.user[rows] == user).all()
        assert (np.diff(corpus.at[rows]) >= 0).all()


def test_codes_follow_first_appearance_in_time(corpus: Corpus) -> None:
    seen = corpus.item[corpus.order]
    first = pd.unique(seen[seen >= 0])
    assert first.tolist() == list(range(len(corpus.items)))


def test_before_counts_strictly_earlier_events(corpus: Corpus) -> None:
    rows = np.arange(0, len(corpus), 7)
    queries = queries_for_rows(corpus, rows)
    for i, row in enumerate(rows):
        mine = corpus.user == corpus.user[row]
        assert queries.before[i] == (mine & (corpus.at < corpus.at[row])).sum()
        assert queries.seen[i] == (corpus.at < corpus.at[row]).sum()


def test_events_of_one_moment_do_not_see_each_other(table: pd.DataFrame) -> None:
    tied = table.copy()
    second = tied.index[tied["position"] == 1]
    tied.loc[second, "event_at"] = tied.loc[second - 1, "event_at"].to_numpy()
    corpus = encode(tied)
    rows = corpus.start[:-1] + 1
    assert (queries_for_rows(corpus, rows).before == 0).all()


def test_the_offset_of_the_target_is_only_known_with_its_time(table: pd.DataFrame) -> None:
    moved = table.copy()
    last = moved["position"] == moved.groupby("user_id")["position"].transform("max")
    moved.loc[last, "utc_offset_minutes"] = 60
    corpus = encode(moved)
    rows = corpus.start[1:] - 1
    assert (queries_for_rows(corpus, rows).offset == -300 * 60_000_000).all()
    assert (queries_for_rows(corpus, rows, time_given=True).offset == 60 * 60_000_000).all()


def test_a_told_moment_is_all_that_is_said_of_the_time(corpus: Corpus) -> None:
    queries = queries_for_rows(corpus, np.arange(9))
    with pytest.raises(ModelError, match="is not given"):
        _ = queries.moment
    assert np.array_equal(
        queries_for_rows(corpus, np.arange(9), time_given=True).moment, queries.at
    )
    told = queries.telling(queries.at + np.arange(9))
    assert (told.moment - queries.at).tolist() == list(range(9))
    assert told.take(np.array([4, 2])).moment.tolist() == told.moment[[4, 2]].tolist()
    for name in ("at", "before", "seen", "offset"):
        assert np.array_equal(getattr(told, name), getattr(queries, name))
    with pytest.raises(ModelError, match="may not use one"):
        replace(told, time_given=False)


def test_a_question_before_everything_knows_nothing(corpus: Corpus) -> None:
    queries = queries_at(corpus, np.arange(len(corpus.users)), int(corpus.at_sorted[0]))
    assert not queries.before.any()
    assert not queries.seen.any()


def test_targets_are_sampled_by_the_seed(corpus: Corpus) -> None:
    everything = target_rows(corpus, "test")
    some = target_rows(corpus, "test", max_targets=20, seed=4)
    assert len(some) == 20
    assert set(some) <= set(everything)
    assert np.array_equal(some, target_rows(corpus, "test", max_targets=20, seed=4))
    assert not np.array_equal(some, target_rows(corpus, "test", max_targets=20, seed=5))
    assert (np.diff(corpus.at[some]) >= 0).all()


def test_an_incomplete_or_empty_table_is_refused(table: pd.DataFrame) -> None:
    with pytest.raises(ModelError, match="lacks split"):
        encode(table.drop(columns="split"))
    with pytest.raises(ModelError, match="is empty"):
        encode(table.iloc[:0])
