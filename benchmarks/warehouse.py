"""Rows a second and memory of the warehouse's day models, beside DuckDB by hand and Polars.

Run: `python -m benchmarks.warehouse [--rows N] [--days N] [--people N] [--out FILE] [--docs PAGE]`.
The events are the simulator's (`warehouse_kit/events.py`). The chain is `int_events_clean`,
`int_moves` and `int_sessions`, from events to Parquet; both peers write one file a day with the
same compression, and a peer whose rows differ ends the benchmark. Each way runs in a process of
its own, whose peak memory and processor seconds the kernel counts. Prints JSON, a row a size;
`ratio` is the seconds of DuckDB by hand over ours, so below 1 we are slower. FILE keeps other sizes
of earlier runs, and `--docs` writes the table of all into a page, between its markers.

Belongs here: the processes, the arithmetic and the table. Does not belong here: a chain.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.warehouse_kit.agreement import SHARED, differences  # noqa: E402
from benchmarks.warehouse_kit.events import PEOPLE, publish_events  # noqa: E402
from stevo_dagster.lake import files  # noqa: E402
from stevo_dagster.settings import load_settings  # noqa: E402

PEERS = {"duckdb": "DuckDB by hand", "polars": "Polars, streaming"}
BEGIN, END = "<!-- warehouse table: begin -->", "<!-- warehouse table: end -->"
MARTS = ("agg_cell_hours", "agg_user_days")


def main(argv: Sequence[str] | None = None) -> None:
    """Measure one size, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--people", type=int, default=PEOPLE, help="people of one district")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--docs", type=Path)
    given = parser.parse_args(argv)
    row = measured(given.rows, given.days, given.people)
    forms = sorted([*kept(given.out, row), row], key=lambda one: (one["days"], one["rows"]))
    found = {"peer": PEERS["duckdb"], "growth_exponent": growth(forms), "forms": forms}
    text = json.dumps(found, indent=1)
    print(text)
    if given.out is not None:
        given.out.write_text(text + "\n")
    if given.docs is not None:
        before, rest = given.docs.read_text().split(BEGIN)
        after = rest.split(END)[1]
        given.docs.write_text(f"{before}{BEGIN}\n\n{table(found)}\n\n{END}{after}")


def measured(rows: int, days: int, people: int = PEOPLE) -> dict[str, Any]:
    """Every way on one size.

    Raises:
        SystemExit: a way failed, or made other rows than ours.
    """
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        settings = load_settings(folder / "home")
        number, found_days = publish_events(settings.lake, rows, days, people)
        paths = [str(path) for path in files(settings.lake, "events")]
        ours, used = apart("benchmarks.warehouse_kit.ours", settings.home, folder / "ours")
        chain = sum(ours["models"][name] for name in SHARED)
        row: dict[str, Any] = {
            "rows": number,
            "days": len(found_days),
            "chain_seconds": round(chain, 2),
            "chain_rows_per_second": round(number / chain),
            **{f"{name}_rows_per_second": round(number / ours["models"][name]) for name in MARTS},
            "models_seconds": {name: round(took, 2) for name, took in ours["models"].items()},
            "tests_seconds": round(ours["tests"], 2),
            "dbt_adds_seconds": round(ours["dbt_adds"], 2),
            "publication_seconds": round(ours["publication"], 2),
            "ours": used,
        }
        for name in PEERS:
            theirs, row[name] = apart(f"benchmarks.peers.chain_{name}", folder / name, *paths)
            row[name]["chain_seconds"] = round(sum(theirs.values()), 2)
            other = differences(folder / "ours", folder / name)
            if other:
                raise SystemExit(f"{PEERS[name]} made other rows than ours: {other}")
            row[f"ratio_{name}"] = round(sum(theirs.values()) / chain, 3)
        row["ratio"] = row["ratio_duckdb"]
        return row


def apart(module: str, *words: str | Path) -> tuple[dict[str, Any], dict[str, float]]:
    """What a module prints in a process of its own, and what it and its children used.

    `peak_mib` is of the largest single process; seconds are on the clock and of all processors.

    Raises:
        SystemExit: it failed.
    """
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", module, *map(str, words)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        told = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{module} ended with {process.returncode}")
    return json.loads(told.splitlines()[-1]), {
        "seconds": round(time.perf_counter() - began, 2),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
        "peak_mib": used.ru_maxrss // 1024,
    }


def kept(out: Path | None, row: dict[str, Any]) -> list[dict[str, Any]]:
    """What a file of earlier runs holds of other sizes."""
    if out is None or not out.exists():
        return []
    size = ("rows", "days")
    forms = json.loads(out.read_text())["forms"]
    return [one for one in forms if any(one[name] != row[name] for name in size)]


def growth(forms: Sequence[dict[str, Any]]) -> float | None:
    """Slope of log seconds of the chain over log rows, by least squares; None for one size."""
    points = [(math.log(one["rows"]), math.log(one["chain_seconds"])) for one in forms]
    if len({x for x, _ in points}) < 2:
        return None
    middle_x, middle_y = (sum(column) / len(points) for column in zip(*points, strict=True))
    spread = sum((x - middle_x) ** 2 for x, _ in points)
    return round(sum((x - middle_x) * (y - middle_y) for x, y in points) / spread, 3)


def table(found: dict[str, Any]) -> str:
    """The table of the docs, in Markdown."""
    lines = [
        "| rows | days | chain, rows/s | `agg_cell_hours`, rows/s | `agg_user_days`, rows/s"
        " | peak MiB | tests s | dbt adds s | publication s"
        " | by hand / ours | Polars / ours | by hand, peak MiB | Polars, peak MiB |",
        "|" + "---:|" * 13,
    ]
    for row in found["forms"]:
        cells = [
            *(row["rows"], row["days"], row["chain_rows_per_second"]),
            *(row[f"{name}_rows_per_second"] for name in MARTS),
            *(row["ours"]["peak_mib"], row["tests_seconds"], row["dbt_adds_seconds"]),
            *(row["publication_seconds"], row["ratio_duckdb"], row["ratio_polars"]),
            *(row[name]["peak_mib"] for name in PEERS),
        ]
        lines.append("| " + " | ".join(f"{cell:,}" for cell in cells) + " |")
    exponent = found["growth_exponent"]
    lines += [
        "",
        f"Growth exponent of the chain: {exponent if exponent is not None else 'one size'}.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
