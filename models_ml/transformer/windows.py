"""Windows of events as tensors: tokens, masks and pair features, the same for training and for
scoring.

Here belong `Vocabulary` (the codes a trained model knows), `Tokens` (one row an event, as
tensors) and `assemble` (gather a batch of questions and the earlier events each may see).
Nothing here has parameters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models_ml.data.cells import Cells, cells_of, resolution_for
from models_ml.data.corpus import MICROSECONDS_A_DAY, NONE, Corpus
from models_ml.data.gaps import GapBins, gap_hours
from models_ml.data.history import next_rows

PAIR_NAMES = (
    "age",
    "lag",
    "recency",
    "is_newest",
    "hour_cos",
    "half_day_cos",
    "third_day_cos",
    "hour_sin",
    "week_cos",
    "same_weekend",
    "distance",
    "same_place",
    "same_category",
    "same_kind",
    "same_place_twice",
    "has_successor",
    "successor_step",
    "successor_hour_cos",
    "successor_half_day_cos",
    "successor_week_cos",
)
PAIR_FEATURES = len(PAIR_NAMES)
TIME_FEATURES = 6
HOUR = MICROSECONDS_A_DAY / 24
EARTH_KM = 6_371.0088


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The names a model was trained on; a name it does not know has the code one past the last.

    `item_category` and `item_cell` are codes of each item's own, as training saw it first.
    `resolution` is that of the `cells`, `gap_edges` and `gap_tail` make the `GapBins`.
    """

    items: list[str]
    kinds: list[str]
    categories: list[str]
    centre: list[float]
    resolution: int
    cells: list[str]
    item_category: list[int]
    item_cell: list[int]
    gap_edges: list[float]
    gap_tail: float

    @classmethod
    def of_training(cls, corpus: Corpus, resolution: int | None = None) -> Vocabulary:
        """Every item, kind and category that occurs in the train split; `resolution` is that of
        the cells, one that suits the points where it is not told.
        """
        is_train = corpus.split == 0
        points = corpus.latitude[is_train], corpus.longitude[is_train]
        chosen = resolution_for(*points) if resolution is None else resolution
        cells = cells_of(corpus, chosen)
        bins = GapBins.of(gap_hours(corpus)[is_train])

        def seen(codes: np.ndarray, names: np.ndarray) -> list[str]:
            return [str(name) for name in names[_known(codes[is_train])]]

        def of_items(codes: np.ndarray) -> list[int]:
            return _first_of_items(corpus, is_train, codes)

        return cls(
            items=seen(corpus.item, corpus.items),
            kinds=seen(corpus.kind, corpus.kinds),
            categories=seen(corpus.category, corpus.categories),
            centre=_centre(unit_points(*points)),
            resolution=cells.resolution,
            cells=seen(cells.code, cells.names),
            item_category=of_items(corpus.category),
            item_cell=of_items(cells.code),
            gap_edges=list(bins.edges),
            gap_tail=bins.tail,
        )

    @property
    def gap_bins(self) -> GapBins:
        """The bins that the time to the next event falls into."""
        return GapBins(tuple(self.gap_edges), self.gap_tail)

    def codes(self, corpus: Corpus) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """For each item, kind and category code of a corpus its code here (last entry: for a
        null).
        """
        return (
            _mapped(corpus.items, self.items),
            _mapped(corpus.kinds, self.kinds),
            _mapped(corpus.categories, self.categories),
        )

    def cell_codes(self, cells: Cells) -> np.ndarray:
        """The same for the cells of a corpus."""
        return _mapped(cells.names, self.cells)


def _known(codes: np.ndarray) -> np.ndarray:
    """The distinct codes that are no null, ascending."""
    kept = np.unique(codes)
    return kept[kept >= 0]


def _first_of_items(corpus: Corpus, is_train: np.ndarray, codes: np.ndarray) -> list[int]:
    """For each item of training the place, among the known codes of training, of the code its first
    event has; one past the last where that is null.
    """
    rows = corpus.order[is_train[corpus.order] & (corpus.item[corpus.order] >= 0)]
    first = rows[np.unique(corpus.item[rows], return_index=True)[1]]
    known = _known(codes[is_train])
    place = np.searchsorted(known, codes[first])
    return [int(x) for x in np.where(codes[first] >= 0, place, len(known))]


def _centre(points: np.ndarray) -> list[float]:
    """The mean of the known points; the middle of the earth where none is known."""
    known = points[np.isfinite(points).all(axis=1)]
    return [float(x) for x in known.mean(axis=0)] if len(known) else [0.0, 0.0, 0.0]


def _mapped(names: np.ndarray, known: list[str]) -> np.ndarray:
    index = {name: code for code, name in enumerate(known)}
    found = [index.get(str(name), len(known)) for name in names]
    return np.array([*found, len(known)], dtype=np.int64)


