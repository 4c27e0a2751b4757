"""Boundary source → events: what a staged day of `events`, and the ledger of a file, must hold.

Belongs here: the contract's rules as expectations. Does not belong here: rules for one input line
(`ingest/`), which quarantine what would fail here.
"""

from __future__ import annotations

from datetime import UTC, datetime

from stevo_dagster.checks.suite import (
    MOST_ROWS,
    Suite,
    columns,
    finite,
    finite_between,
    no_rows,
    not_null,
    one_of,
    some_rows,
    unique,
)
from stevo_dagster.sources.base.contract import EVENT_TYPES

EVENT_COLUMNS = (
    "day",
    "event_id",
    "user_id",
    "event_type",
    "event_at",
    "received_at",
    "item_id",
    "category",
    "latitude",
    "longitude",
    "time_zone",
    "utc_offset_minutes",
    "session_id",
    "dwell_seconds",
    "amount",
    "rating",
    "query",
    "source",
    "extra",
    "file_id",
    "line_number",
    "byte_offset",
    "event_key",
    "body_hash",
    "is_suspect_swap",
    "is_late",
)
# The widest offsets in use are UTC-12:00 and UTC+14:00.
WIDEST_OFFSETS = (-12 * 60, 14 * 60)
SECONDS_A_DAY = 86_400
KEY = ("source", "event_id")
WHERE = ("event_id", "source", "file_id", "line_number")


def events_suite(
    earliest: datetime = datetime(1990, 1, 1, tzinfo=UTC),
    latest: datetime = datetime(2100, 1, 1, tzinfo=UTC),
) -> Suite:
    """What every day of `events` must hold before it is published.

    Args:
        earliest, latest: the known range of `event_at`, as the settings have it.
    """
    return Suite(
        "events",
        "events",
        (
            columns(EVENT_COLUMNS),
            some_rows(),
            *(not_null(name) for name in ("day", "event_id", "user_id", "event_type")),
            *(not_null(name) for name in ("event_at", "received_at", "source", "file_id")),
            one_of("event_type", EVENT_TYPES),
            unique(KEY),
            *_time_rules(earliest, latest),
            *_place_rules(),
            finite_between("dwell_seconds", 0, SECONDS_A_DAY, "warning"),
            finite("amount"),
            finite("rating"),
            finite_between("utc_offset_minutes", *WIDEST_OFFSETS),
            no_rows(
                "item_id_only_missing_for_search",
                "item_id is null and event_type <> 'search'",
                "item_id is null for searches alone",
                ("event_type", *WHERE),
            ),
        ),
    )


def ledger_suite(max_quarantine_share: float) -> Suite:
    """What the ledger of ingested files must hold.

    Args:
        max_quarantine_share: the largest share of a file's lines that may be quarantined, as the
            settings have it.
    """
    kinds = ("accepted", "late_accepted", "duplicate", "conflict", "quarantined", "suppressed")
    return Suite(
        "ingest_ledger",
        "ingest_ledger",
        (
            unique(("file_id", "run_id")),
            *(finite_between(name, 0, MOST_ROWS) for name in ("lines", *kinds)),
            no_rows(
                "lines_add_up",
                f"lines is distinct from {' + '.join(kinds)}",
                "every line ended in exactly one place",
                ("file_id", "run_id", "lines", *kinds),
            ),
            no_rows(
                "quarantine_share_in_limit",
                f"quarantined > {max_quarantine_share!r} * lines",
                f"at most {max_quarantine_share:.0%} of a file's lines are quarantined",
                ("file_id", "source", "lines", "quarantined"),
                # The limit stops a file before it is published; a home may be run with a lower one.
                "warning",
            ),
        ),
    )


def _time_rules(earliest: datetime, latest: datetime) -> tuple:
    return (
        no_rows(
            "event_at_in_range",
            f"event_at < timestamptz '{earliest.isoformat()}'"
            f" or event_at >= timestamptz '{latest.isoformat()}'",
            f"event_at lies in [{earliest:%Y-%m-%d}, {latest:%Y-%m-%d})",
            ("event_at", *WHERE),
        ),
        no_rows(
            "event_at_not_ahead",
            "event_at > received_at + interval 24 hours",
            "event_at is at most 24 hours after received_at",
            ("event_at", "received_at", *WHERE),
        ),
        no_rows(
            "day_is_the_utc_day",
            "day is distinct from (event_at at time zone 'UTC')::date",
            "day is the UTC day of event_at",
            ("day", "event_at", *WHERE),
        ),
    )


def _place_rules() -> tuple:
    return (
        finite_between("latitude", -90, 90),
        finite_between("longitude", -180, 180),
        no_rows(
            "place_is_whole",
            "(latitude is null) <> (longitude is null)",
            "latitude and longitude are both there or both missing",
            WHERE,
        ),
    )
