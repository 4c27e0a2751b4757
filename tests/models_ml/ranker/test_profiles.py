"""Profiles of places and categories equal plain loops over everybody's events."""

from __future__ import annotations

import numpy as np

from models_ml.data.corpus import MICROSECONDS_A_DAY, Corpus, queries_for_rows
from models_ml.data.wide import MICROSECONDS_AN_HOUR, candidates
from models_ml.ranker.past import Past
from models_ml.ranker.profiles import of_categories, of_places

ROWS = np.arange(45, 1400, 171)


def test_places_are_counted_over_everybody(corpus: Corpus) -> None:
    queries = queries_for_rows(corpus, ROWS, time_given=True)
    found = candidates(corpus, queries)
    columns = of_places(Past(corpus, queries), found)
    hour = (corpus.at + corpus.offset) // MICROSECONDS_AN_HOUR % 24
    for entry in range(0, len(found.item), 9):
        row, place = ROWS[found.query[entry]], found.item[entry]
        at = corpus.at[row]
        visits = np.flatnonzero((corpus.item == place) & (corpus.at < at))
        people = len(np.unique(corpus.user[visits]))
        week = (corpus.at[visits] >= at - 7 * MICROSECONDS_A_DAY).sum()
        near = ((hour[visits] - hour[row] + 1) % 24 <= 2).sum()
        assert np.isclose(columns["place_visits"][entry], np.log1p(len(visits)))
        assert np.isclose(columns["place_week"][entry], np.log1p(week))
        assert np.isclose(columns["place_people"][entry], np.log1p(people))
        assert np.isclose(columns["place_loyalty"][entry], people / len(visits))
        assert np.isclose(columns["place_hour_share"][entry], (near + 1) / (len(visits) + 8))
        idle = (at - corpus.at[visits].max()) / MICROSECONDS_AN_HOUR
        assert np.isclose(columns["place_idle"][entry], np.log1p(idle))


def test_categories_are_the_users_and_everybodys(corpus: Corpus) -> None:
    queries = queries_for_rows(corpus, ROWS)
    found = candidates(corpus, queries)
    columns = of_categories(Past(corpus, queries), found)
    for entry in range(0, len(found.item), 9):
        row = ROWS[found.query[entry]]
        category = corpus.item_category[found.item[entry]]
        mine = np.arange(corpus.start[corpus.user[row]], row)
        own = (corpus.category[mine] == category).sum()
        assert np.isclose(columns["own_category"][entry], np.log1p(own))
        assert np.isclose(columns["own_category_share"][entry], own / len(mine))
        everybody = ((corpus.category == category) & (corpus.at < corpus.at[row])).sum()
        events = (corpus.at < corpus.at[row]).sum()
        lift = np.log((own + 1) / (len(mine) + 10) * (events + 10) / (everybody + 1))
        assert np.isclose(columns["category_lift"][entry], lift)
