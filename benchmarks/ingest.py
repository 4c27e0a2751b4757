"""Lines a second of ingest, from a simulated city: reading alone, and all of it.

Run: python benchmarks/ingest.py [PEOPLE] [DAYS]
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

from stevo_dagster.ingest import ingest_path
from stevo_dagster.settings import load_settings
from stevo_dagster.sources.base.chunk import Source
from stevo_dagster.sources.registry import reader_of
from stevo_dagster.sources.simulator import simulate


def main(people: int = 300, days: int = 60) -> None:
    """Print one line for each form of the events file."""
    for form in ("jsonl", "csv", "parquet"):
        with tempfile.TemporaryDirectory() as folder:
            city = simulate(Path(folder) / "city", people=people, days=days, format=form)
            started = time.perf_counter()
            source = Source(city.events.name, {"file": city.events})
            read = sum(len(chunk) for chunk in reader_of("events").chunks(source))
            middle = time.perf_counter()
            home = load_settings(Path(folder) / "home")
            ingest_path(home, city.events, "events", "city", "run")
            ended = time.perf_counter()
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            print(
                f"{form}: {read:,} lines, read {read / (middle - started):,.0f}/s,"
                f" ingested {read / (ended - middle):,.0f}/s, peak {peak} MiB"
            )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
