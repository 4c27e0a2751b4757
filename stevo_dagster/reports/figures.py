"""Every figure of a report: its chart, its words and the table that says the same.

Here belong the choice and order of figures and the preparation of their rows. ``figures`` serves
the page and, through ``charts.png``, the metadata of the assets.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from stevo_dagster.reports import charts, maps, wording
from stevo_dagster.reports.correlations import leads, strongest
from stevo_dagster.reports.inputs import ReportInputs
from stevo_dagster.reports.people import anonymous_hours

WHEN, WHERE, RELATIONS, MODEL = "when", "where", "relations", "model"
MAX_WEEKS = 106
MAX_LAG_PAIRS = 3
TOP_CELLS = 25


@dataclass(frozen=True)
class Figure:
    """A chart with its title, what to see in it (``lead``), alternative text and table.

    ``narrow`` figures stand side by side on wide screens. ``table`` has plain column names and is
    shown on demand, for readers who cannot use the chart.
    """

    id: str
    section: str
    title: str
    lead: str
    description: str
    chart: charts.Chart
    table: pd.DataFrame = field(repr=False)
    narrow: bool = False


def figures(inputs: ReportInputs) -> list[Figure]:
    """All figures for which there are data that may be shown, in the order of the page."""
    found = [
        *_week_hours(inputs),
        *_type_hours(inputs),
        *_calendar(inputs),
        *_map(inputs),
        *_matrix(inputs),
        *_lags(inputs),
        *_distance(inputs),
        *_metrics(inputs),
        *_loss(inputs),
    ]
    return found


def week_hours(inputs: ReportInputs) -> pd.DataFrame:
    """Anonymous events by weekday and block of local hours."""
    return anonymous_hours(inputs.person_hours, ["weekday"], inputs.k)


def _block(hours: pd.DataFrame) -> str:
    """A sentence on the width of the blocks when hours had to be pooled."""
    width = int(hours["width"].iloc[0])
    return "" if width == 1 else f" Hours are pooled by {width}, so that no group is too small."


def _week_hours(inputs: ReportInputs) -> list[Figure]:
    hours = week_hours(inputs)
    if not len(hours):
        return []
    table = hours.pivot_table(index="hour", columns="weekday", values="events", aggfunc="sum")
    table.columns = [charts.WEEKDAYS[int(day) - 1] for day in table.columns]
    table.index = [f"{int(hour):02d}:00" for hour in table.index]
    return [
        Figure(
            "week-hours",
            WHEN,
            "The usual week",
            wording.busiest(hours) + _block(hours),
            "Heat map of the number of events by weekday and local hour.",
            charts.week_hours(hours),
            table.rename_axis("Local hour").reset_index(),
        )
    ]


def _type_hours(inputs: ReportInputs) -> list[Figure]:
    hours = anonymous_hours(inputs.person_hours, ["event_type"], inputs.k)
    if not len(hours):
        return []
    total = hours.groupby("event_type")["events"].transform("sum")
    hours = hours.assign(share=hours["events"] / total)
    peaks = hours.loc[hours.groupby("event_type")["share"].idxmax()]
    words = [
        f"{wording.events_of(row['event_type'])} at {int(row['hour']):02d}:00"
        for row in peaks.sort_values("events", ascending=False).head(3).to_dict("records")
    ]
    table = hours.pivot_table(index="hour", columns="event_type", values="share", aggfunc="sum")
    table = table.map(lambda value: f"{value:.1%}" if pd.notna(value) else "–")
    table.index = [f"{int(hour):02d}:00" for hour in table.index]
    return [
        Figure(
            "type-hours",
            WHEN,
            "Each kind of event has its own day",
            f"Each row adds up to 100%. Peaks: {', '.join(words)}." + _block(hours),
            "Heat map of the share of each event type's events by local hour.",
            charts.type_hours(hours.assign(event_type=hours["event_type"].map(wording.plain))),
            table.rename_axis("Local hour").reset_index(),
        )
    ]


def _calendar(inputs: ReportInputs) -> list[Figure]:
    frame = inputs.calendar.assign(day=pd.to_datetime(inputs.calendar["day"]))
    shown = frame[frame["users"] >= inputs.k].sort_values("day")
    if not len(shown):
        return []
    monday = shown["day"] - pd.to_timedelta(shown["day"].dt.day_of_week, unit="D")
    recent = monday >= monday.max() - pd.Timedelta(weeks=MAX_WEEKS - 1)
    holiday = shown["is_holiday"].eq(True)
    days = pd.DataFrame(
        {
            "week": monday.dt.strftime("%Y-%m-%d"),
            "weekday": [charts.WEEKDAYS[day] for day in shown["day"].dt.day_of_week],
            "day": shown["day"].dt.strftime("%Y-%m-%d"),
            "events": shown["events"].astype(int),
            "holiday": shown["holiday_name"].where(shown["holiday_name"].notna(), "holiday")
            .where(holiday, ""),
        }
    )[recent]  # fmt: skip
    hidden = len(frame) - len(shown)
    lead = f"{len(days):,} days, {days['day'].min()} to {days['day'].max()}."
    lead += (
        " Holidays are outlined." if (days["holiday"] != "").any() else " No holiday among them."
    )
    if hidden:
        lead += f" {hidden:,} days with fewer than {inputs.k} people are left out."
    table = days[["day", "weekday", "events", "holiday"]]
    table = table.set_axis(["Day", "Weekday", "Events", "Holiday"], axis=1)
    return [
        Figure(
            "calendar",
            WHEN,
            "Day by day",
            lead,
            "Calendar heat map of events a day, weeks from left to right, weekdays from top down.",
            charts.calendar(days),
            table,
        )
    ]


def _map(inputs: ReportInputs) -> list[Figure]:
    cells = maps.map_cells(inputs.visits, inputs.k)
    if not len(cells):
        return []
    top = cells.nlargest(TOP_CELLS, "density")
    table = pd.DataFrame(
        {
            "H3 cell": top["cell"],
            "Events": top["events"].map(wording.compact),
            "People": top["users"].map(wording.compact),
            "Events a km²": top["density"].map(wording.compact),
        }
    )
    outside = len(cells) - len(maps.in_frame(cells))
    placed = float(inputs.visits["events"].sum())
    lead = (
        f"{len(cells):,} hexagons with at least {inputs.k} people each hold "
        f"{wording.share(float(cells['events'].sum()), placed)} of the placed events. Cells with "
        "fewer people are pooled into larger hexagons beneath."
    )
    if outside:
        lead += f" {outside:,} far hexagons lie outside the frame."
    return [
        Figure(
            "map",
            WHERE,
            "Where things happen",
            lead,
            f"Map of hexagons shaded by events per square kilometre; the {len(top)} densest are "
            "in the table.",
            maps.hexagon_map(cells),
            table,
        )
    ]


def _names(frame: pd.DataFrame) -> pd.DataFrame:
    """Subjects a and b in words."""
    return frame.assign(
        a=frame["subject_a"].map(wording.subject), b=frame["subject_b"].map(wording.subject)
    )


def _of_types(table: pd.DataFrame) -> pd.DataFrame:
    """Rows whose two subjects are event types."""
    prefix = "event_type:"
    return table[
        table["subject_a"].str.startswith(prefix) & table["subject_b"].str.startswith(prefix)
    ]


def _matrix(inputs: ReportInputs) -> list[Figure]:
    rows = _of_types(inputs.correlations)
    rows = _names(rows[rows["kind"] == "pearson"])
    if not len(rows):
        return []
    pairs = pd.DataFrame(
        {
            "a": rows["a"],
            "b": rows["b"],
            "r": rows["statistic"],
            "q": rows["q_value"],
            "supported": rows["q_value"] < 0.05,
        }
    )
    supported = int(pairs["supported"].sum())
    table = pd.DataFrame(
        {
            "First": pairs["a"],
            "Second": pairs["b"],
            "Pearson's r": pairs["r"].map(wording.decimals),
            "q": pairs["q"].map(wording.p_text),
        }
    )
    return [
        Figure(
            "type-correlations",
            RELATIONS,
            "In the same hour",
            f"Event types beyond their usual week. {supported} of {len(pairs)} pairs are "
            "supported (q < 0.05); these carry a number.",
            "Matrix of the correlations of event types in the same hour.",
            charts.correlation_matrix(pairs),
            table,
            narrow=True,
        )
    ]


def _lags(inputs: ReportInputs) -> list[Figure]:
    rows = _of_types(inputs.correlations)
    rows = rows[rows["kind"].isin(["lagged", "pearson"])]
    if not len(rows):
        return []
    keys = ["subject_a", "subject_b"]
    claims = pd.concat([leads(rows), strongest(rows)])[keys].drop_duplicates().head(MAX_LAG_PAIRS)
    if not len(claims):
        claims = rows.loc[[rows["statistic"].abs().idxmax()], keys]
    chosen = _names(rows.merge(claims, on=keys)).sort_values([*keys, "lag_hours"])
    chosen["pair"] = chosen["a"] + " → " + chosen["b"]
    chosen["supported"] = chosen["q_value"] < 0.05
    peaks = chosen.loc[chosen.groupby("pair")["statistic"].apply(lambda r: r.abs().idxmax())]
    some = bool(chosen["supported"].any())
    table = pd.DataFrame(
        {
            "Pair": peaks["pair"],
            "Strongest at (hours)": peaks["lag_hours"].map("{:+d}".format),
            "Correlation": peaks["statistic"].map(wording.decimals),
            "q": peaks["q_value"].map(wording.p_text),
        }
    )
    lead = "Dots are supported (q < 0.05)." if some else "No lag is supported (q < 0.05)."
    return [
        Figure(
            "lags",
            RELATIONS,
            "Before and after",
            f"{lead} To the right of zero the second follows the first, to the left it leads.",
            "Lines of the correlation of pairs of event types at lags from 48 hours before to 48 "
            "hours after.",
            charts.lag_plot(chosen[["pair", "lag_hours", "statistic", "q_value", "supported"]]),
            table,
            narrow=True,
        )
    ]


def _distance(inputs: ReportInputs) -> list[Figure]:
    table = inputs.correlations
    rows = table[
        (table["kind"] == "space_time")
        & (table["subject_b"] == "space:distance_km")
        & table["subject_a"].str.contains(":")
    ]
    if not len(rows):
        return []
    hours = pd.DataFrame(
        {
            "hour": rows["subject_a"].str.partition(":")[2].astype(int),
            "effect": rows["effect"],
            "q_value": rows["q_value"],
            "supported": rows["q_value"] < 0.05,
        }
    ).sort_values("hour")
    shown = pd.DataFrame(
        {
            "Local hour": hours["hour"].map("{:02d}:00".format),
            "Kilometres farther out": hours["effect"].map("{:+.2f}".format),
            "q": hours["q_value"].map(wording.p_text),
        }
    )
    return [
        Figure(
            "distance-hours",
            RELATIONS,
            "Farther out, closer in",
            "Mean distance from the centre of activity in each hour, against the rest of the same "
            "day. Pale bars are not supported.",
            "Bars of how much farther from the centre events are in each local hour.",
            charts.distance_hours(hours),
            shown,
        )
    ]


def scored(evaluation: pd.DataFrame) -> pd.DataFrame:
    """The rows to show: the test split when there is one, all instances, no paired differences."""
    rows = evaluation[~evaluation["metric"].astype(str).str.contains("_minus_")]
    splits = list(rows["split"].unique())
    split = "test" if "test" in splits or not splits else splits[0]
    return rows[(rows["split"] == split) & (rows["segment"] == "all")]


def _metrics(inputs: ReportInputs) -> list[Figure]:
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


def _loss(inputs: ReportInputs) -> list[Figure]:
    curves = inputs.curves.dropna(subset=["train_loss", "val_loss"])
    if not len(curves):
        return []
    best = curves.loc[curves["val_loss"].idxmin()]
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
