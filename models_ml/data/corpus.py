"""Sequences as arrays, and the questions put to models.

Here belong the encoding of the `sequences` table (`Corpus`) and `Queries`: "what comes next for
this user, knowing only what lies strictly before this moment?".  No model and no metric belongs
here.

Codes are given in order of first appearance in time, so a later event never changes an earlier
code.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from models_ml.columns import FEATURE_COLUMNS, SEQUENCE_COLUMNS, SPLITS
from models_ml.errors import ModelError
from models_ml.language.texts import has_words, words_of_items

MICROSECONDS_A_DAY = 86_400_000_000
NONE = -1


@dataclass(frozen=True, eq=False)
class Corpus:
    """Events in user-major order (user, time, event id); n events, `NONE` (-1) codes a null.

    `at` is UTC in microseconds, `offset` the local offset in microseconds.  `order` lists rows by
    (time, event id); `start[u]:start[u+1]` are the rows of user u.  Per item: `item_latitude`,
    `item_longitude`, `item_category` as of its first appearance.  `item_words` is what train says
    of each item in words (None where nothing), None as a whole where no event has words.
    """

    event_id: np.ndarray
    user: np.ndarray
    at: np.ndarray
    offset: np.ndarray
    item: np.ndarray
    kind: np.ndarray
    category: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    features: np.ndarray
    split: np.ndarray
    start: np.ndarray
    order: np.ndarray
    at_sorted: np.ndarray
    users: np.ndarray
    items: np.ndarray
    kinds: np.ndarray
    categories: np.ndarray
    item_latitude: np.ndarray
    item_longitude: np.ndarray
    item_category: np.ndarray
    item_words: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.at)


@dataclass(frozen=True, eq=False)
class Queries:
    """m questions.  Only events strictly before `at` may be used for an answer.

    `before` counts the user's own such events, `seen` those of all users.  `row` is the corpus
    row of the event asked for (-1 when it lies in the future).  `time_given` says whether a model
    is told the target's time; it is `told` (microseconds, UTC; where it is left out, `at` itself),
    which is all that a model may read of it.  `told` alone may lie after `at`.
    """

    user: np.ndarray
    at: np.ndarray
    before: np.ndarray
    seen: np.ndarray
    row: np.ndarray
    offset: np.ndarray
    time_given: bool = False
    told: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.told is not None and not self.time_given:
            raise ModelError(
                "a moment is told to models that may not use one",
                where="Queries",
                fix="time_given=True",
            )

    def __len__(self) -> int:
        return len(self.user)

    @property
    def moment(self) -> np.ndarray:
        """The target's time as it is told, UTC in microseconds; raises where none is given."""
        if not self.time_given:
            raise ModelError("the time of the target is not given", where="Queries.moment")
        return self.at if self.told is None else self.told

    def take(self, index: np.ndarray | slice) -> Queries:
        """The questions at `index`."""
        arrays = {
            name: getattr(self, name)[index]
            for name in ("user", "at", "before", "seen", "row", "offset")
        }
        told = None if self.told is None else self.told[index]
        return replace(self, **arrays, told=told)

    def telling(self, moment: np.ndarray) -> Queries:
        """The same questions, of the same past, with the target's time told to be `moment`
        (microseconds, UTC; (m,)); the local offset stays the one that is known.
        """
        return replace(self, time_given=True, told=moment)


def encode(sequences: pd.DataFrame) -> Corpus:
    """Arrays of a sequences table; raises `ModelError` when columns are missing or there is no
    event.
    """
    wanted = [
        name for name in (*SEQUENCE_COLUMNS, *FEATURE_COLUMNS) if name not in sequences.columns
    ]
    if wanted:
        raise ModelError(
            f"the sequences table lacks {', '.join(wanted)}",
            where="corpus.encode",
            fix="rebuild the sequences table",
        )
    if not len(sequences):
        raise ModelError(
            "the sequences table is empty", where="corpus.encode", fix="load events first"
        )
    at = sequences["event_at"].to_numpy(dtype="datetime64[us]").astype(np.int64)
    ids = sequences["event_id"].astype(str).to_numpy(dtype=object)
    by_time = np.lexsort((ids, at))
    user, users = _codes(sequences["user_id"], by_time)
    rows = np.lexsort((ids, at, user))
    columns = {
        name: _codes(sequences[name], by_time) for name in ("item_id", "event_type", "category")
    }
    split = pd.Categorical(sequences["split"], categories=list(SPLITS)).codes.astype(np.int8)
    if (split < 0).any():
        raise ModelError("a split other than train, val and test", where="corpus.encode")
    item, category = columns["item_id"][0][rows], columns["category"][0][rows]
    order = np.lexsort((ids[rows], at[rows]))
    latitude, longitude = (sequences[c].to_numpy(float)[rows] for c in ("latitude", "longitude"))
    first = _first_rows(item, order, len(columns["item_id"][1]))
    return Corpus(
        event_id=ids[rows],
        user=user[rows],
        at=at[rows],
        offset=sequences["utc_offset_minutes"].to_numpy(np.int64)[rows] * 60_000_000,
        item=item,
        kind=columns["event_type"][0][rows],
        category=category,
        latitude=latitude,
        longitude=longitude,
        features=sequences[list(FEATURE_COLUMNS)].to_numpy(np.float32)[rows],
        split=split[rows],
        start=np.searchsorted(user[rows], np.arange(len(users) + 1)),
        order=order,
        at_sorted=at[rows][order],
        users=users,
        items=columns["item_id"][1],
        kinds=columns["event_type"][1],
        categories=columns["category"][1],
        item_latitude=latitude[first],
        item_longitude=longitude[first],
        item_category=category[first],
        item_words=_words(sequences, columns["item_id"][1]),
    )


