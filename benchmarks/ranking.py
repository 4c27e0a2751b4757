"""How fast targets are ranked, beside `scipy.stats.rankdata` on the same scores.

Run: `python -m benchmarks.ranking [--rows N] [--places N]`.  Both give the expected rank under
ties; scipy sorts each row, `models_ml.evaluation.rank` compares it with one number.  Prints JSON.

Belongs here: measuring. Does not belong here: a second definition of a rank anyone would use.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence

import numpy as np
from scipy.stats import rankdata

from models_ml.evaluation.rank import expected_ranks

ROUNDS = 5


def peer(scores: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The same rank by sorting every row."""
    return rankdata(-scores, method="average", axis=1)[np.arange(len(scores)), target]


def seconds(function: Callable[[np.ndarray, np.ndarray], np.ndarray], *data: np.ndarray) -> float:
    """Median wall seconds of a call."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        function(*data)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def main(argv: Sequence[str] | None = None) -> None:
    """Rank random scores with ties both ways, check that they agree, and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=512)
    parser.add_argument("--places", type=int, default=5_000)
    given = parser.parse_args(argv)
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 300, (given.rows, given.places)).astype(float)
    target = rng.integers(0, given.places, given.rows)
    assert np.array_equal(expected_ranks(scores, target), peer(scores, target))
    ours, theirs = seconds(expected_ranks, scores, target), seconds(peer, scores, target)
    print(
        json.dumps(
            {
                "rows": given.rows,
                "places": given.places,
                "peer": "scipy.stats.rankdata",
                "ours_rows_per_second": round(given.rows / ours),
                "scipy_rankdata_rows_per_second": round(given.rows / theirs),
                "ratio": round(theirs / ours, 2),
            }
        )
    )


if __name__ == "__main__":
    main()
