"""Figures of the model: metrics against baselines and the loss curve."""

from __future__ import annotations

import pandas as pd

from stevo_dagster.reports import charts, wording
from stevo_dagster.reports.figure import MODEL, Figure
from stevo_dagster.reports.inputs import ReportInputs


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
    for task in [task for task in wording.TASK_NAMES if task in set(rows["task"])]:
        of_task = rows[rows["task"] == task]
        wanted = ("acc@1", "acc@10", "mrr", "ndcg@10") if "place" in task else ("acc@1", "mrr")
        for metric in [metric for metric in wanted if metric in set(of_task["metric"])]:
            found.append(_metric_figure(of_task[of_task["metric"] == metric], task, metric, name))
    return found


def _metric_figure(rows: pd.DataFrame, task: str, metric: str, published: str) -> Figure:
    """One metric of one task, all models."""
    rows = rows.sort_values("value", ascending=False)
    bars = pd.DataFrame(
        {
            "model": rows["model"].map(wording.model_name),
            "value": rows["value"],
            "ci_low": rows["ci_low"],
            "ci_high": rows["ci_high"],
            "is_published": rows["model"] == published,
        }
    )
    table = pd.DataFrame(
        {
            "Model": bars["model"],
            "Value (95% interval)": [wording.interval(row) for _, row in rows.iterrows()],
            "n": rows["n"].map(wording.compact),
            "Published": bars["is_published"].map({True: "yes", False: ""}),
        }
    )
    title = wording.METRIC_NAMES.get(metric, metric)
    what = wording.TASK_NAMES[task]
    return Figure(
        f"metric-{task}-{metric}".replace("@", "-at-").replace("_", "-"),
        MODEL,
        f"{title}, {what}",
        "",
        f"Bars of {title} for the {what}, one a model, with 95% intervals over people.",
        charts.metric_bars(bars),
        table,
        narrow=True,
    )


def loss_figures(inputs: ReportInputs) -> list[Figure]:
    """Training and validation loss."""
    curves = inputs.curves.dropna(subset=["train_loss", "val_loss"])
    if not len(curves):
        return []
    best = curves.nsmallest(1, "val_loss").iloc[0]
    table = pd.DataFrame(
        {
            "Epoch": curves["epoch"].astype(int),
            "Training loss": curves["train_loss"].map(wording.decimals),
            "Validation loss": curves["val_loss"].map(wording.decimals),
        }
    )
    return [
        Figure(
            "loss",
            MODEL,
            "Training",
            f"{len(curves)} epochs; the checkpoint is the best on validation, epoch "
            f"{int(best['epoch'])} with a loss of {best['val_loss']:.3f}.",
            "Lines of training and validation loss by epoch.",
            charts.loss_curve(curves[["epoch", "train_loss", "val_loss"]]),
            table,
        )
    ]
