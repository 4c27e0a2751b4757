"""Kill `stevo run` ten times at random moments, beside an undisturbed twin.

Run: `python -m benchmarks.kills [KILLS] [pytest's own arguments]`. Prints JSON: `ratio` is the
seconds of the undisturbed run over those of all killed runs and the one that ends well.

Belongs here: running the crash test with more kills than `make test` affords. What is compared is
in `tests/stevo_dagster/commands/test_run_killed.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

TEST = "tests/stevo_dagster/commands/test_run_killed.py"


def main(argv: Sequence[str] | None = None) -> int:
    """Run it; the exit status is that of the test."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kills", type=int, nargs="?", default=10)
    given, more = parser.parse_known_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        measured = Path(folder) / "seconds.json"
        told = {"STEVO_TEST_KILLS": str(given.kills), "STEVO_TEST_KILLS_OUT": str(measured)}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-m", "long", TEST, *more],
            env={**os.environ, **told},
            cwd=Path(__file__).resolve().parent.parent,
            check=False,
        )
        seconds = json.loads(measured.read_text()) if measured.is_file() else {}
    found = {
        "kills": given.kills,
        "peer": "the same run undisturbed",
        "passed": not done.returncode,
    }
    ratio = round(seconds["undisturbed"] / seconds["killed"], 3) if seconds else None
    print(json.dumps({**found, **seconds, "ratio": ratio}))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
