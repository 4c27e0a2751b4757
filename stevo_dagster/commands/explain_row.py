"""`stevo explain-row`: one row of any table, back to the lines it came in.

Belongs here: options and printing. Does not belong here: the walk (`provenance.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from stevo_dagster.errors import StevoError

if TYPE_CHECKING:
    from stevo_dagster.provenance import Explained, Receipt, Step

SHOWN_PARTITIONS = 4


def register(app: typer.Typer) -> None:
    """Add `stevo explain-row`."""
    app.command("explain-row")(explain_row_command)


def explain_row_command(
    table: Annotated[str, typer.Argument(help="Any published table.")],
    key: Annotated[
        list[str],
        typer.Argument(metavar="COLUMN=VALUE...", help="What names the row; COLUMN= is null."),
    ],
    limit: Annotated[int, typer.Option(min=0, help="At most this many landed lines.")] = 10,
    restricted: Annotated[
        bool,
        typer.Option("--restricted", help="Allow it: landed lines name people as they came."),
    ] = False,
) -> None:
    """Walk a row back through every table it was made of to its landed lines."""
    from stevo_dagster.commands.read import check_access
    from stevo_dagster.provenance import explain_row
    from stevo_dagster.settings import load_settings

    settings = load_settings()
    check_access(settings, "landing", restricted)
    for line in told(explain_row(settings, table, parse_key(key), limit)):
        typer.echo(line)


def parse_key(texts: Sequence[str]) -> Mapping[str, str]:
    """Column to value, from texts as `user_id=u1`.

    Raises:
        StevoError: one has no `=`, or a column is named twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator or not name or name in found:
            raise StevoError(
                f"{text!r} names no column and value" if name not in found else f"{name} is twice",
                where="COLUMN=VALUE",
                fix="write day=2024-03-01 user_id=u1",
            )
        found[name] = value
    return found


def told(explained: Explained) -> Iterator[str]:
    """The way back as text: a line a table, one a partition, then the landed lines."""
    for step in explained.steps:
        yield from _step(step)
    for file_id in explained.whole_files:
        yield f"{'landing':<24} file {file_id}, as a whole"
    if not explained.line_count:
        return
    yield f"{'landing':<24} {_counted(explained.line_count, 'line')}"
    for line in explained.lines:
        yield f"  {line.file} (file {line.file_id}), line {line.number}"
        text = "no bytes of its own" if line.raw is None else line.raw.decode(errors="replace")
        yield f"    {text}"
    if len(explained.lines) < explained.line_count:
        yield f"  and {explained.line_count - len(explained.lines):,} more: --limit shows them"


def _step(step: Step) -> Iterator[str]:
    yield f"{step.table:<24} {_counted(step.rows, 'row')}"
    shown = list(step.receipts)
    if len(shown) > SHOWN_PARTITIONS:
        shown = [shown[0], shown[-1]]
    for one in shown:
        yield from _receipt(one)
    if len(shown) < len(step.receipts):
        yield f"  and {len(step.receipts) - len(shown):,} partitions between"
    if step.whole:
        yield f"  a figure over every row of {', '.join(step.whole)}"


def _receipt(one: Receipt) -> Iterator[str]:
    described = one.manifest
    yield (
        f"  {described.partition} version {described.version} output {described.content_hash[:12]}"
        f" code {described.code_hash[:12]} inputs {len(described.inputs)}"
        f" run {described.run_id} at {described.created_at}"
    )
    if one.outdated:
        yield f"    made before {', '.join(one.outdated)} changed: `stevo run` makes it again"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
