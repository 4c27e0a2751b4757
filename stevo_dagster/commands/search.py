"""`stevo search`: try settings of a model on val of a benchmark folder, and print the best.

Belongs here: options, progress and what is printed. Does not belong here: the search (`models_ml`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stevo_dagster.errors import StevoError

if TYPE_CHECKING:
    from models_ml.search.trials import Trial


def register(app: typer.Typer) -> None:
    """Add `stevo search`."""
    app.command("search")(search_command)


def search_command(
    folder: Annotated[Path, typer.Argument(help="Folder with train and val.csv.gz.")],
    model: Annotated[str, typer.Option(help="A model with settings, as st_transformer or gru.")],
    trials: Annotated[int, typer.Option(help="How many trials there shall be in all.")],
    out: Annotated[Path, typer.Option(help="File of trials, JSON lines; a rerun goes on there.")],
    settings: Annotated[
        Path | None, typer.Option(help="JSON file of settings that all trials have.")
    ] = None,
    questions: Annotated[int, typer.Option(help="Most events of val to judge by.", min=1)] = 2000,
    time_aware: Annotated[
        bool, typer.Option("--time-aware", help="Tell the model each event's own time.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of training and of what is drawn.")] = 7,
) -> None:
    """Fit settings drawn at random on train, judge them by MRR on val, print the best as JSON."""
    if not out.parent.is_dir():
        raise StevoError(f"no folder {out.parent}", where=str(out), fix="make the folder first")
    from models_ml.config import TrainConfig
    from models_ml.errors import ModelError
    from models_ml.evaluation import benchmark
    from models_ml.search.random_search import search
    from models_ml.search.settings_file import read_settings

    try:
        found = search(
            model,
            benchmark.sequences_of(benchmark.read(folder, splits=("train", "val"))),
            out,
            trials=trials,
            config=TrainConfig(seed=seed, time_aware=time_aware),
            fixed={} if settings is None else read_settings(settings, model),
            questions=questions,
            progress=_report,
        )
    except ModelError as error:
        raise StevoError(error.problem, where=error.where, fix=error.fix) from error
    typer.echo(f"the best of {len(found.trials)}: {_told(found.best)}", err=True)
    typer.echo(json.dumps(found.settings, indent=1))


def _report(trial: Trial) -> None:
    typer.echo(f"{_told(trial)}, {trial.seconds:.0f} s: {json.dumps(trial.settings)}", err=True)


def _told(trial: Trial) -> str:
    if trial.problem is not None:
        return f"trial {trial.number} failed ({trial.problem})"
    values = trial.metrics
    return (
        f"trial {trial.number}, MRR on val {values['mrr']:.4f}"
        f" ({values['mrr_low']:.4f} to {values['mrr_high']:.4f})"
    )
