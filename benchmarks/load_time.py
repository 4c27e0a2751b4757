"""How long the code location takes to load, beside a bare `import dagster, dagster_dbt`.

Run: `python -m benchmarks.load_time [--rounds N]`. Each round is a fresh Python. Prints JSON;
`ratio` is the peer's seconds over ours, so 1 would mean that loading costs nothing of its own.

Belongs here: this one measurement. The rule that nothing heavy is imported is a test
(`tests/stevo_dagster/test_definitions.py`).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

PEER = "import dagster, dagster_dbt"
OURS = """
from stevo_dagster.definitions import build_defs
build_defs().resolve_asset_graph().get_all_asset_keys()
"""


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


def main(argv: Sequence[str] | None = None) -> None:
    """Print the median of a few rounds of each, taken in turns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args(argv).rounds
    with tempfile.TemporaryDirectory() as home:
        taken = [(seconds(PEER, home), seconds(OURS, home)) for _ in range(rounds)]
    theirs, ours = (statistics.median(column) for column in zip(*taken, strict=True))
    print(
        json.dumps(
            {
                "rounds": rounds,
                "peer": PEER,
                "load_seconds": round(ours, 2),
                "peer_seconds": round(theirs, 2),
                "ratio": round(theirs / ours, 2),
            }
        )
    )


if __name__ == "__main__":
    main()
