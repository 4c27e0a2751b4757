"""Events while they are made: equal-length arrays that parts produce and `columns.py` finishes.

Belongs here: the shape of a draft and joining drafts. Does not belong here: any rule of the city.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

EVENT_TYPES = ("click", "browse", "search", "cart", "purchase", "review", "favourite", "check_in")
CLICK, BROWSE, SEARCH, CART, PURCHASE, REVIEW, FAVOURITE, CHECK_IN = range(len(EVENT_TYPES))
NONE = -1


@dataclass(frozen=True)
class Draft:
    """Events, arrays of shape (n,).

    Attributes:
        person: index of the person.
        kind: index into EVENT_TYPES.
        local: wall-clock seconds since the first local midnight.
        item: venue index, NONE for a search.
        place: venue whose point is the event's, NONE for no coordinates.
        topic: index into SHOPS of a search, NONE otherwise.
        session: number of the shopping session, NONE outside one.
    """

    person: np.ndarray
    kind: np.ndarray
    local: np.ndarray
    item: np.ndarray
    place: np.ndarray
    topic: np.ndarray
    session: np.ndarray

    def __len__(self) -> int:
        return len(self.person)

    def take(self, rows: np.ndarray) -> Draft:
        """The rows of a mask or of indexes."""
        return Draft(*(getattr(self, field.name)[rows] for field in fields(self)))


def draft(
    person: np.ndarray,
    kind: int,
    local: np.ndarray,
    item: np.ndarray | int,
    *,
    place: np.ndarray | None = None,
    topic: np.ndarray | int = NONE,
    session: np.ndarray | int = NONE,
) -> Draft:
    """A draft of one event type; `place` is the item's own venue where it is not given."""
    shape = person.shape
    items = np.broadcast_to(np.asarray(item, dtype=np.int64), shape)
    return Draft(
        person=person.astype(np.int64),
        kind=np.full(shape, kind, dtype=np.int64),
        local=local.astype(np.int64),
        item=items,
        place=items if place is None else place.astype(np.int64),
        topic=np.broadcast_to(np.asarray(topic, dtype=np.int64), shape),
        session=np.broadcast_to(np.asarray(session, dtype=np.int64), shape),
    )


def join(drafts: list[Draft]) -> Draft:
    """All drafts behind one another."""
    names = [field.name for field in fields(Draft)]
    return Draft(*(np.concatenate([getattr(part, name) for part in drafts]) for name in names))
