"""`stevo quarantine`: lines that were no events, and another try at them.

Belongs here: options and printing. Does not belong here: replaying (`stevo_dagster/ingest`).
"""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add `stevo quarantine`."""
    app.add_typer(
        typer.Typer(help="Lines that were no events: why, their bytes, another try."),
        name="quarantine",
    )