def _words(sequences: pd.DataFrame, items: np.ndarray) -> np.ndarray | None:
    """What train says of each item in words, (items,); None where the table has no words."""
    if not has_words(sequences):
        return None
    words = words_of_items(sequences)
    return np.array([words.get(str(item)) for item in items], dtype=object)


def _codes(values: pd.Series, by_time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Integer codes in order of first appearance in time (-1 for null), and the names."""
    plain = values.astype(object).where(values.notna(), None)
    codes, names = pd.factorize(plain.iloc[by_time])
    result = np.empty(len(codes), dtype=np.int64)
    result[by_time] = codes
    return result, np.asarray(names, dtype=object)


def _first_rows(item: np.ndarray, order: np.ndarray, count: int) -> np.ndarray:
    """The earliest row of each item code."""
    first = np.zeros(count, dtype=np.int64)
    known = order[item[order] >= 0][::-1]
    first[item[known]] = known
    return first


def queries_for_rows(corpus: Corpus, rows: np.ndarray, *, time_given: bool = False) -> Queries:
    """One question a row: predict that event from what lies strictly before it."""
    rows = np.asarray(rows, dtype=np.int64)
    return _queries(corpus, corpus.user[rows], corpus.at[rows], rows, time_given)


def queries_at(corpus: Corpus, users: np.ndarray, at: int, *, time_given: bool = False) -> Queries:
    """One question a user code: what comes next, knowing what lies strictly before `at`
    (microseconds, UTC); with `time_given`, what comes at that very moment.
    """
    users = np.asarray(users, dtype=np.int64)
    moment = np.full(len(users), at, dtype=np.int64)
    return _queries(corpus, users, moment, np.full(len(users), NONE), time_given)


def target_rows(
    corpus: Corpus,
    split: str,
    *,
    with_item: bool = True,
    max_targets: int | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Rows of a split in time order; at most `max_targets`, drawn without replacement by `seed`."""
    rows = corpus.order[corpus.split[corpus.order] == SPLITS.index(split)]
    if with_item:
        rows = rows[corpus.item[rows] >= 0]
    return rows if max_targets is None else drawn(rows, max_targets, seed)


def drawn(rows: np.ndarray, most: int, seed: int) -> np.ndarray:
    """The rows, or `most` of them drawn without replacement by `seed`, in their order."""
    if len(rows) <= most:
        return rows
    kept = np.random.default_rng(seed).choice(len(rows), size=most, replace=False)
    return rows[np.sort(kept)]


def _queries(
    corpus: Corpus, user: np.ndarray, at: np.ndarray, row: np.ndarray, time_given: bool
) -> Queries:
    """`before` by one binary search over (user, time); the local offset is the target's only where
    its time is given, else that of the user's newest earlier event.
    """
    base = corpus.at_sorted[0]
    span = int(max(corpus.at_sorted[-1], at.max() if len(at) else base) - base) + 2
    key = corpus.user * span + (corpus.at - base)
    asked = user * span + np.clip(at - base, 0, span - 1)
    before = np.searchsorted(key, asked, side="left") - corpus.start[user]
    seen = np.searchsorted(corpus.at_sorted, at, side="left")
    newest = np.where(before > 0, corpus.offset[corpus.start[user] + before - 1], 0)
    offset = np.where(time_given & (row >= 0), corpus.offset[row], newest)
    return Queries(
        user, at, before.astype(np.int64), seen.astype(np.int64), row, offset, time_given
    )
