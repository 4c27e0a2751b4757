"""`stevo benchmark`: answer a next-place benchmark and write the answers for its neutral scorer.

Belongs here: options, progress and the output file. Does not belong here: models (`models_ml`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from models_ml.columns import MODELS
from stevo_dagster.errors import StevoError

SUFFIXES = (".parquet", ".csv", ".csv.gz")


def register(app: typer.Typer) -> None:
    """Add `stevo benchmark`."""
    app.command("benchmark")(benchmark_command)


def benchmark_command(
    folder: Annotated[Path, typer.Argument(help="Folder with train, val and test.csv.gz.")],
    out: Annotated[Path, typer.Option(help="File to write: .parquet, .csv or .csv.gz.")],
    split: Annotated[str, typer.Option(help="Scored events to answer: test or val.")] = "test",
    time_aware: Annotated[
        bool, typer.Option("--time-aware", help="Tell the model each scored event's own time.")
    ] = False,
    model: Annotated[str, typer.Option(help=f"One of {', '.join(MODELS)}.")] = "ensemble",
    seed: Annotated[int, typer.Option(help="Seed of training.")] = 7,
    seeds: Annotated[
        int | None,
        typer.Option(
            help="Networks averaged, from this seed on (ensemble: 3 unless told; st_transformer)."
        ),
    ] = None,
    texts: Annotated[
        str, typer.Option(help="Language model for the texts of items: a folder or a package.")
    ] = "",
    settings: Annotated[
        Path | None, typer.Option(help="JSON file of the model's settings, as stevo search prints.")
    ] = None,
) -> None:
    """Fit on train (val only stops early), then rank 100 places for every scored event."""
    if not out.name.endswith(SUFFIXES):
        raise StevoError(
            f"{out.name} has no known ending", where=str(out), fix=f"one of {', '.join(SUFFIXES)}"
        )
    if not out.parent.is_dir():
        raise StevoError(f"no folder {out.parent}", where=str(out), fix="make the folder first")
    from models_ml.errors import ModelError
    from models_ml.evaluation import benchmark

    try:
        chosen = None
        if settings is not None:
            from models_ml.search.settings_file import read_settings

            chosen = read_settings(settings, model)
        table = benchmark.run(
            folder,
            split=split,
            time_aware=time_aware,
            model=model,
            seed=seed,
            seeds=seeds,
            texts=texts,
            settings=chosen,
            progress=_report,
        )
    except ModelError as error:
        raise StevoError(error.problem, where=error.where, fix=error.fix) from error
    _write(table, out)
    events = table["event_id"].nunique()
    typer.echo(f"{events} events of {split} answered by {model}: {out}")


def _report(row: dict[str, float]) -> None:
    if "val_loss" in row:
        typer.echo(
            f"epoch {int(row['epoch'])}: train loss {row['train_loss']:.3f},"
            f" val loss {row['val_loss']:.3f}, val Acc@1 {row['val_acc1']:.3f},"
            f" {row['seconds']:.0f} s",
            err=True,
        )


def _write(table: object, out: Path) -> None:
    """Write beside the file first, so that a kill leaves the old one or the new one."""
    import pandas as pd

    assert isinstance(table, pd.DataFrame)
    making = out.with_name(f".making-{os.getpid()}-{out.name}")
    try:
        if out.name.endswith(".parquet"):
            table.to_parquet(making, index=False)
        else:
            table.to_csv(making, index=False)
        making.rename(out)
    finally:
        making.unlink(missing_ok=True)
