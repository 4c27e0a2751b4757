"""The report's inputs from a release: its shared tables alone, as they were then.

Belongs here: which tables are read. Does not belong here: narrowing them (`choice.py`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd

from stevo_dagster.errors import StevoError
from stevo_dagster.home import read_home
from stevo_dagster.lake import read, releases
from stevo_dagster.reports.inputs import SHARED, ReportInputs
from stevo_dagster.settings import Settings

CLEANING = """
select reason, sum(removed) as removed
from fct_cleaning_ledger
group by reason
order by removed desc, reason
"""


def chosen_release(settings: Settings, release: str | None) -> releases.Release:
    """The release of that id, or the one that readers get.

    Raises:
        StevoError: there is none.
    """
    found = releases.get(settings.releases, release) if release else None
    found = found or releases.current(settings.releases)
    if found is None:
        raise StevoError(
            "there is no release to explore yet",
            where=str(settings.releases),
            fix="make one: stevo run (or stevo demo)",
        )
    return found


def released_inputs(
    settings: Settings, release: releases.Release, language: str = "en"
) -> ReportInputs:
    """Everything that can be shown of a release.

    Raises:
        StevoError: the release was made before these tables were published.
    """
    missing = sorted(set(SHARED) - set(release.tables))
    if missing:
        raise StevoError(
            f"the release lacks {', '.join(missing)}",
            where=str(release.folder),
            fix="make a new one: stevo run",
        )

    def table(name: str, sql: str | None = None) -> pd.DataFrame:
        return read(name, release.id, sql=sql, home=settings.home)

    stored = read_home(settings)
    cells = table("activity_cells")
    others: dict[str, Any] = {name: table(name) for name in SHARED if name != "activity_cells"}
    return ReportInputs(
        **others,
        activity_cells=cells,
        correlations=table("correlations"),
        evaluation=table("evaluation"),
        ledger=table("fct_ingest_ledger"),
        cleaning=table("fct_cleaning_ledger", CLEANING),
        as_of=datetime.fromisoformat(release.info["as_of"]),
        model_source=release.info["model_source"],
        model_version=release.info["model_version"],
        champion_reason=release.info.get("champion_reason", ""),
        has_places=len(cells) > 0,
        simulated=stored is not None and stored.simulated,
        language=language,
        k=settings.k_anonymity,
    )
