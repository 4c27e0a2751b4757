"""What goes into a release, and whether a new one is needed.

Belongs here: gathering published tables, hashes and pins. Does not belong here: the gate's checks
(`checks/`) or the mechanics of releases (`lake/releases.py`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stevo_dagster import derived
from stevo_dagster.defs.making import frame, one_row
from stevo_dagster.errors import StevoError
from stevo_dagster.lake import (
    UNDATED,
    collect_garbage,
    files,
    manifest,
    partitions,
    releases,
    tables,
    text_sha256,
)
from stevo_dagster.settings import Settings

RELEASE_TABLES = (
    "next_place_predictions",
    "next_event_predictions",
    "recommendations",
    "explanations",
    "evaluation",
    "correlations",
)

IDENTITY = ("code_hash", "data_hash", "report_inputs", "model_version")


def audit(settings: Settings) -> list[Any]:
    """Results of the release's suites over the tables that are published now."""
    from stevo_dagster.checks.adapter import run_suite
    from stevo_dagster.checks.release import PEOPLE, release_suites

    found = []
    for table, suite in release_suites(settings.k_anonymity).items():
        beside = {PEOPLE: files(settings.lake, PEOPLE)} if table == "correlations" else None
        found += run_suite(suite, files(settings.lake, table), beside)
    return found


def describe(settings: Settings, found: Sequence[Any]) -> dict[str, Any]:
    """What `release.json` says of the tables that are published now.

    Args:
        settings: the home.
        found: results of `audit`.
    """
    lake = settings.lake
    tables_now = {name: manifest(lake, name, UNDATED) for name in RELEASE_TABLES}
    known = {name: described for name, described in tables_now.items() if described is not None}
    champion = one_row(settings, "champion")
    report = manifest(lake, "report", UNDATED)
    if report is None:
        raise StevoError("the report is not made yet", where="release", fix="`stevo run`")
    query = "select max(as_of) as at from next_place_predictions"
    newest = frame(settings, "next_place_predictions", query)
    passed = sum(one.success for one in found)
    return {
        "code_hash": text_sha256(*(derived.code_hash(name) for name in sorted(known))),
        "data_hash": text_sha256(*(known[name].content_hash for name in sorted(known))),
        "model_version": champion["model_version"],
        "model_source": champion["model_source"],
        "champion_reason": champion["reason"],
        "as_of": newest["at"].iloc[0].isoformat(),
        "report_inputs": text_sha256(repr(sorted(report.inputs.items())), report.code_hash),
        "rows": {name: described.rows for name, described in known.items()},
        "checks": {"passed": passed, "failed": len(found) - passed},
        "lake": pins(settings),
    }


def pins(settings: Settings) -> dict[str, str]:
    """ "table/partition" to version, for everything published in the lake."""
    lake = settings.lake
    return {
        f"{table}/{part}": described.version
        for table in tables(lake)
        for part in partitions(lake, table)
        if (described := manifest(lake, table, part)) is not None
    }


def unchanged(
    settings: Settings, made: Mapping[str, Any], recorded: str | None
) -> releases.Release | None:
    """The release that holds this content already, or None where a new one is needed.

    The newest release may not be the current one for two reasons: a run was killed between making
    it and switching (then it was never recorded, and the switch is done now), or a person rolled
    back (then it was recorded, and the current one stays).
    """
    listed = releases.list_releases(settings.releases)
    if not listed or any(listed[-1].info.get(key) != made[key] for key in IDENTITY):
        return None
    now = releases.current(settings.releases)
    if now is None or (now.id != listed[-1].id and recorded != listed[-1].id):
        releases.switch(settings.releases, listed[-1].id)
        return listed[-1]
    return now


def build(settings: Settings, made: Mapping[str, Any]) -> releases.Release:
    """A complete release that no reader sees yet."""
    paths = {name: files(settings.lake, name)[0] for name in RELEASE_TABLES}
    with tempfile.TemporaryDirectory(prefix="stevo-release-") as folder:
        page = Path(folder) / "report.html"
        page.write_text(one_row(settings, "report")["html"])
        return releases.build(settings.releases, paths, {page.name: page}, made)


def drop_old(settings: Settings) -> list[str]:
    """Drop releases over the number kept, and versions of the lake that nothing reads any more."""
    dropped = releases.drop_old(settings.releases, settings.keep_releases)
    pinned = {
        settings.lake.versions(*name.split("/", 1)) / version
        for release in releases.list_releases(settings.releases)
        for name, version in release.pins.items()
    }
    collect_garbage(settings.lake, pinned=pinned)
    return dropped
