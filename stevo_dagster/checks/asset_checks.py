"""Suites as Dagster asset checks: one spec and one result an expectation.

Belongs here: the translation alone. Great Expectations is loaded only when a suite runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import dagster as dg

from stevo_dagster.checks.adapter import ExpectationResult, run_suite
from stevo_dagster.checks.suite import Suite


def specs(
    asset: str, suite: Suite, *, can_stop: bool = True, after: Sequence[str] = ()
) -> list[dg.AssetCheckSpec]:
    """Check specs of a suite.

    Args:
        asset: the asset's name.
        suite: its suite.
        can_stop: whether blocking expectations stop what stands downstream in the same run.
        after: assets that are made first where they are in the same run.
    """
    return [
        dg.AssetCheckSpec(
            name=check_name(suite.name, expectation.name),
            asset=asset,
            blocking=can_stop and expectation.severity == "blocking",
            additional_deps=after,
            description=expectation.description,
            metadata={"suite": suite.name, "expectation": expectation.kind},
        )
        for expectation in suite.expectations
    ]


def results(
    asset: str,
    suite: Suite,
    paths: Sequence[Path],
    beside: Mapping[str, Sequence[Path]] | None = None,
) -> list[dg.AssetCheckResult]:
    """Run a suite over an asset's files, and give one check result an expectation."""
    return [as_check_result(asset, found) for found in run_suite(suite, paths, beside)]


def as_check_result(asset: str, found: ExpectationResult) -> dg.AssetCheckResult:
    """One expectation's result with what was observed and a sample of what was unexpected."""
    is_blocking = found.severity == "blocking"
    counts = (
        ("unexpected rows", found.unexpected_count),
        ("rows looked at", found.element_count),
    )
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=check_name(found.suite, found.name),
        passed=found.success,
        severity=dg.AssetCheckSeverity.ERROR if is_blocking else dg.AssetCheckSeverity.WARN,
        metadata={
            "observed": dg.MetadataValue.text(str(found.observed)),
            "sample": dg.MetadataValue.json(found.sample),
            "details": dg.MetadataValue.text(found.details),
            "suite": dg.MetadataValue.text(found.suite),
            **{name: dg.MetadataValue.int(count) for name, count in counts if count is not None},
        },
    )


def check_name(suite: str, name: str) -> str:
    """The name of the asset check, such as `gx_sequences_has_rows`."""
    return f"gx_{suite}_{name}"
