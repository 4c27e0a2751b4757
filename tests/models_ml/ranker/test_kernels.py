"""Kernels over a user's own visits equal plain loops."""

from __future__ import annotations

import numpy as np

from models_ml.data.corpus import MICROSECONDS_A_DAY, Corpus, queries_for_rows
from models_ml.data.wide import candidates
from models_ml.ranker.kernels import kernels
from models_ml.ranker.past import Past

ROWS = np.arange(40, 1400, 171)


def test_each_visit_counts_by_its_age_and_its_hour(corpus: Corpus) -> None:
    queries = queries_for_rows(corpus, ROWS, time_given=True)
    found = candidates(corpus, queries)
    columns = kernels(Past(corpus, queries), found)
    local = corpus.at + corpus.offset
    for entry in range(0, len(found.item), 7):
        row = ROWS[found.query[entry]]
        mine = np.arange(corpus.start[corpus.user[row]], row)
        mine = mine[corpus.item[mine] >= 0]
        visits = mine[corpus.item[mine] == found.item[entry]]
        age = (corpus.at[row] - corpus.at[visits]) / MICROSECONDS_A_DAY
        apart = (local[row] - local[visits]) / MICROSECONDS_A_DAY
        near = np.cos(2 * np.pi * apart) - 1
        last_ten = np.isin(visits, mine[-10:]).sum()
        days = local[row] // MICROSECONDS_A_DAY - local[visits] // MICROSECONDS_A_DAY
        expected = {
            "decay_1d": np.exp(-age).sum(),
            "decay_28d": np.exp(-age / 28).sum(),
            "of_last_10": last_ten,
            "weekday": (days % 7 == 0).sum(),
            "hour_narrow": np.exp(50 * near).sum(),
            "week_phase": np.exp(60 * (np.cos(2 * np.pi * apart / 7) - 1)).sum(),
        }
        for name, value in expected.items():
            assert np.isclose(columns[name][entry], np.log1p(value)), name


def test_what_came_soon_after_the_current_place_counts_by_its_distance(corpus: Corpus) -> None:
    queries = queries_for_rows(corpus, ROWS)
    found = candidates(corpus, queries)
    soon = kernels(Past(corpus, queries), found)["soon_after"]
    for entry in range(0, len(found.item), 5):
        row = ROWS[found.query[entry]]
        items = corpus.item[corpus.start[corpus.user[row]] : row]
        items = items[items >= 0]
        total = sum(
            1 / ahead
            for ahead in (1, 2, 3)
            for place in range(len(items) - ahead)
            if items[place] == items[-1] and items[place + ahead] == found.item[entry]
        )
        assert np.isclose(soon[entry], np.log1p(total))