@dataclass(frozen=True)
class Tokens:
    """One row an event and one blank row at the end, n + 1 rows; times in hours since the first
    event.

    `item` is the corpus code (for "same place"), `item_code` the vocabulary's.  `following` is
    the user's next row with a place (the blank row where there is none).  `point` is the place on
    the unit sphere, 0 where unknown.  `cell_code` and `gap_code` (the bin of the time since the
    user's event before, one past the last where there is none) are only ever asked for.
    """

    item_code: Tensor
    kind_code: Tensor
    category_code: Tensor
    item: Tensor
    previous_item: Tensor
    kind: Tensor
    category: Tensor
    features: Tensor
    hours: Tensor
    local: Tensor
    point: Tensor
    following: Tensor
    start: Tensor
    cell_code: Tensor
    gap_code: Tensor

    @property
    def blank(self) -> int:
        """The index of the blank row."""
        return self.item.shape[0] - 1


def tokens(corpus: Corpus, vocabulary: Vocabulary) -> Tokens:
    """All events of a corpus as tensors."""
    items, kinds, categories = vocabulary.codes(corpus)
    following = next_rows(corpus, corpus.item)
    following[following < 0] = len(corpus)
    previous = np.concatenate([[NONE], corpus.item[:-1]])
    previous[corpus.start[:-1]] = NONE
    local = corpus.at + corpus.offset
    place = kilometres(corpus.latitude, corpus.longitude, vocabulary.centre)
    cells = cells_of(corpus, vocabulary.resolution)
    gaps = vocabulary.gap_bins.codes(gap_hours(corpus))
    gaps[gaps < 0] = len(vocabulary.gap_edges)

    def padded(values: np.ndarray, blank: float) -> np.ndarray:
        shape = (1, *values.shape[1:])
        return np.concatenate([values, np.full(shape, blank, dtype=values.dtype)])

    return Tokens(
        item_code=_long(items[padded(corpus.item, NONE)]),
        kind_code=_long(kinds[padded(corpus.kind, NONE)]),
        category_code=_long(categories[padded(corpus.category, NONE)]),
        item=_long(padded(corpus.item, -2)),
        previous_item=_long(padded(previous, -2)),
        kind=_long(padded(corpus.kind, -2)),
        category=_long(padded(corpus.category, -2)),
        features=torch.from_numpy(padded(corpus.features, 0.0)),
        hours=torch.from_numpy(padded((corpus.at - corpus.at_sorted[0]) / HOUR, 0.0)),
        local=torch.from_numpy(padded((local % (7 * MICROSECONDS_A_DAY)) / HOUR, 0.0)),
        point=torch.from_numpy(padded(place, 0.0)),
        following=_long(padded(following, len(corpus))),
        start=_long(padded(corpus.start[corpus.user], len(corpus))),
        cell_code=_long(vocabulary.cell_codes(cells)[padded(cells.code, NONE)]),
        gap_code=_long(padded(gaps, len(vocabulary.gap_edges))),
    )


def _long(values: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.int64))


