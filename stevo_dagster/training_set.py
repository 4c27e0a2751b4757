"""The training set as it was known at a moment, made again from the events received by then.

Belongs here: the steps, in a home aside that is thrown away. Does not belong here: how events
become sequences (`dbt_project/`, `models_ml.data.sequences`).

What was ingested later is left out by its `received_at`. Lines that a replay took in later carry
the `received_at` of their file, and so are not left out.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import duckdb

from stevo_dagster.days import chosen_days, chunks, days_between
from stevo_dagster.derived import code_hash, inputs_of
from stevo_dagster.errors import StevoError
from stevo_dagster.lake import (
    UNDATED,
    Lake,
    Manifest,
    files,
    load_manifest,
    manifest,
    partitions,
    publish,
    releases,
    run_staging,
    scan,
    sql_text,
    write_table,
)
from stevo_dagster.settings import Settings
from stevo_dagster.warehouse import build
from stevo_dagster.warehouse.publish import publish_run

MODELS = ("int_events_clean", "fct_events")
RUN = "as-known"


@dataclass(frozen=True)
class Rebuilt:
    """A training set made again.

    Attributes:
        described: its manifest: rows, content hash, code and inputs.
        first_day: first UTC day of the events in it.
        last_day: last UTC day that was closed at the moment.
    """

    described: Manifest
    first_day: date
    last_day: date


def as_known_at(settings: Settings, moment: datetime, out: Path) -> Rebuilt:
    """Make `sequences` again from the events received by a moment, on the days closed by then.

    Args:
        settings: the home.
        moment: with a time zone.
        out: the Parquet file to write.

    Raises:
        StevoError: no day of the events received by then was closed, or a table did not pass its
            tests.
    """
    with tempfile.TemporaryDirectory(prefix=".as-known-", dir=settings.home) as folder:
        aside = replace(settings, home=Path(folder))
        _events_until(settings.lake, aside.lake, moment)
        if not partitions(aside.lake, "events"):
            raise StevoError(
                f"no event was received by {moment.isoformat()}",
                where=str(settings.home),
                fix="choose a later moment",
            )
        first, last = chosen_days(aside, None, None, now=moment)
        for days in chunks(days_between(first, last)):
            _build_days(aside, *days)
        described = _sequences(aside)
        shutil.copyfile(files(aside.lake, "sequences")[0], out)
    return Rebuilt(described, first, last)


def same_as(settings: Settings, content_hash: str) -> list[str]:
    """Where this training set is known already: releases made from it, oldest first, and "now"."""
    lake = settings.lake
    found = []
    for release in releases.list_releases(settings.releases):
        version = release.pins.get(f"sequences/{UNDATED}")
        folder = lake.versions("sequences", UNDATED) / (version or "")
        if version and load_manifest(folder).content_hash == content_hash:
            found.append(f"release {release.id}")
    now = manifest(lake, "sequences", UNDATED)
    return [*found, "now"] if now is not None and now.content_hash == content_hash else found


def _events_until(lake: Lake, aside: Lake, moment: datetime) -> None:
    """Publish, aside, the rows of each day of `events` that were received by the moment."""
    with duckdb.connect() as con, run_staging(aside, RUN):
        con.execute("set timezone = 'UTC'")
        for part in partitions(lake, "events"):
            staged = aside.staged_file(RUN, "events", part)
            source = scan(files(lake, "events", [part]))
            until = (
                f"from {source} where received_at <= {sql_text(moment.isoformat())}::timestamptz"
            )
            con.execute(f"copy (select * {until}) to {sql_text(str(staged))} (format parquet)")
            if con.execute(f"select count(*) from {scan([staged])}").fetchone() == (0,):
                continue
            was = manifest(lake, "events", part)
            assert was is not None
            publish(aside, RUN, "events", part, code_hash=was.code_hash, inputs=was.inputs)


def _build_days(aside: Settings, first: date, last: date) -> None:
    days = days_between(first, last)
    with run_staging(aside.lake, RUN):
        results = build.run_dbt(aside, RUN, MODELS, first, last)
        done = publish_run(aside, RUN, results, build.MANIFEST_PATH, days)
    if len(done) < len(days) * len(MODELS):
        raise StevoError(
            f"the days {first} to {last} did not pass their tests, as known then",
            where=str(aside.home),
            fix="look for the failing test with `stevo backfill --preview` over those days",
        )


def _sequences(aside: Settings) -> Manifest:
    from stevo_dagster.defs.features.assets import sequence_rows

    inputs = inputs_of(aside.lake, "sequences", {})
    rows = sequence_rows(aside)
    with run_staging(aside.lake, RUN):
        return write_table(
            aside.lake,
            RUN,
            "sequences",
            UNDATED,
            rows,
            code_hash=code_hash("sequences"),
            inputs=inputs,
        )
