"""Kill `stevo run` ten times at random moments, beside an undisturbed twin.

Usage: .venv/bin/python benchmarks/kills.py [kills]

Belongs here: running the crash test with more kills than `make test` affords. What is compared is
in `tests/stevo_dagster/commands/test_run_killed.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TEST = "tests/stevo_dagster/commands/test_run_killed.py"


def main() -> int:
    """Run it; the exit status is that of the test."""
    kills = sys.argv[1] if len(sys.argv) > 1 else "10"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", TEST, "--durations=3"],
        env={**os.environ, "STEVO_TEST_KILLS": kills},
        cwd=Path(__file__).resolve().parent.parent,
        check=False,
    )
    print(f"{kills} kills: {'no difference' if done.returncode == 0 else 'FAILED'}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
