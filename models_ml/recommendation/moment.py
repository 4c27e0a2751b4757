"""What everybody knows strictly before a moment: which places there are and who goes there.

Here belong counts over all people.  What one person knows is `candidates`'.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models_ml.data.corpus import MICROSECONDS_A_DAY, Corpus
from models_ml.data.sequences import EARTH_RADIUS_M

TREND_DAYS = 28
EARTH_KM = EARTH_RADIUS_M / 1_000.0


@dataclass(frozen=True, eq=False)
class Moment:
    """All arrays have one entry a place of the corpus; `at` is in microseconds, UTC.

    `visits` and `people` count events and distinct people before `at`, `trend` the events of the
    `TREND_DAYS` days before; `crowd` is how many people had been anywhere.  `points` are km from
    the middle of the earth, (places, 3), NaN where a place has no coordinates.
    """

    corpus: Corpus
    at: int
    visits: np.ndarray
    people: np.ndarray
    trend: np.ndarray
    crowd: int
    points: np.ndarray

    @classmethod
    def before(cls, corpus: Corpus, at: int) -> Moment:
        """Counted over the events strictly before `at`."""
        size = len(corpus.items)
        rows = corpus.order[: np.searchsorted(corpus.at_sorted, at, side="left")]
        rows = rows[corpus.item[rows] >= 0]
        item, user = corpus.item[rows], corpus.user[rows]
        pairs = np.unique(item * len(corpus.users) + user)
        newest = corpus.at[rows] >= at - TREND_DAYS * MICROSECONDS_A_DAY
        return cls(
            corpus=corpus,
            at=at,
            visits=np.bincount(item, minlength=size),
            people=np.bincount(pairs // len(corpus.users), minlength=size),
            trend=np.bincount(item[newest], minlength=size),
            crowd=len(np.unique(user)),
            points=points_of(corpus.item_latitude, corpus.item_longitude),
        )

    @property
    def seen(self) -> np.ndarray:
        """Whether anybody had been to a place: others do not exist yet; bool (places,)."""
        return self.visits > 0

    @property
    def popularity(self) -> np.ndarray:
        """The share of people who know each place, 0 to 1; (places,)."""
        return self.people / max(self.crowd, 1)

    @property
    def surprise(self) -> np.ndarray:
        """Self-information of each place in bits, -log2 of the share of people who know it
        (Zhou et al. 2010; Vargas and Castells 2011); as of one person where nobody does.
        """
        return -np.log2(np.maximum(self.people, 1) / max(self.crowd, 1))

    @property
    def novelty(self) -> np.ndarray:
        """`surprise` as a share of the most there can be, 0 to 1; (places,)."""
        return self.surprise / max(np.log2(max(self.crowd, 1)), 1.0)


def points_of(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Degrees as points in km from the middle of the earth, (n, 3): straight lines between them
    are distances, short by less than 0.01 % within 100 km.
    """
    lat, lon = np.radians(latitude), np.radians(longitude)
    flat = np.cos(lat)
    return EARTH_KM * np.stack([flat * np.cos(lon), flat * np.sin(lon), np.sin(lat)], axis=-1)


def apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Kilometres between points (..., 3), with the same bits whatever is asked beside them."""
    squares = sum((a[..., axis] - b[..., axis]) ** 2 for axis in range(3))
    return np.sqrt(squares)
