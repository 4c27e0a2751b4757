"""Which model is published: the baseline floor.

Here belongs the decision alone, made from the evaluation table.  A learned model is champion only
if its paired interval over the best baseline lies above zero; otherwise that baseline is, and the
reason says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from models_ml.columns import BASELINES, PLACE_TASKS
from models_ml.errors import ModelError

FLOOR_METRIC = "acc@1"


@dataclass(frozen=True)
class Champion:
    """The model to publish (`name`), how tables label it (`model_source`), why, and what was
    compared.
    """

    name: str
    model_source: str
    reason: str
    comparisons: pd.DataFrame

    @property
    def is_baseline(self) -> bool:
        """Whether a baseline is published in place of a learned model."""
        return self.name in BASELINES


def choose(
    evaluation: pd.DataFrame, *, split: str = "test", blocked: str | None = None
) -> Champion:
    """The champion on a split of the evaluation table.

    The best baseline by Acc@1 is the floor.  A learned model wins if the lower end of the 95%
    interval of its paired gain over it is above 0; of several, the one with the highest Acc@1.
    `blocked` (the finding of the leak sentinel) rules learned models out.  Raises `ModelError`
    when the table holds no baseline.
    """
    places = evaluation[
        (evaluation.split == split)
        & evaluation.task.isin(PLACE_TASKS)
        & (evaluation.segment == "all")
    ]
    accuracy = places[places.metric == FLOOR_METRIC].set_index("model")["value"]
    baselines = accuracy[accuracy.index.isin(BASELINES)]
    if baselines.empty:
        raise ModelError(f"the evaluation of {split!r} holds no baseline", where="champion.choose")
    floor = str(baselines.idxmax())
    comparisons = places[places.metric == f"{FLOOR_METRIC}_minus_{floor}"].reset_index(drop=True)
    learned = accuracy[~accuracy.index.isin(BASELINES)]
    if learned.empty:
        return _published(floor, "no learned model was evaluated", comparisons)
    if blocked is not None:
        return _published(
            floor, f"the leak sentinel blocked the learned model: {blocked}", comparisons
        )
    winners = comparisons[comparisons.ci_low > 0]
    if winners.empty:
        best = comparisons.iloc[int(comparisons.value.argmax())]
        return _published(floor, f"{best.model} does not beat {floor}: {_gain(best)}", comparisons)
    name = str(learned.loc[list(winners.model)].idxmax())
    row = winners[winners.model == name].iloc[0]
    return Champion(name, f"model:{name}", f"{name} beats {floor}: {_gain(row)}", comparisons)


def baseline_only(reason: str, name: str = "blend") -> Champion:
    """The champion when nothing could be trained or measured, such as too few events."""
    return _published(name, reason, pd.DataFrame())


def _published(name: str, reason: str, comparisons: pd.DataFrame) -> Champion:
    return Champion(name, f"baseline:{name}", reason, comparisons)


def _gain(row: pd.Series) -> str:
    interval = f"95% over users {row.ci_low:+.4f} to {row.ci_high:+.4f}"
    return f"{FLOOR_METRIC} {row.value:+.4f} ({interval}, n={int(row.n)})"
