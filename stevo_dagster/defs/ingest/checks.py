"""The suites of `events` and its ledger, over all that is published, as asset checks.

Belongs here: the checks and the job that runs them. Does not belong here: the gate that every file
passes before publication (`stevo_dagster/ingest/audit.py`), which sees the days of that file alone.

A ledger that does not add up stops the chain. Events do not: whether a day is built upon is decided
day by day, by the tests of its tables, so that one bad day does not hold back the others.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from stevo_dagster.checks.asset_checks import results, specs
from stevo_dagster.checks.events import events_suite, ledger_suite
from stevo_dagster.checks.suite import Suite
from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.lake import files
from stevo_dagster.settings import Settings

JOB = "check_ingest"


def ingest_checks(settings: Settings) -> list[dg.AssetChecksDefinition]:
    """The checks, with the limits of these settings."""
    return [
        _checks_of(events_suite(settings.event_at_min, settings.event_at_max), can_stop=False),
        _checks_of(ledger_suite(settings.max_quarantine_share), can_stop=True),
    ]


def check_job() -> Any:
    """Checks what is published, whoever published it."""
    return dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.checks_for_assets("events", "ingest_ledger"),
        description="Checks all published events and the ledger; builds nothing.",
    )


def _checks_of(suite: Suite, *, can_stop: bool) -> dg.AssetChecksDefinition:
    table = suite.table

    listed = specs(table, suite, can_stop=can_stop, after=["landing_inbox"])

    @dg.multi_asset_check(name=f"check_{table}", specs=listed)
    def check(home: HomeResource) -> Iterator[dg.AssetCheckResult]:
        paths = files(home.settings().lake, table)
        yield from results(table, suite, paths) if paths else map(_nothing_to_check, listed)

    return check


def _nothing_to_check(spec: dg.AssetCheckSpec) -> dg.AssetCheckResult:
    """Where every file was refused so far, no row is wrong."""
    return dg.AssetCheckResult(
        asset_key=spec.asset_key,
        check_name=spec.name,
        passed=True,
        metadata={"observed": "nothing is published yet"},
    )
