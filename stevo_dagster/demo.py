"""The demo's steps: make a home, simulate or take a file, ingest, run the chain.

Belongs here: the order. Does not belong here: the chain itself (`chain.py`) or printing.
"""

from __future__ import annotations

import uuid
from pathlib import Path

from stevo_dagster.building import Outcome, Say
from stevo_dagster.chain import run_chain
from stevo_dagster.errors import StevoError
from stevo_dagster.home import read_home, update_home
from stevo_dagster.instance import bootstrap
from stevo_dagster.settings import Settings

CITY_SOURCE = "city"
PEOPLE, DAYS = 300, 60


def run_demo(
    settings: Settings, events: Path | None, form: str | None, source: str, say: Say
) -> Outcome:
    """Bring a demo home up to date; a second time nothing is left to do.

    Args:
        settings: the home.
        events: a file or folder to take; None simulates a city.
        form: its format.
        source: its name in the ledger.
        say: told of each step.

    Raises:
        StevoError: the home holds other data, or a step failed.
    """
    check_home(settings, is_city=events is None)
    bootstrap(settings)
    if events is None or form is None:
        update_home(settings, simulated=True)
        for path in city_files(settings, say):
            _ingest(settings, path, "events", CITY_SOURCE, say)
    else:
        _ingest(settings, events, form, source, say)
    return run_chain(settings, None, None, say)


def check_home(settings: Settings, is_city: bool) -> None:
    """Refuse to mix a simulated city with real data.

    Raises:
        StevoError: the home holds the other kind.
    """
    found = read_home(settings)
    if found is None or found.first_day is None or found.simulated == is_city:
        return
    kind = "a simulated city" if found.simulated else "data that is not simulated"
    raise StevoError(
        f"this home holds {kind}",
        where=str(settings.home),
        fix="use another home: STEVO_HOME=.stevo-demo stevo demo …",
    )


def city_files(settings: Settings, say: Say) -> list[Path]:
    """The simulated city's files, made the first time: events, then lines that come late."""
    from stevo_dagster.sources.simulator import simulate

    folder = settings.home / "city"
    made = [folder / "events.jsonl", folder / "late.jsonl"]
    if not (folder / "truth.json").exists():
        say("simulate", f"a city of {PEOPLE} people over {DAYS} days")
        result = simulate(folder, people=PEOPLE, days=DAYS)
        say("", f"{result.lines:,} lines, {result.clean_events:,} of them sound events")
    return [path for path in made if path.exists()]


def _ingest(settings: Settings, path: Path, form: str, source: str, say: Say) -> None:
    from stevo_dagster.ingest import ingest_path

    say("ingest", path.name)
    result = ingest_path(settings, path, form, source, f"demo-{uuid.uuid4().hex[:12]}")
    if not result.ledger:
        say("", "known already, nothing to add")
    for row in result.ledger:
        say("", f"{row.lines:,} lines onto {len(result.days)} days")
