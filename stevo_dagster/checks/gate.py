"""What a failed suite leads to where no Dagster check stands: before something is published.

Belongs here: turning results into one error. Does not belong here: running suites (`adapter.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from stevo_dagster.checks.adapter import ExpectationResult, run_suite
from stevo_dagster.checks.suite import Suite
from stevo_dagster.errors import StevoError


def blocking_failures(results: Sequence[ExpectationResult]) -> list[ExpectationResult]:
    """The results that stop the chain."""
    return [one for one in results if not one.success and one.severity == "blocking"]


def require(results: Sequence[ExpectationResult]) -> None:
    """Let through what has no blocking failure.

    Raises:
        StevoError: names each blocking failure with what was observed and its first sample.
    """
    failed = blocking_failures(results)
    if not failed:
        return
    listed = [_line(one) for one in failed]
    raise StevoError(
        f"{len(failed)} quality checks failed: " + "; ".join(listed),
        where=", ".join(dict.fromkeys(f"suite {one.suite}" for one in failed)),
        fix="mend the rows shown at their source and run again; nothing was published",
    )


def audit(suite: Suite) -> Callable[[Path], None]:
    """A function that checks one staged file and raises `StevoError` to hold it back."""

    def check(path: Path) -> None:
        require(run_suite(suite, [path]))

    return check


def _line(one: ExpectationResult) -> str:
    shown = f", such as {one.sample[0]}" if one.sample else ""
    return f"{one.name} ({one.details}; observed {one.observed}{shown})"
