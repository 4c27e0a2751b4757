"""Training in a process of its own: both ends of the pipe between it and the asset.

Belongs here: starting the process, its entry point, and what crosses between them (Dagster Pipes).
Does not belong here: training and its tables (`training.py`, `peers.py`). The process that serves
the code location, or runs the asset, never loads torch for it, and gets its memory back when
training ends.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_pipes import PipesContext, open_dagster_pipes

from stevo_dagster.defs.making import frame
from stevo_dagster.defs.models.peers import PeerOutcome, train_and_keep_peers
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
    return Outcome(**_apart(context, client, settings, MODEL, config))


def train_peers_apart(
    context: dg.AssetExecutionContext,
    client: dg.PipesSubprocessClient,
    settings: Settings,
    config: Mapping[str, Any],
) -> list[PeerOutcome]:
    """The same for the peers asked for; nobody asked for needs no process.

    Raises:
        DagsterPipesExecutionError: it failed; the run's log says why.
    """
    if not config["peers"]:
        return []
    return [PeerOutcome(**told) for told in _apart(context, client, settings, OTHERS, config)]


def _apart(
    context: dg.AssetExecutionContext,
    client: dg.PipesSubprocessClient,
    settings: Settings,
    what: str,
    config: Mapping[str, Any],
) -> Any:
    """What the other process reports of its work."""
    done = client.run(
        context=context,
        command=[sys.executable, "-m", "stevo_dagster.defs.models.process"],
        extras={"home": str(settings.home), "what": what, "config": dict(config)},
    )
    (told,) = done.get_custom_messages()
    return told


def main() -> None:
    """The other end: train as the asset says, and report the outcome."""
    with open_dagster_pipes() as pipes:
        try:
            outcome = WORK[pipes.get_extra("what")](pipes)
        except Exception as error:
            # The asset itself only learns the exit code: the run's log has to say why.
            pipes.log.error(f"training failed: {type(error).__name__}: {error}")
            raise
        pipes.report_custom_message(outcome)


def _train_model(pipes: PipesContext) -> dict[str, Any]:
    settings = load_settings(Path(pipes.get_extra("home")))
    config = pipes.get_extra("config")
    parent = os.getppid()
    with TrainingBar(config["epochs"]) as bar:

        def progress(state: Mapping[str, float]) -> None:
            _stop_if_orphaned(parent)
            bar.show(state)
            _log(pipes, state)

        outcome = train_and_keep(settings, frame(settings, "sequences"), config, progress)
        return asdict(outcome)


def _train_peers(pipes: PipesContext) -> list[dict[str, Any]]:
    settings = load_settings(Path(pipes.get_extra("home")))
    parent = os.getppid()

    def progress(name: str, state: Mapping[str, float]) -> None:
        _stop_if_orphaned(parent)
        _log(pipes, state, f"{name}, ")

    config = pipes.get_extra("config")
    outcomes = train_and_keep_peers(settings, frame(settings, "sequences"), config, progress)
    return [asdict(one) for one in outcomes]


def _log(pipes: PipesContext, state: Mapping[str, float], whose: str = "") -> None:
    if "val_loss" in state:
        losses = f"train loss {state['train_loss']:.3f}, val loss {state['val_loss']:.3f}"
        pipes.log.info(f"{whose}epoch {int(state['epoch'])}: {losses}")


def _stop_if_orphaned(parent: int) -> None:
    # A rerun after a kill must not share the machine with a training whose outcome nobody awaits.
    if os.getppid() != parent:
        raise SystemExit("the run that wanted this training is gone")


MODEL, OTHERS = "model", "peers"
WORK: Mapping[str, Callable[[PipesContext], Any]] = {MODEL: _train_model, OTHERS: _train_peers}

if __name__ == "__main__":
    main()
