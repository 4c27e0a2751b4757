"""The evaluation and champion tables, and the scorer that a champion row names.

Belongs here: putting `models_ml` and the lake's tables together. Does not belong here: metrics, the
floor or the sentinel.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stevo_dagster.defs.making import frame, one_row
from stevo_dagster.defs.models.peers import kept_peers
from stevo_dagster.defs.models.training import load_model
from stevo_dagster.settings import Settings


def evaluation_table(
    settings: Settings, max_targets: int, lists: Mapping[str, Any] | None = None
) -> Any:
    """Every baseline, the learned model and its parts where there is one, and the peers that were
    asked for, on the test split; `lists` are values of `Protocol`, by which recommendations are
    measured.

    The table is shared, so groups of fewer people than the settings' k are not in it.
    """
    import pandas as pd

    from models_ml import baselines
    from models_ml.columns import EVALUATION_COLUMNS
    from models_ml.data.corpus import encode, target_rows
    from models_ml.evaluation import evaluate, forecasts, recommending
    from models_ml.evaluation.protocol import Protocol

    scorers: dict[str, Any] = dict(baselines.all_baselines())
    version = one_row(settings, "trained_model")["model_version"]
    if version is not None:
        model = load_model(settings, version)
        scorers |= {one.name: one for one in (model, *model.parts)}
    scorers |= kept_peers(settings)
    corpus = encode(frame(settings, "sequences"))
    if not len(target_rows(corpus, "test")):
        return pd.DataFrame({name: [] for name in EVALUATION_COLUMNS}).astype(EVALUATION_TYPES)
    k, few = settings.k_anonymity, min(max_targets or MOST_FORECASTS, MOST_FORECASTS)
    parts = [
        evaluate.evaluate(scorers, corpus, "test", max_targets=max_targets or None, min_users=k)
    ]
    if version is not None:
        parts.append(
            forecasts.evaluate_forecasts(
                model.network, corpus, "test", max_targets=few, min_users=k
            )
        )
    parts.append(
        recommending.evaluate_recommendations(
            scorers, corpus, "test", protocol=Protocol(**(lists or {})), min_users=k
        )
    )
    return pd.concat([one.astype(EVALUATION_TYPES) for one in parts], ignore_index=True)


# The instances on which category, cell and time are measured, so that a demo stays short.
MOST_FORECASTS = 2_000
EVALUATION_TYPES = {
    "model": "str",
    "task": "str",
    "split": "str",
    "segment": "str",
    "metric": "str",
    "value": "float64",
    "ci_low": "float64",
    "ci_high": "float64",
    "n": "int64",
}


def champion_table(settings: Settings) -> Any:
    """One row: name, model_source, model_version, reason, leak (null: the sentinel is quiet).

    The parts of the learned model are no candidates, nor are the peers: how the parts are mixed
    was settled on val, and choosing among them here would choose on test.
    """
    import pyarrow as pa

    from models_ml.columns import BASELINES, ENSEMBLE
    from models_ml.evaluation import champion

    trained = one_row(settings, "trained_model")
    version, leak = trained["model_version"], None
    evaluation = frame(settings, "evaluation")
    if not len(places_of(evaluation)):
        chosen = champion.baseline_only(
            f"nothing could be measured on {settings.k_anonymity} people or more"
        )
    else:
        leak = find_leak(settings, version) if version is not None else None
        candidates = evaluation.model.isin((*BASELINES, ENSEMBLE))
        chosen = champion.choose(evaluation[candidates], blocked=leak)
    reason = chosen.reason if version is not None else f"{chosen.reason} ({trained['reason']})"
    row = {
        "name": chosen.name,
        "model_source": chosen.model_source,
        "model_version": chosen.model_source if chosen.is_baseline else version,
        "reason": reason,
        "leak": leak,
    }
    return pa.table({name: pa.array([value], pa.string()) for name, value in row.items()})


def find_leak(settings: Settings, version: str) -> str | None:
    """What the leak sentinel finds in a kept model, or None."""
    from models_ml.evaluation import sentinel

    return sentinel.leak_sentinel(load_model(settings, version), frame(settings, "sequences"))


def champion_scorer(settings: Settings) -> tuple[Any, dict[str, Any]]:
    """The scorer to publish, and its champion row."""
    from models_ml import baselines

    row = one_row(settings, "champion")
    if row["model_source"].startswith("baseline:"):
        return baselines.baseline(row["name"]), row
    return load_model(settings, row["model_version"]), row


def places_of(evaluation: Any) -> Any:
    """The rows about next places, over all instances."""
    from models_ml.columns import PLACE_TASKS

    return evaluation[evaluation.task.isin(PLACE_TASKS) & (evaluation.segment == "all")]


def accuracy_text(evaluation: Any) -> str:
    """Acc@1 and Acc@10 of every model on next places, as a Markdown table."""
    places = places_of(evaluation)
    lines = ["| model | Acc@1 | Acc@10 | n |", "|---|---|---|---|"]
    for name in places["model"].drop_duplicates():
        mine = places[places["model"] == name].set_index("metric")
        lines.append(
            f"| {name} | {mine.value['acc@1']:.4f} | {mine.value['acc@10']:.4f} |"
            f" {int(mine.n['acc@1'])} |"
        )
    return "\n".join(lines)
