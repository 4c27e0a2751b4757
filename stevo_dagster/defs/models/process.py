"""Training in a process of its own: both ends of the pipe between it and the asset.

Belongs here: starting the process, its entry point, and what crosses between them (Dagster Pipes).
Does not belong here: training and its tables (`training.py`). The process that serves the code
location, or runs the asset, never loads torch for it, and gets its memory back when training ends.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_pipes import PipesContext, open_dagster_pipes

from stevo_dagster.defs.making import frame
from stevo_dagster.defs.models.training import Outcome, TrainingBar, train_and_keep
from stevo_dagster.settings import Settings, load_settings


def train_apart(
    context: dg.AssetExecutionContext,
    client: dg.PipesSubprocessClient,
    settings: Settings,
    config: Mapping[str, Any],
) -> Outcome:
    """Train in another process, whose log lines and outcome come back through the pipe.

    Raises:
        DagsterPipesExecutionError: it failed; the run's log says why.
    """
    done = client.run(
        context=context,
        command=[sys.executable, "-m", "stevo_dagster.defs.models.process"],
        extras={"home": str(settings.home), "config": dict(config)},
    )
    (told,) = done.get_custom_messages()
    return Outcome(**told)


def main() -> None:
    """The other end: train as the asset says, and report the outcome."""
    with open_dagster_pipes() as pipes:
        try:
            outcome = _train(pipes)
        except Exception as error:
            # The asset itself only learns the exit code: the run's log has to say why.
            pipes.log.error(f"training failed: {type(error).__name__}: {error}")
            raise
        pipes.report_custom_message(asdict(outcome))


def _train(pipes: PipesContext) -> Outcome:
    settings = load_settings(Path(pipes.get_extra("home")))
    config = pipes.get_extra("config")
    parent = os.getppid()
    with TrainingBar(config["epochs"]) as bar:

        def progress(state: Mapping[str, float]) -> None:
            _stop_if_orphaned(parent)
            bar.show(state)
            _log(pipes, state)

        return train_and_keep(settings, frame(settings, "sequences"), config, progress)


def _log(pipes: PipesContext, state: Mapping[str, float]) -> None:
    if "val_loss" in state:
        losses = f"train loss {state['train_loss']:.3f}, val loss {state['val_loss']:.3f}"
        pipes.log.info(f"epoch {int(state['epoch'])}: {losses}")


def _stop_if_orphaned(parent: int) -> None:
    # A rerun after a kill must not share the machine with a training whose outcome nobody awaits.
    if os.getppid() != parent:
        raise SystemExit("the run that wanted this training is gone")


if __name__ == "__main__":
    main()
