"""How long the code location takes to load, beside a bare `import dagster, dagster_dbt`.

Usage: .venv/bin/python benchmarks/load_time.py [rounds]

Belongs here: this one measurement. The rule that nothing heavy is imported is a test
(`tests/stevo_dagster/test_definitions.py`).
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

BARE = "import dagster, dagster_dbt"
OURS = """
from stevo_dagster.definitions import build_defs
build_defs().resolve_asset_graph().get_all_asset_keys()
"""
HEAVY = "import great_expectations, torch, pandas, altair"


def seconds(code: str, home: str) -> float:
    """Wall seconds of a fresh Python that runs `code`."""
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "STEVO_HOME": home},
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - started


def main() -> None:
    """Print the median of a few rounds of each."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as home:
        for name, code in (
            ("import dagster, dagster_dbt", BARE),
            ("load the code location", OURS),
            ("what loading avoids (GX, torch, pandas, Altair)", HEAVY),
        ):
            taken = [seconds(code, home) for _ in range(rounds)]
            print(f"{name:<50} {statistics.median(taken):6.2f} s  (of {rounds})")


if __name__ == "__main__":
    main()
