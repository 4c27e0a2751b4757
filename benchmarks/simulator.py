"""How fast cities are simulated, beside the plain loop that one would write first.

Run: `python -m benchmarks.simulator [--people N] [--days N] [--loop-events N]
[--command-people N] [--out FILE]`.
Both make clean events with the contract's columns and write them as Parquet; the loop draws less
(no habits, no funnel, no travel check), so the comparison flatters it. Prints JSON.

Belongs here: measuring. Does not belong here: a second simulator anyone would use.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from stevo_dagster.sources.simulator import simulate, simulate_table
from stevo_dagster.sources.simulator.columns import SCHEMA
from stevo_dagster.sources.simulator.writer import write_parquet

WANTED_PER_MINUTE = 1_000_000
VENUES = 600


def vectorised(people: int, days: int, folder: Path) -> tuple[int, float]:
    """Events and seconds of the simulator, Parquet included."""
    begun = time.perf_counter()
    table = simulate_table(people=people, days=days)
    write_parquet(folder / "vectorised.parquet", table)
    return len(table), time.perf_counter() - begun


def whole_command(people: int, days: int, folder: Path, format: str) -> tuple[int, float]:
    """Lines and seconds of `simulate` with two per cent of dirt and the truth."""
    begun = time.perf_counter()
    result = simulate(folder / format, people=people, days=days, format=format)
    return result.lines, time.perf_counter() - begun


def loop(events: int, folder: Path) -> tuple[int, float]:
    """Events and seconds of a loop over events, Parquet included."""
    begun = time.perf_counter()
    rng = random.Random(7)
    venues = [(f"v{i:05d}", rng.gauss(40.7, 0.05), rng.gauss(-73.9, 0.05)) for i in range(VENUES)]
    weights = [1 / (1 + i) for i in range(VENUES)]
    start = datetime(2024, 10, 10, tzinfo=UTC)
    rows = [_one_event(rng, number, venues, weights, start) for number in range(events)]
    rows.sort(key=lambda row: row["event_at"])
    write_parquet(folder / "loop.parquet", pa.Table.from_pylist(rows, schema=SCHEMA))
    return events, time.perf_counter() - begun


def _one_event(
    rng: random.Random,
    number: int,
    venues: list[tuple[str, float, float]],
    weights: list[float],
    start: datetime,
) -> dict[str, Any]:
    venue, latitude, longitude = rng.choices(venues, weights)[0]
    at = start + timedelta(seconds=rng.randrange(60 * 86_400))
    kind = rng.choices(("check_in", "click", "browse"), (5, 2, 1))[0]
    return {
        "event_id": f"e{number:08d}",
        "user_id": f"u{rng.randrange(300):06d}",
        "event_type": kind,
        "event_at": at,
        "received_at": at + timedelta(seconds=rng.randrange(1, 90)),
        "item_id": venue,
        "category": rng.choice(("bar", "gym", "park")),
        "latitude": latitude,
        "longitude": longitude,
        "time_zone": "America/New_York",
        "dwell_seconds": round(rng.lognormvariate(7, 0.6), 1) if kind == "check_in" else None,
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=2_700)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--loop-events", type=int, default=100_000)
    parser.add_argument("--command-people", type=int, default=300)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args(argv)
    found: dict[str, Any] = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "people": asked.people,
        "days": asked.days,
        "peer": "a plain loop over events",
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measured = {
            "vectorised": vectorised(asked.people, asked.days, folder),
            "plain_loop": loop(asked.loop_events, folder),
            **{
                f"simulate_{format}_with_dirt": whole_command(
                    asked.command_people, asked.days, folder, format
                )
                for format in ("jsonl", "csv", "parquet")
            },
        }
    for label, (events, seconds) in measured.items():
        per_minute = round(events / seconds * 60)
        found[label] = {
            "events": events,
            "seconds": round(seconds, 2),
            "events_per_minute": per_minute,
        }
    pace = found["vectorised"]["events_per_minute"]
    found["ratio"] = round(pace / found["plain_loop"]["events_per_minute"], 1)
    found["is_fast_enough"] = pace >= WANTED_PER_MINUTE
    text = json.dumps(found, indent=1)
    print(text)
    if asked.out is not None:
        asked.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