def unit_points(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Points on the unit sphere, float64 (n, 3); NaN where a coordinate is."""
    lat, lon = np.radians(latitude), np.radians(longitude)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)


def kilometres(latitude: np.ndarray, longitude: np.ndarray, centre: list[float]) -> np.ndarray:
    """Points in km from a centre (a vector in the unit ball) and 1, float32 (n, 4); zeros where a
    coordinate is unknown.

    Distances of points within a city are then exact to metres in single precision, which they are
    not as cosines.
    """
    points = (unit_points(latitude, longitude) - np.asarray(centre)) * EARTH_KM
    known = np.isfinite(points).all(axis=1, keepdims=True)
    return np.where(known, np.concatenate([points, known], axis=1), 0.0).astype(np.float32)


@dataclass(frozen=True)
class Batch:
    """B windows of Q questions over L earlier events each.

    `key_rows` (B, L + 1): the extra first one is only the predecessor of the next.  `query_rows`
    (B, Q) are each question's newest event (blank: none).  `allowed` (B, Q, L) marks what a
    question may see; `successor` what of it has a known next place.  `pairs` (B, Q, L,
    PAIR_FEATURES); `now` (B, Q, TIME_FEATURES) describes the moment.
    """

    query_rows: Tensor
    key_rows: Tensor
    allowed: Tensor
    placed: Tensor
    successor: Tensor
    pairs: Tensor
    now: Tensor


def assemble(
    table: Tokens,
    query_rows: Tensor,
    first_key: Tensor,
    length: int,
    window: int,
    moment: tuple[Tensor, Tensor] | None = None,
    ahead: int = 0,
    since: Tensor | None = None,
) -> Batch:
    """The batch of questions `query_rows` (B, Q) over the rows first_key .. first_key + length -
    1 of each window.

    `moment` is (hours, local week hours) of the target, each (B, Q), where the target's time is
    given; else "now" is the newest event's own time.  A question sees at most `window` events,
    none after its newest one; pre-training alone lets it see `ahead` events after it.  Rows before
    `since` (B,) are not seen by any question of that window.
    """
    blank = table.blank
    is_real = query_rows < blank
    user_start = table.start[torch.where(is_real, query_rows, blank)].amin(dim=1, keepdim=True)
    span = first_key[:, None] + torch.arange(-1, length)[None, :]
    key_rows = torch.where((span >= user_start) & (span >= 0), span, blank).clamp(max=blank)
    keys = key_rows[:, 1:]
    lag = query_rows[:, :, None] - keys[:, None, :]
    allowed = (keys < blank)[:, None, :] & is_real[:, :, None] & (lag >= -ahead) & (lag < window)
    allowed &= (table.start[keys] == user_start)[:, None, :]
    if since is not None:
        allowed &= (keys >= since[:, None])[:, None, :]
    following = table.following[keys]
    # Ahead, a step counts too, but never the one from the newest event over what is asked for.
    is_known = (following[:, None, :] <= query_rows[:, :, None]) | (lag < 0)
    successor = allowed & is_known & (following < blank)[:, None, :]
    hours, local = (
        moment if moment is not None else (table.hours[query_rows], table.local[query_rows])
    )
    pairs = _pair_features(table, query_rows, keys, following, lag, successor, hours, local)
    pairs = pairs * allowed[..., None]
    now = _time_features(table, query_rows, hours, local)
    placed = allowed & (table.item[keys] >= 0)[:, None, :]
    return Batch(query_rows, key_rows, allowed, placed, successor, pairs, now)


def _pair_features(
    table: Tokens,
    query_rows: Tensor,
    keys: Tensor,
    following: Tensor,
    lag: Tensor,
    successor: Tensor,
    hours: Tensor,
    local: Tensor,
) -> Tensor:
    """What a question and an earlier event have in common, in the order of PAIR_NAMES, each figure
    near the size of 1.
    """
    gap = lag.abs().float()
    age = (hours[:, :, None] - table.hours[keys][:, None, :]).abs().float()
    step = (table.hours[following] - table.hours[keys]).clamp(min=0).float()[:, None, :] * successor
    phase = (2 * math.pi) * (local[:, :, None] - table.local[keys][:, None, :]).float()
    after = (2 * math.pi) * (local[:, :, None] - table.local[following][:, None, :]).float()
    weekend = _is_weekend(local)[:, :, None] == _is_weekend(table.local[keys])[:, None, :]

    def same(column: Tensor) -> Tensor:
        return (column[query_rows][:, :, None] == column[keys][:, None, :]).float()

    is_placed = (table.item[keys] >= 0)[:, None, :].float()
    return torch.stack(
        [
            torch.log1p(age) / 4,
            torch.log1p(gap) / 3,
            1 / (1 + gap / 20),
            (gap == 0).float(),
            torch.cos(phase / 24),
            torch.cos(phase / 12),
            torch.cos(phase / 8),
            torch.sin(phase / 24),
            torch.cos(phase / 168),
            weekend.float(),
            log_distance(table.point[query_rows], table.point[keys]),
            same(table.item) * is_placed,
            same(table.category),
            same(table.kind),
            same(table.previous_item) * same(table.item) * is_placed,
            successor.float(),
            torch.log1p(step) / 4,
            torch.cos(after / 24) * successor,
            torch.cos(after / 12) * successor,
            torch.cos(after / 168) * successor,
        ],
        dim=-1,
    )


def log_distance(here: Tensor, there: Tensor) -> Tensor:
    """log(1 + km) / 3 from points (B, Q, 4) to points (B, L, 4); 0 where one is unknown."""
    chord = (here[:, :, None, :3] - there[:, None, :, :3]).square().sum(-1).sqrt()
    return torch.log1p(chord) / 3 * (here[:, :, None, 3] * there[:, None, :, 3])


def log_distance_to_all(here: Tensor, there: Tensor) -> Tensor:
    """log(1 + km^2) from points (N, 4) to every one of (V, 4); 0 where one is unknown.

    One matrix product gives 1 + km^2: an unknown point has only the constant 1 to multiply.
    """
    one, known = torch.ones_like(here[:, 3:]), here[:, 3:]
    left = torch.cat([-2 * here[:, :3], here[:, :3].square().sum(-1, keepdim=True), known, one], -1)
    one, known = torch.ones_like(there[:, 3:]), there[:, 3:]
    squared = there[:, :3].square().sum(-1, keepdim=True)
    right = torch.cat([there[:, :3], known, squared, one], -1)
    return (left @ right.T).clamp_(min=1).log_()


def _time_features(table: Tokens, query_rows: Tensor, hours: Tensor, local: Tensor) -> Tensor:
    day, week = 2 * math.pi * local / 24, 2 * math.pi * local / 168
    since = torch.log1p((hours - table.hours[query_rows]).clamp(min=0)) / 4
    parts = [day.sin(), day.cos(), week.sin(), week.cos(), _is_weekend(local), since]
    return torch.stack([part.float() for part in parts], dim=-1)


def _is_weekend(local: Tensor) -> Tensor:
    """Weeks of `local` begin on a Thursday, as the Unix epoch does, so Saturday and Sunday are
    hours 48 to 95.
    """
    return (local >= 48) & (local < 96)
