"""Lines a second of ingest, beside pandas reading the same file and writing it as Parquet.

Run: `python -m benchmarks.ingest [--people N] [--days N]`. The file is a simulated city without
dirt, once in each form. Pandas reads and writes alone; ingest also checks every line, settles
duplicates, pseudonymises, keeps the original bytes and publishes by day. Prints JSON, a row a form;
`ratio` is pandas' seconds over ours.

Belongs here: measuring. Does not belong here: a second way in.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from stevo_dagster.ingest import ingest_path
from stevo_dagster.settings import load_settings
from stevo_dagster.sources.base.chunk import Source
from stevo_dagster.sources.registry import reader_of
from stevo_dagster.sources.simulator import simulate

READ: dict[str, Callable[[Path], pd.DataFrame]] = {
    "jsonl": lambda path: pd.read_json(path, lines=True),
    "csv": pd.read_csv,
    "parquet": pd.read_parquet,
}


def read_alone(path: Path) -> int:
    """Lines that our reader maps to the contract, with nothing done to them."""
    source = Source(path.name, {"file": path})
    return sum(len(chunk) for chunk in reader_of("events").chunks(source))


def peer(path: Path, form: str, out: Path) -> int:
    """Rows that pandas reads and writes as Parquet."""
    frame = READ[form](path)
    frame.to_parquet(out)
    return len(frame)


def timed(work: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
    """What a call gives, and its seconds."""
    began = time.perf_counter()
    return work(*arguments), time.perf_counter() - began


def measured(people: int, days: int, form: str) -> dict[str, Any]:
    """One form of one city: lines a second of each way, and memory at its highest."""
    with tempfile.TemporaryDirectory() as folder:
        events = simulate(
            Path(folder) / "city", people=people, days=days, dirt=0, format=form
        ).events
        lines, reading = timed(read_alone, events)
        home = load_settings(Path(folder) / "home")
        found, ours = timed(ingest_path, home, events, "events", "city", "run")
        rows, theirs = timed(peer, events, form, Path(folder) / "peer.parquet")
        ingested = sum(row.accepted for row in found.ledger)
        if not lines == rows == ingested:
            raise SystemExit(f"{form}: {ingested} of {lines} lines ingested, pandas read {rows}")
    return {
        "form": form,
        "lines": lines,
        "read_lines_per_second": round(lines / reading),
        "ingested_lines_per_second": round(lines / ours),
        "pandas_lines_per_second": round(lines / theirs),
        "ratio": round(theirs / ours, 3),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Measure each form and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--days", type=int, default=60)
    given = parser.parse_args(argv)
    forms = [measured(given.people, given.days, form) for form in READ]
    size = {"people": given.people, "days": given.days}
    print(json.dumps({**size, "peer": "pandas", "forms": forms}, indent=1))


if __name__ == "__main__":
    main()
