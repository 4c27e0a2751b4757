"""`stevo training-set`: the training set as it was known at a moment.

Belongs here: options and printing. Does not belong here: making it (`training_set.py`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from stevo_dagster.errors import StevoError


def register(app: typer.Typer) -> None:
    """Add `stevo training-set`."""
    app.command("training-set")(training_set_command)


def training_set_command(
    moment: Annotated[
        str, typer.Argument(metavar="TIME", help="As 2024-03-01T06:00:00Z; UTC without a zone.")
    ],
    out: Annotated[Path, typer.Option(help="The Parquet file to write.")],
    restricted: Annotated[
        bool, typer.Option("--restricted", help="Allow it: it has rows per person.")
    ] = False,
) -> None:
    """Make the training set again from the events that were received by TIME."""
    from stevo_dagster.commands.read import check_access, check_folder
    from stevo_dagster.settings import load_settings
    from stevo_dagster.training_set import as_known_at, same_as

    settings = load_settings()
    check_access(settings, "sequences", restricted)
    check_folder(out)
    made = as_known_at(settings, parse_moment(moment), out)
    rows, content = made.described.rows, made.described.content_hash
    typer.echo(f"{out}: {rows:,} rows, {made.first_day} to {made.last_day}, hash {content}")
    same = same_as(settings, content)
    typer.echo("the same as " + ", ".join(same) if same else "as no kept release was made from")


def parse_moment(text: str) -> datetime:
    """A moment; without a zone it is UTC.

    Raises:
        StevoError: it is no ISO 8601 time.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise StevoError(
            f"{text!r} is not an ISO 8601 time", where="TIME", fix="write 2024-03-01T06:00:00Z"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
