"""k-anonymity: which groups may be shown, and how small ones are made coarser.

Here belongs every decision about who is too few to show. It counts distinct people exactly, from
frames that name them; only groups of at least k leave.
"""

from __future__ import annotations

import h3
import pandas as pd

HOUR_WIDTHS = (1, 2, 3, 4, 6, 12, 24)


def subject_users(person_hours: pd.DataFrame, visits: pd.DataFrame) -> pd.DataFrame:
    """Distinct people of each subject of ``correlations`` (subject, users)."""
    counted = [
        _count(person_hours, "event_type", "event_type"),
        _count(person_hours, "local_hour", "local_hour"),
        _count(visits, "h3_r9", "cell"),
    ]
    return pd.concat(counted, ignore_index=True)


def _count(frame: pd.DataFrame, column: str, prefix: str) -> pd.DataFrame:
    """Distinct people per value of ``column``."""
    pairs = frame[[column, "user_id"]].drop_duplicates()
    users = pairs.groupby(column, observed=True).size()
    return pd.DataFrame(
        {"subject": [f"{prefix}:{value}" for value in users.index], "users": users.to_numpy()}
    )


def anonymous_hours(person_hours: pd.DataFrame, by: list[str], k: int) -> pd.DataFrame:
    """Events and people per ``by`` and block of local hours, in blocks wide enough for k.

    Takes the narrowest width of ``HOUR_WIDTHS`` at which every block with events has k people;
    groups that stay below k even in whole days are dropped. Columns: ``by``, hour (first of the
    block), width (hours), events, users.
    """
    counted = pd.DataFrame(columns=[*by, "hour", "width", "events", "users"])
    for width in HOUR_WIDTHS:
        counted = _by_hours(person_hours, by, width)
        if len(counted) and (counted["users"] >= k).all():
            break
    return counted[counted["users"] >= k].reset_index(drop=True)


def _by_hours(person_hours: pd.DataFrame, by: list[str], width: int) -> pd.DataFrame:
    """Events and distinct people per ``by`` and block of ``width`` hours."""
    frame = person_hours.assign(hour=person_hours["local_hour"] // width * width)
    grouped = frame.groupby([*by, "hour"], observed=True)
    counted = grouped.agg(events=("events", "sum"), users=("user_id", "nunique")).reset_index()
    counted.insert(len(by) + 1, "width", width)
    return counted


def anonymous_cells(visits: pd.DataFrame, k: int, resolution: int = 9) -> pd.DataFrame:
    """Disjoint cells of at least ``k`` people each (cell, resolution, events, users).

    Starts at ``resolution`` (9 or coarser). What is left of cells with fewer than k people is
    pooled in their parents, twice; a pool that still has fewer than k is dropped. Groups do not
    overlap, so no small group can be found by taking one from another.
    """
    rest = _to_parents(visits.rename(columns={"h3_r9": "cell"}), resolution)
    shown = []
    for level in (resolution, resolution - 1, resolution - 2):
        rest = _to_parents(rest, level)
        users = rest.groupby("cell")["user_id"].transform("nunique")
        large = rest[users >= k]
        rest = rest[users < k]
        counted = large.groupby("cell").agg(events=("events", "sum"), users=("user_id", "nunique"))
        shown.append(counted.reset_index().assign(resolution=level))
    cells = pd.concat(shown, ignore_index=True)
    return cells[["cell", "resolution", "events", "users"]]


def _to_parents(frame: pd.DataFrame, level: int) -> pd.DataFrame:
    """The frame with every cell finer than ``level`` replaced by its parent there."""
    unique = frame["cell"].unique()
    parents = {
        cell: h3.cell_to_parent(cell, level) if h3.get_resolution(cell) > level else cell
        for cell in unique
    }
    return frame.assign(cell=frame["cell"].map(parents))
