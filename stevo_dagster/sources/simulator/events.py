"""Finished events as arrays: with UTC times and points, before they become Arrow columns.

Belongs here: the shape of events and joining them. Does not belong here: making or naming them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

PERSON, TELEPORT, BOT = range(3)  # values of `origin`


@dataclass(frozen=True)
class Events:
    """Events, arrays of shape (n,).

    Attributes:
        person: index of the person; bots follow the people.
        kind: index into draft.EVENT_TYPES.
        at: seconds since 1970, UTC.
        item: index of the venue, -1 for none; far places follow the city's venues.
        latitude, longitude: degrees, NaN for none.
        topic: index into city.SHOPS of a search, else -1.
        session: number of the shopping session, else -1.
        origin: PERSON, TELEPORT or BOT.
    """

    person: np.ndarray
    kind: np.ndarray
    at: np.ndarray
    item: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    topic: np.ndarray
    session: np.ndarray
    origin: np.ndarray

    def __len__(self) -> int:
        return len(self.person)

    def take(self, rows: np.ndarray) -> Events:
        """The rows of a mask or of indexes."""
        return Events(*(getattr(self, field.name)[rows] for field in fields(self)))


def join_events(parts: list[Events]) -> Events:
    """All events behind one another."""
    names = [field.name for field in fields(Events)]
    return Events(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
