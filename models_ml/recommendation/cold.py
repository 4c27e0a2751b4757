"""Places that hardly anybody knows and people of whom nothing is known: what stands in for a past.

A cold place borrows the score of like places nearby.  A cold person (no event before the moment,
but a row of `profiles`) gets what people with the same attributes choose, then what is popular
around their region, then what is popular anywhere.  Here belongs nothing about people and places
with a past.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from sklearn.neighbors import BallTree

from models_ml.data.corpus import Corpus, queries_at
from models_ml.data.tiles import tiles
from models_ml.errors import ModelError
from models_ml.recommendation.moment import EARTH_KM, Moment, points_of

FEW_VISITS = 3
LIKE, LIKE_KM = 8, 2.0
REGION_KM = 2.0
ALIKE, NEAR, POPULAR = range(3)
STAGES = 3


def cold_scores(
    scores: np.ndarray, is_known: np.ndarray, moment: Moment
) -> tuple[np.ndarray, np.ndarray]:
    """Codes of the cold places (seen, by fewer than `FEW_VISITS` visits), and each person's mean
    score of the places like it that are new to the person, (queries, cold places).

    A place with nothing like it is not among them.  `scores` and `is_known` are (queries, places).
    """
    cold, like = _like(moment)
    if not len(cold):
        return cold, np.zeros((len(scores), 0))
    counted = np.zeros((len(scores), len(cold)))
    total = np.zeros_like(counted)
    # Neighbour by neighbour, so that memory stays that of one table and sums have one order.
    for column in like.T:
        fits = (column >= 0) & ~is_known[:, column]
        total += np.where(fits, scores[:, column], 0.0)
        counted += fits
    return cold, total / np.maximum(counted, 1.0)


def _like(moment: Moment) -> tuple[np.ndarray, np.ndarray]:
    """Cold places and, for each, up to `LIKE` nearest warm ones of its category within `LIKE_KM`
    (-1 where there are fewer).
    """
    corpus = moment.corpus
    placed = np.isfinite(moment.points).all(axis=1) & (corpus.item_category >= 0)
    is_warm = moment.visits >= FEW_VISITS
    codes, found = [], []
    cold = np.flatnonzero(placed & moment.seen & ~is_warm)
    degrees = np.radians(np.stack([corpus.item_latitude, corpus.item_longitude], axis=1))
    for category in np.unique(corpus.item_category[cold]):
        mine = cold[corpus.item_category[cold] == category]
        warm = np.flatnonzero(placed & is_warm & (corpus.item_category == category))
        if not len(warm):
            continue
        tree = BallTree(degrees[warm], metric="haversine")
        away, near = tree.query(degrees[mine], k=min(LIKE, len(warm)))
        listed = np.full((len(mine), LIKE), -1, dtype=np.int64)
        listed[:, : near.shape[1]] = np.where(away * EARTH_KM <= LIKE_KM, warm[near], -1)
        has = (listed >= 0).any(axis=1)
        codes.append(mine[has])
        found.append(listed[has])
    if not codes:
        return np.empty(0, dtype=np.int64), np.empty((0, LIKE), dtype=np.int64)
    return np.concatenate(codes), np.concatenate(found)


@dataclass(frozen=True, eq=False)
class Newcomers:
    """Cold people: `users` their ids (people,), `relevance` of every place 0 to 1 and the `stage`
    it comes from (`ALIKE`, `NEAR` or `POPULAR`), both (people, places).
    """

    users: np.ndarray
    relevance: np.ndarray
    stage: np.ndarray


def newcomers(moment: Moment, profiles: pd.DataFrame) -> Iterator[Newcomers]:
    """The people of `profiles` without an event before the moment, in order of their id, so many at
    a time as scores of all places may be held of.

    `profiles` has one row a person: `user_id`, `latitude` and `longitude` of their region where it
    is known, and attributes in all other columns (compared for equality; nulls equal nothing).
    A place's stage is the first that says anything of it; relevance falls from stage to stage.
    Raises `ModelError` when `profiles` has no `user_id` or names a person twice.
    """
    if "user_id" not in profiles.columns or profiles["user_id"].duplicated().any():
        raise ModelError("profiles need one row a user_id", where="cold.newcomers")
    with_past = _people_before(moment)
    is_cold = ~profiles["user_id"].isin(set(with_past))
    cold = profiles[is_cold].sort_values("user_id", kind="stable")
    for tile in tiles(len(cold), len(moment.visits)):
        yield _described(moment, cold[tile], profiles[~is_cold])


def _described(moment: Moment, mine: pd.DataFrame, others: pd.DataFrame) -> Newcomers:
    """Cold people beside `others`, who have a past."""
    counts = np.stack(
        [
            _of_people_alike(moment, mine, others),
            _around_region(moment, mine),
            np.tile(moment.trend + moment.visits / (1.0 + moment.visits.sum()), (len(mine), 1)),
        ]
    )
    counts[:, :, ~moment.seen] = 0.0
    peak = counts.max(axis=2, keepdims=True, initial=0.0)
    share = counts / np.where(peak > 0, peak, 1.0)
    stage = np.argmax(share > 0, axis=0)
    chosen = np.take_along_axis(share, stage[None], axis=0)[0]
    relevance = np.where(chosen > 0, (STAGES - 1 - stage + chosen) / STAGES, 0.0)
    return Newcomers(mine["user_id"].to_numpy(dtype=object), relevance, stage)


def _people_before(moment: Moment) -> np.ndarray:
    corpus = moment.corpus
    asked = queries_at(corpus, np.arange(len(corpus.users)), moment.at)
    return corpus.users[asked.before > 0]


def _of_people_alike(moment: Moment, mine: pd.DataFrame, others: pd.DataFrame) -> np.ndarray:
    """Visits of people with a past, weighed by the share of equal attributes; (cold, places)."""
    names = [name for name in mine if name not in ("user_id", "latitude", "longitude")]
    corpus = moment.corpus
    code = {user: index for index, user in enumerate(corpus.users)}
    users = np.array([code[user] for user in others["user_id"] if user in code], dtype=np.int64)
    others = others[others["user_id"].isin(code)]
    alike = np.zeros((len(mine), len(others)))
    for name in names:
        one, two = mine[name].to_numpy(dtype=object), others[name].to_numpy(dtype=object)
        known = pd.notna(one)[:, None] & pd.notna(two)[None, :]
        alike += known & (one[:, None] == two[None, :])
    result: np.ndarray = alike / max(len(names), 1) @ _visits_of(corpus, users, moment.at)
    return result


def _visits_of(corpus: Corpus, users: np.ndarray, at: int) -> csr_matrix:
    """Visits before `at`, sparse, (users, places)."""
    position = np.full(len(corpus.users), -1, dtype=np.int64)
    position[users] = np.arange(len(users))
    rows = np.flatnonzero((corpus.at < at) & (corpus.item >= 0) & (position[corpus.user] >= 0))
    where = position[corpus.user[rows]], corpus.item[rows]
    return csr_matrix((np.ones(len(rows)), where), shape=(len(users), len(corpus.items)))


def _around_region(moment: Moment, mine: pd.DataFrame) -> np.ndarray:
    """Recent visits within some `REGION_KM` of each person's region, nearer ones counting more."""
    if "latitude" not in mine or "longitude" not in mine:
        return np.zeros((len(mine), len(moment.visits)))
    homes = points_of(mine["latitude"].to_numpy(float), mine["longitude"].to_numpy(float))
    squares = sum((homes[:, None, a] - moment.points[None, :, a]) ** 2 for a in range(3))
    away = np.where(np.isfinite(squares), np.sqrt(squares), np.inf)
    near = np.where(away <= 3 * REGION_KM, np.exp(-away / REGION_KM), 0.0)
    return near * moment.trend
