"""`stevo releases`: list, show, pin, unpin, switch and roll back.

Belongs here: options and printing. Does not belong here: how releases work (`lake/releases.py`).
"""

from __future__ import annotations

import json
from typing import Annotated

import typer

ReleaseId = Annotated[str, typer.Argument(metavar="ID", help="Release id.")]


def register(app: typer.Typer) -> None:
    """Add the `stevo releases` group."""
    group = typer.Typer(no_args_is_help=True, help="List, pin and roll back releases.")
    group.command("list")(list_command)
    group.command("show")(show_command)
    group.command("pin")(pin_command)
    group.command("unpin")(unpin_command)
    group.command("switch")(switch_command)
    group.command("rollback")(rollback_command)
    app.add_typer(group, name="releases")


def list_command() -> None:
    """List every release, oldest first; the current one is marked."""
    from stevo_dagster.lake import releases
    from stevo_dagster.settings import load_settings

    folder = load_settings().releases
    now = releases.current(folder)
    found = releases.list_releases(folder)
    if not found:
        typer.echo("no release yet: run `stevo demo` or `stevo run`")
    for release in found:
        marks = [
            mark
            for mark, holds in (
                ("current", now is not None and now.id == release.id),
                ("pinned", releases.is_pinned(folder, release.id)),
            )
            if holds
        ]
        source = release.info.get("model_source", "")
        as_of = release.info.get("as_of", "")
        typer.echo(f"{release.id}  as of {as_of}  {source}  {' '.join(marks)}".rstrip())


def show_command(release_id: ReleaseId) -> None:
    """Print one release's description as JSON."""
    from stevo_dagster.lake import releases
    from stevo_dagster.settings import load_settings

    release = releases.get(load_settings().releases, release_id)
    typer.echo(json.dumps(dict(release.info), indent=2, sort_keys=True))


def pin_command(release_id: ReleaseId) -> None:
    """Keep a release from being dropped."""
    from stevo_dagster.lake import releases
    from stevo_dagster.settings import load_settings

    releases.pin(load_settings().releases, release_id)
    typer.echo(f"pinned {release_id}")


def unpin_command(release_id: ReleaseId) -> None:
    """Let a pinned release be dropped again."""
    from stevo_dagster.lake import releases
    from stevo_dagster.settings import load_settings

    releases.unpin(load_settings().releases, release_id)
    typer.echo(f"unpinned {release_id}")


def switch_command(release_id: ReleaseId) -> None:
    """Point readers to this release."""
    from stevo_dagster.lake import releases
    from stevo_dagster.settings import load_settings

    releases.switch(load_settings().releases, release_id)
    typer.echo(f"readers now get {release_id}")


def rollback_command() -> None:
    """Point readers to the release before the current one."""
    from stevo_dagster.lake import releases
    from stevo_dagster.settings import load_settings

    typer.echo(f"readers now get {releases.roll_back(load_settings().releases).id}")
