"""Simulate a city into a folder, or into a table in memory.

Belongs here: the two public functions. Does not belong here: anything about the city itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from stevo_dagster.errors import StevoError
from stevo_dagster.sources.simulator.columns import to_table
from stevo_dagster.sources.simulator.dirt import Dirt, dirty_bytes, dirty_table, make_dirt
from stevo_dagster.sources.simulator.life import USUAL
from stevo_dagster.sources.simulator.plan import make_plan
from stevo_dagster.sources.simulator.truth import build_truth
from stevo_dagster.sources.simulator.world import build_world
from stevo_dagster.sources.simulator.writer import (
    FORMATS,
    encode,
    parquet_rows,
    write_lines,
    write_parquet,
)

# Sixty days from here hold three US holidays, the day after Thanksgiving, and a clock change.
START = "2024-10-10"
MAX_DIRT = 0.5


@dataclass(frozen=True)
class SimulationResult:
    """What was written.

    Attributes:
        events: the file of events.
        truth: the JSON document beside it.
        late: a second file of late lines, to be ingested after the first; None without dirt.
        lines: lines (rows) in the events file, without a header.
        clean_events: how many of them are sound events.
        dirt: lines of each kind of dirt.
        ledger: what the ledger of the events file must say.
    """

    events: Path
    truth: Path
    late: Path | None
    lines: int
    clean_events: int
    dirt: dict[str, int]
    ledger: dict[str, int]


def simulate(
    out: Path,
    people: int = 300,
    days: int = 60,
    seed: int = 7,
    dirt: float = 0.02,
    format: str = "jsonl",
    start: str | date = START,
    city: str = "new_york",
    null: bool = False,
    life: str = USUAL.name,
) -> SimulationResult:
    """Write `events.<format>` and `truth.json` into a folder, which is made if missing.

    Args:
        out: the folder; files of the same names in it are replaced.
        people: number of people.
        days: whole UTC days.
        seed: same arguments, same bytes.
        dirt: dirty lines per clean one, 0 to 0.5; each kind has at least one line unless 0.
            With dirt, `late.<format>` holds lines for days that the first file has closed.
        format: jsonl, csv or parquet (which can hold fewer kinds of dirt).
        start: first UTC day.
        city: name of the city.
        null: plant nothing.
        life: name of a way of life (`life.LIVES`).

    Raises:
        StevoError: an argument is out of its limits, or `out` is a file.
    """
    plan = make_plan(people, days, seed, start, null, city, life)
    if not 0 <= dirt <= MAX_DIRT:
        raise StevoError(
            f"the rate of dirt is {dirt}", where="--dirt", fix=f"give a share from 0 to {MAX_DIRT}"
        )
    if format not in FORMATS:
        raise StevoError(
            f"no format is called {format!r}", where="--format", fix=f"use {', '.join(FORMATS)}"
        )
    if out.exists() and not out.is_dir():
        raise StevoError("the folder to write to is a file", where=str(out), fix="name a folder")
    world = build_world(plan)
    table = to_table(world)
    made = make_dirt(plan, table, dirt, format)
    truth = build_truth(world, table, made, rate=dirt, format=format)
    out.mkdir(parents=True, exist_ok=True)
    _write_events(out / f"events.{format}", table, made, format)
    late = _write_late(out / f"late.{format}", made, format)
    _write_truth(out / "truth.json", truth)
    return SimulationResult(
        events=out / f"events.{format}",
        truth=out / "truth.json",
        late=late,
        lines=truth["ledger"]["lines"],
        clean_events=len(table),
        dirt={name: kind["count"] for name, kind in truth["dirt"].items()},
        ledger=truth["ledger"],
    )


def simulate_table(
    people: int = 300,
    days: int = 60,
    seed: int = 7,
    start: str | date = START,
    city: str = "new_york",
    null: bool = False,
    life: str = USUAL.name,
) -> pa.Table:
    """The clean events in the contract's columns (`columns.SCHEMA`), ordered by time."""
    return to_table(build_world(make_plan(people, days, seed, start, null, city, life)))


def _write_events(path: Path, table: pa.Table, dirt: Dirt, format: str) -> None:
    if format == "parquet":
        write_parquet(path, dirty_table(table, dirt) if dirt.added else table)
    else:
        write_lines(path, dirty_bytes(table, dirt, format), format, bom=bool(dirt.added))


def _write_late(path: Path, dirt: Dirt, format: str) -> Path | None:
    if not dirt.late:
        path.unlink(missing_ok=True)
        return None
    if format == "parquet":
        write_parquet(path, parquet_rows(dirt.late))
    else:
        write_lines(path, [encode(values, format) for values in dirt.late], format)
    return path


def _write_truth(path: Path, truth: dict[str, Any]) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(truth, indent=1) + "\n")
    part.replace(path)
