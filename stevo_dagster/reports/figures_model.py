"""Figures of the model: metrics against baselines and the loss curve."""

from __future__ import annotations

import pandas as pd

from stevo_dagster.reports import charts, wording
from stevo_dagster.reports.figure import MODEL, Figure
from stevo_dagster.reports.inputs import ReportInputs
from stevo_dagster.reports.language import Say


def scored(evaluation: pd.DataFrame) -> pd.DataFrame:
    """The rows to show: the test split when there is one, all instances, no paired differences."""
    rows = evaluation[~evaluation["metric"].astype(str).str.contains("_minus_")]
    splits = list(rows["split"].unique())
    split = "test" if "test" in splits or not splits else splits[0]
    return rows[(rows["split"] == split) & (rows["segment"] == "all")]


def metrics_figures(inputs: ReportInputs) -> list[Figure]:
    """One figure a task and metric, all models."""
    rows = scored(inputs.evaluation)
    name = wording.published_model(inputs.model_source)
    found = []
    for task in [task for task in wording.TASKS if task in set(rows["task"])]:
        of_task = rows[rows["task"] == task]
        wanted = ("acc@1", "acc@10", "mrr", "ndcg@10") if "place" in task else ("acc@1", "mrr")
        for metric in [metric for metric in wanted if metric in set(of_task["metric"])]:
            chosen = of_task[of_task["metric"] == metric]
            found.append(_metric_figure(chosen, task, metric, name, inputs.say))
    return found


def _metric_figure(rows: pd.DataFrame, task: str, metric: str, published: str, say: Say) -> Figure:
    """One metric of one task, all models."""
    rows = rows.sort_values("value", ascending=False)
    bars = pd.DataFrame(
        {
            "model": rows["model"].map(say.name),
            "value": rows["value"],
            "ci_low": rows["ci_low"],
            "ci_high": rows["ci_high"],
            "is_published": rows["model"] == published,
        }
    )
    table = pd.DataFrame(
        {
            say("Model"): bars["model"],
            say("Value (95% interval)"): [wording.interval(row) for _, row in rows.iterrows()],
            "n": rows["n"].map(wording.compact),
            say("Published"): bars["is_published"].map({True: say("yes"), False: ""}),
        }
    )
    words = {"metric": say.name(metric), "task": say.name(task)}
    return Figure(
        f"metric-{task}-{metric}".replace("@", "-at-").replace("_", "-"),
        MODEL,
        say("{metric}, {task}", **words),
        "",
        say("Bars of {metric} for the {task}, one a model, with 95% intervals over people.",
            **words),
        charts.metric_bars(bars, say),
        table,
        narrow=True,
    )  # fmt: skip


def loss_figures(inputs: ReportInputs) -> list[Figure]:
    """Training and validation loss."""
    say = inputs.say
    curves = inputs.curves.dropna(subset=["train_loss", "val_loss"])
    if not len(curves):
        return []
    best = curves.nsmallest(1, "val_loss").iloc[0]
    table = pd.DataFrame(
        {
            say("Epoch"): curves["epoch"].astype(int),
            say("Training loss"): curves["train_loss"].map(wording.decimals),
            say("Validation loss"): curves["val_loss"].map(wording.decimals),
        }
    )
    return [
        Figure(
            "loss",
            MODEL,
            say("Training"),
            say(
                "{n} epochs; the checkpoint is the best on validation, epoch {best} with a loss of "
                "{loss}.",
                n=len(curves), best=int(best["epoch"]), loss=f"{best['val_loss']:.3f}",
            ),
            say("Lines of training and validation loss by epoch."),
            charts.loss_curve(curves[["epoch", "train_loss", "val_loss"]], say),
            table,
        )
    ]  # fmt: skip
