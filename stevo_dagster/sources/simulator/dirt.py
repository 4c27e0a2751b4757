"""Dirt in a file: how many lines of each kind, spoilt from which events, standing where.

Belongs here: counts, donors and positions, late lines, and lines out of order. Does not belong
here: what a kind looks like (`dirt_kinds.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stevo_dagster.sources.simulator.dirt_kinds import Kind, Record, kinds_of
from stevo_dagster.sources.simulator.plan import Plan
from stevo_dagster.sources.simulator.writer import (
    TIMES,
    encode,
    lines,
    parquet_rows,
    record,
    time_text,
)

OUT_OF_ORDER_HOURS = 3
OPEN_DAYS = 3  # a late line is at least this much older than the newest event
COPY_SECONDS = 1  # a spoilt event that is still accepted comes this much after its donor


@dataclass(frozen=True)
class DirtyLine:
    """One line to add: its kind, the event it is made from, and the record before bytes break."""

    kind: Kind
    donor: int
    values: Record


@dataclass(frozen=True)
class Dirt:
    """What is put into a file.

    Attributes:
        added: lines beside the clean ones.
        order: (clean + added,) what stands where: a row of the table, or its rows + an index
            into `added`.
        moved: rows of the table that stand out of order.
        late: records for a second file, all of days that the first one has closed.
    """

    added: list[DirtyLine]
    order: np.ndarray
    moved: np.ndarray
    late: list[Record]


def make_dirt(plan: Plan, table: pa.Table, rate: float, format: str) -> Dirt:
    """Dirt of every kind a format can hold, `rate` times the table's rows in all.

    Every kind has at least one line, so a small file is dirtier than its rate.
    """
    if rate == 0:
        return Dirt([], np.arange(len(table)), np.zeros(0, dtype=np.int64), [])
    rng = plan.random("dirt")
    kinds = kinds_of(format)
    each = max(1, round(rate * len(table) / len(kinds)))
    donors = _donors(table)
    added = [
        _dirty(plan, table, kind, int(donor), number)
        for number, (kind, donor) in enumerate(
            (kind, donor)
            for kind in kinds
            for donor in rng.choice(donors, 1 if kind.is_single else each)
        )
    ]
    fixed = np.array([line.donor for line in added if line.kind.keeps_id])
    moved = rng.choice(np.setdiff1d(np.arange(len(table)), fixed), min(each, len(table) // 10))
    moved = np.unique(moved)
    order = _order(rng, plan, table, added, moved)
    return Dirt(added, order, moved, _late(rng, plan, table, donors, each))


def dirty_bytes(table: pa.Table, dirt: Dirt, format: str) -> list[bytes]:
    """All lines of a text file in their order."""
    clean = lines(table, format)
    clean.extend(line_bytes(line, format) for line in dirt.added)
    return [clean[row] for row in dirt.order]


def line_bytes(line: DirtyLine, format: str) -> bytes:
    """A dirty line as it stands in the file."""
    encoded = encode(line.values, format)
    return line.kind.break_bytes(encoded) if line.kind.break_bytes else encoded


def dirty_table(table: pa.Table, dirt: Dirt) -> pa.Table:
    """All rows of a Parquet file in their order."""
    added = parquet_rows([line.values for line in dirt.added])
    return pa.concat_tables([table, added]).take(pa.array(dirt.order))


def _donors(table: pa.Table) -> np.ndarray:
    """Rows of visits that have everything a kind may spoil."""
    good = pc.and_(pc.equal(table["event_type"], "check_in"), pc.is_valid(table["dwell_seconds"]))
    for name in ("latitude", "category"):
        good = pc.and_(good, pc.is_valid(table[name]))
    found = np.flatnonzero(good.to_numpy())
    return found if len(found) else np.flatnonzero(pc.is_valid(table["item_id"]).to_numpy())


def _dirty(plan: Plan, table: pa.Table, kind: Kind, donor: int, number: int) -> DirtyLine:
    values = record(table, donor)
    if not kind.keeps_id:
        values = _copy(plan, table, donor, f"d{plan.seed}-{number:06d}")
    return DirtyLine(kind, donor, kind.spoil(values) if kind.spoil else values)


def _copy(plan: Plan, table: pa.Table, donor: int, event_id: str) -> Record:
    """A visit like the donor's under another id, just after it.

    Only in a city too small to have a whole visit are there blanks to fill in.
    """
    centre = plan.city.districts[0]
    whole = {
        "category": "restaurant",
        "latitude": centre.latitude,
        "longitude": centre.longitude,
        "dwell_seconds": 60.0,
        **record(table, donor),
    }
    for name in TIMES:
        moment = datetime.fromisoformat(whole[name]) + timedelta(seconds=COPY_SECONDS)
        whole[name] = time_text(moment)
    return {**whole, "event_type": "check_in", "event_id": event_id}


def _order(
    rng: np.random.Generator,
    plan: Plan,
    table: pa.Table,
    added: list[DirtyLine],
    moved: np.ndarray,
) -> np.ndarray:
    """Clean rows in time order but for the moved ones; an added line somewhere after its donor."""
    rows = len(table)
    reach = max(2.0, rows / plan.days / 24 * OUT_OF_ORDER_HOURS)
    position = np.arange(rows + len(added), dtype=float)
    position[moved] += rng.uniform(1.5, reach, len(moved))
    donor = np.array([line.donor for line in added], dtype=float)
    position[rows:] = donor + rng.uniform(0.5, reach, len(added))
    return np.argsort(position, kind="stable")


def _late(
    rng: np.random.Generator, plan: Plan, table: pa.Table, donors: np.ndarray, count: int
) -> list[Record]:
    """Copies of events at least OPEN_DAYS before the newest one; none in a short simulation."""
    at = table["event_at"].cast(pa.int64()).to_numpy()
    closed = donors[at[donors] < at.max() - OPEN_DAYS * 86_400_000_000]
    if not len(closed):
        return []
    chosen = rng.choice(closed, count)
    newest = record(table, int(np.argmax(at)))["received_at"]
    copies = (_copy(plan, table, int(row), f"l{plan.seed}-{n:06d}") for n, row in enumerate(chosen))
    return [{**values, "received_at": newest} for values in copies]
