"""What goes into a release, and whether a new one is needed.

Belongs here: gathering published tables, hashes and pins. Does not belong here: the gate's checks
(`checks/`) or the mechanics of releases (`lake/releases.py`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stevo_dagster import derived
from stevo_dagster.defs.making import frame, one_row
from stevo_dagster.errors import StevoError
from stevo_dagster.lake import (
    UNDATED,
    Manifest,
    collect_garbage,
    files,
    manifest,
    partitions,
    releases,
    tables,
    text_sha256,
)
from stevo_dagster.settings import Settings

if TYPE_CHECKING:
    import dagster as dg

RELEASE_TABLES = (
    "next_place_predictions",
    "next_event_predictions",
    "recommendations",
    "explanations",
    "evaluation",
    "activity_days",
    "activity_hours",
    "activity_cells",
    "correlations",
    "hot_spots",
    "flows",
    "clusters",
    "evolution",
    "seasonality",
    "changes",
    "forecasts",
)

IDENTITY = ("code_hash", "data_hash", "report_inputs", "model_version")


def audit(settings: Settings) -> list[Any]:
    """Results of the release's suites over the tables that are published now."""
    from stevo_dagster.checks.adapter import run_suite
    from stevo_dagster.checks.release import ABOUT_GROUPS, release_suites
    from stevo_dagster.checks.suite import PEOPLE

    found = []
    for table, suite in release_suites(settings.k_anonymity).items():
        beside = {PEOPLE: files(settings.lake, PEOPLE)} if table in ABOUT_GROUPS else None
        found += run_suite(suite, files(settings.lake, table), beside)
    return found


def describe(settings: Settings, found: Sequence[Any]) -> dict[str, Any]:
    """What `release.json` says of the tables that are published now.

    Args:
        settings: the home.
        found: results of `audit`.
    """
    known = _published(settings)
    champion = one_row(settings, "champion")
    query = "select max(as_of) as at from next_place_predictions"
    newest = frame(settings, "next_place_predictions", query)
    passed = sum(one.success for one in found)
    return {
        **identity(settings),
        "model_source": champion["model_source"],
        "champion_reason": champion["reason"],
        "as_of": newest["at"].iloc[0].isoformat(),
        "rows": {name: described.rows for name, described in known.items()},
        "checks": {"passed": passed, "failed": len(found) - passed},
        "lake": pins(settings),
    }


def identity(settings: Settings) -> dict[str, str]:
    """The values of `IDENTITY` for the tables that are published now.

    Raises:
        StevoError: the champion or the report is not made yet.
    """
    known = _published(settings)
    report = manifest(settings.lake, "report", UNDATED)
    if report is None:
        raise StevoError("the report is not made yet", where="release", fix="`stevo run`")
    return {
        "code_hash": text_sha256(*(derived.code_hash(name) for name in sorted(known))),
        "data_hash": text_sha256(*(known[name].content_hash for name in sorted(known))),
        "report_inputs": text_sha256(repr(sorted(report.inputs.items())), report.code_hash),
        "model_version": one_row(settings, "champion")["model_version"],
    }


def is_released(settings: Settings, recorded: str | None) -> bool:
    """Whether what is published now stands in the newest release, and that was recorded.

    A run that was killed after its last table, or between making a release and switching to it,
    leaves one of the two undone. The current release may be an older one: a person rolled back.

    Args:
        settings: the home.
        recorded: id of the release that was recorded last.
    """
    listed = releases.list_releases(settings.releases)
    if not listed or listed[-1].id != recorded:
        return False
    return all(listed[-1].info.get(key) == value for key, value in identity(settings).items())


def recorded_release(instance: dg.DagsterInstance) -> str | None:
    """The release that the last materialisation recorded."""
    import dagster as dg

    event = instance.get_latest_materialization_event(dg.AssetKey("release"))
    found = event.asset_materialization if event else None
    value = found.metadata.get("release id") if found else None
    return str(value.value) if value is not None else None


def _published(settings: Settings) -> dict[str, Manifest]:
    described = {name: manifest(settings.lake, name, UNDATED) for name in RELEASE_TABLES}
    return {name: one for name, one in described.items() if one is not None}


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
        pages = {}
        for row in frame(settings, "report").itertuples():
            pages[row.name] = Path(folder) / str(row.name)
            pages[row.name].write_text(str(row.html), encoding="utf-8")
        return releases.build(settings.releases, paths, pages, made)


def drop_old(settings: Settings) -> list[str]:
    """Drop releases over the number kept, and versions of the lake that nothing reads any more."""
    dropped = releases.drop_old(settings.releases, settings.keep_releases)
    pinned = releases.pinned_versions(settings.releases, settings.lake)
    collect_garbage(settings.lake, keep=settings.keep_versions, pinned=pinned)
    return dropped
