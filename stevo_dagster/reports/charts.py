"""The charts of a release, in Altair: the same ones on the page and as PNG metadata.

Here belongs one function a chart, from a prepared frame to a chart, and ``png``. Preparing the
frames (k-anonymity, choice of rows) belongs to ``people`` and ``sections``; the map to ``maps``.
"""

from __future__ import annotations

import json
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

from stevo_dagster.reports.language import CHINESE, Say
from stevo_dagster.reports.theme import PNG_FONT, chart_config
from stevo_dagster.reports.wording import weekdays

Chart = alt.Chart | alt.LayerChart | alt.FacetChart
PNG_WIDTH = 680
GAP = alt.Scale(paddingInner=0.06)


def records(frame: pd.DataFrame) -> alt.Data:
    """The rows of a frame as inline data; dates become ISO text, missing values null."""
    values = json.loads(frame.to_json(orient="records", date_format="iso", default_handler=str))
    return alt.Data(values=values)


def tip(field: str, title: str, form: str | None = None) -> alt.Tooltip:
    """A line of a tooltip."""
    return alt.Tooltip(field, title=title, format=form) if form else alt.Tooltip(field, title=title)


def hour_axis(say: Say) -> alt.Axis:
    """An hour axis labelled every three hours."""
    return alt.Axis(
        title=say("Local hour"), labelAngle=0, ticks=False, domain=False, grid=False,
        labelExpr="toNumber(datum.value) % 3 == 0 ? datum.label : ''",
    )  # fmt: skip


def week_hours(hours: pd.DataFrame, say: Say) -> Chart:
    """Heat map of events by weekday and local hour (weekday, hour, width, events, users)."""
    names = weekdays(say)
    named = hours.assign(weekday=[names[int(day) - 1] for day in hours["weekday"]])
    return (
        alt.Chart(records(named))
        .mark_rect(cornerRadius=2)
        .encode(
            x=alt.X("hour:O", axis=hour_axis(say), scale=GAP),
            y=alt.Y(
                "weekday:O",
                sort=weekdays(say),
                scale=GAP,
                axis=_bare(),
            ),
            color=alt.Color("events:Q", title=say("Events"), legend=_gradient()),
            tooltip=[_day(say), _hour(say), tip("events:Q", say("events"), ",")],
        )
        .properties(width="container", height=7 * 30)
    )


def type_hours(hours: pd.DataFrame, say: Say) -> Chart:
    """Heat map of each event type's own day (event_type in order, hour, share of its events)."""
    order = list(dict.fromkeys(hours["event_type"]))
    return (
        alt.Chart(records(hours))
        .mark_rect(cornerRadius=2)
        .encode(
            x=alt.X("hour:O", axis=hour_axis(say), scale=GAP),
            y=alt.Y("event_type:N", sort=order, scale=GAP, axis=_bare()),
            color=alt.Color("share:Q", title=say("Share of its day"), legend=_gradient(".0%")),
            tooltip=[_type(say), _hour(say), tip("share:Q", say("share"), ".1%")],
        )
        .properties(width="container", height=30 * len(order))
    )


def calendar(days: pd.DataFrame, say: Say) -> Chart:
    """Calendar heat map: weeks across, weekdays down; holidays are outlined.

    ``days``: week (ISO Monday), weekday (Mon..), day, events, holiday (name or empty).
    """
    weeks = sorted(days["week"].unique())
    # a month is named at the week that holds its first day
    sunday = "timeOffset('day', toDate(datum.value + 'T12:00:00'), 6)"
    form = "%-m月" if say.language == CHINESE else "%b"
    month, first = f"timeFormat({sunday}, '{form}')", f"date({sunday}) <= 7"
    base = alt.Chart(records(days)).encode(
        x=alt.X(
            "week:O",
            scale=alt.Scale(domain=weeks, paddingInner=0.08),
            axis=alt.Axis(
                title=None, ticks=False, domain=False, labelAngle=0, labelOverlap=False,
                labelExpr=f"{first} || datum.index == 0 ? {month} : ''",
            ),
        ),
        y=alt.Y(
            "weekday:O",
            sort=weekdays(say),
            scale=GAP,
            axis=_bare(),
        ),
        tooltip=[
            tip("day:N", say("day")), tip("events:Q", say("events"), ","),
            tip("holiday:N", say("holiday")),
        ],
    )  # fmt: skip
    cells = base.mark_rect(cornerRadius=2).encode(
        color=alt.Color("events:Q", title=say("Events a day"), legend=_gradient())
    )
    holidays = base.mark_rect(style="mark-outline", cornerRadius=2).transform_filter(
        "datum.holiday != ''"
    )
    return alt.layer(cells, holidays).properties(width="container", height=7 * 24)


def loss_curve(curves: pd.DataFrame, say: Say) -> Chart:
    """Training and validation loss by epoch, with the best epoch marked."""
    long = curves.melt("epoch", ["train_loss", "val_loss"], "curve", "loss")
    long["curve"] = long["curve"].map(
        {"train_loss": say("training"), "val_loss": say("validation")}
    )
    best = curves.loc[[curves["val_loss"].idxmin()], ["epoch", "val_loss"]]
    lines = (
        alt.Chart(records(long))
        .mark_line(point=alt.OverlayMarkDef(filled=True, size=30))
        .encode(
            x=alt.X(
                "epoch:Q", title=say("Epoch"), axis=alt.Axis(grid=False, tickMinStep=1, format="d")
            ),
            y=alt.Y("loss:Q", title=say("Loss"), scale=alt.Scale(zero=False)),
            color=alt.Color(
                "curve:N", title=None, legend=alt.Legend(orient="top", symbolType="stroke")
            ),
            tooltip=[
                tip("curve:N", say("curve")),
                tip("epoch:Q", say("epoch")),
                tip("loss:Q", say("loss"), ".4f"),
            ],
        )
    )
    marked = alt.Chart(records(best)).encode(x="epoch:Q", y="val_loss:Q")
    ring = marked.mark_point(style="mark-outline", size=160, shape="circle")
    label = marked.mark_text(style="label", dy=-16).encode(text=alt.value(say("best")))
    return alt.layer(lines, ring, label).properties(width="container", height=260)


def experiment_history(known: pd.DataFrame, say: Say) -> Chart:
    """Acc@1 with its interval over experiments (number, acc1, acc1_low, acc1_high, model_version,
    best_baseline_acc1), the best baseline's as a line below.
    """
    base = alt.Chart(records(known)).encode(
        x=alt.X(
            "number:O",
            title=say("Experiment"),
            axis=alt.Axis(grid=False, labelAngle=0, ticks=False),
        )
    )
    y = alt.Y("acc1:Q", title="Acc@1", scale=alt.Scale(zero=False))
    interval = base.mark_rule(style="interval").encode(y="acc1_low:Q", y2="acc1_high:Q")
    point = base.mark_point(filled=True, size=60).encode(
        y=y, tooltip=["number:O", "model_version:N", alt.Tooltip("acc1:Q", format=".4f")]
    )
    floor = base.mark_tick(style="quiet", thickness=2).encode(
        y="best_baseline_acc1:Q",
        tooltip=["best_baseline:N", alt.Tooltip("best_baseline_acc1:Q", format=".4f")],
    )
    return alt.layer(interval, floor, point).properties(width="container", height=220)


def metric_bars(rows: pd.DataFrame, say: Say) -> Chart:
    """One metric, a bar a model with its interval (model, value, ci_low, ci_high, is_published)."""
    order = list(rows.sort_values("value", ascending=False)["model"])
    y = alt.Y("model:N", sort=order, axis=_bare())
    top = float(rows[["value", "ci_high"]].max().max())
    x = alt.X(
        "value:Q",
        scale=alt.Scale(domain=[0, max(top * 1.22, 0.01)], nice=False),
        axis=alt.Axis(title=None, tickCount=4, domain=False),
    )
    numbers = (
        ("value", say("value")), ("ci_low", say("at least")), ("ci_high", say("at most")),
    )  # fmt: skip
    tooltip = [tip("model:N", say("model"))]
    tooltip += [tip(f"{field}:Q", title, ".3f") for field, title in numbers]
    base = alt.Chart(records(rows)).encode(y=y, tooltip=tooltip)
    bars = [
        base.mark_bar(style=style, cornerRadiusEnd=3, height={"band": 0.68})
        .encode(x=x)
        .transform_filter(test)
        for style, test in (
            ("emphasis", "datum.is_published"),
            ("quiet", "!datum.is_published"),
        )
    ]
    interval = base.mark_rule(style="interval").encode(x="ci_low:Q", x2="ci_high:Q")
    far = "isValid(datum.ci_high) ? max(datum.ci_high, datum.value) : datum.value"
    label = (
        base.transform_calculate(label_at=far)
        .mark_text(style="label", align="left", dx=7)
        .encode(x="label_at:Q", text=alt.Text("value:Q", format=".3f"))
    )
    return alt.layer(*bars, interval, label).properties(width="container", height=28 * len(rows))


def correlation_matrix(pairs: pd.DataFrame, say: Say) -> Chart:
    """Pearson's r of event types in the same hour (a, b, r, supported); faint if unsupported."""
    names = list(dict.fromkeys([*pairs["a"], *pairs["b"]]))
    bound = max(float(pairs["r"].abs().max()), 0.2)
    base = alt.Chart(records(pairs)).encode(
        href="row:N",
        x=alt.X("a:N", sort=names, axis=_bare(labelAngle=-40)),
        y=alt.Y("b:N", sort=names, axis=_bare()),
        tooltip=[
            tip("a:N", say("first")),
            tip("b:N", say("second")),
            tip("r:Q", say("Pearson's r"), ".3f"),
            tip("q:Q", "q", ".2g"),
        ],
    )
    cells = base.mark_rect(cornerRadius=2).encode(
        color=alt.Color(
            "r:Q",
            title=say("Pearson's r"),
            scale=alt.Scale(domain=[-bound, bound], domainMid=0),
            legend=_gradient(".2f"),
        )
    )
    strong = f"abs(datum.r) > {bound * 0.55}"
    numbers = [
        base.mark_text(style=style)
        .encode(text=alt.Text("r:Q", format=".2f"))
        .transform_filter(f"datum.supported && {test}")
        for style, test in (("label-on-strong", strong), ("label", f"!({strong})"))
    ]
    height = 38 * pairs["b"].nunique()
    return alt.layer(cells, *numbers).properties(width="container", height=height)


def lag_plot(rows: pd.DataFrame, say: Say) -> Chart:
    """Correlation at every lag (pair, lag_hours, statistic, supported), one line a pair."""
    sign = "datum.value > 0 ? '+' + datum.label : datum.label"
    base = alt.Chart(records(rows)).encode(
        x=alt.X(
            "lag_hours:Q",
            title=say("Hours from the first to the second"),
            scale=alt.Scale(nice=False),
            axis=alt.Axis(
                grid=False, values=list(range(-48, 49, 12)), labelExpr=sign, labelOverlap=True
            ),
        ),
        y=alt.Y("statistic:Q", title=say("Correlation")),
        color=alt.Color(
            "pair:N",
            title=None,
            legend=alt.Legend(orient="top", columns=1, labelLimit=320, symbolType="stroke"),
        ),
        href="row:N",
        tooltip=[
            tip("pair:N", say("pair")), tip("lag_hours:Q", say("hours")),
            tip("statistic:Q", say("correlation"), ".3f"), tip("q_value:Q", "q", ".2g"),
        ],
    )  # fmt: skip
    zero = alt.Chart(alt.Data(values=[{"zero": 0}])).mark_rule(style="baseline").encode(y="zero:Q")
    lines = base.mark_line(strokeWidth=1.75)
    shown = alt.when("datum.supported").then(alt.value(1)).otherwise(alt.value(0))
    points = base.mark_point(filled=True, size=70).encode(opacity=shown)
    return alt.layer(zero, lines, points).properties(width="container", height=280)


def distance_hours(rows: pd.DataFrame, say: Say) -> Chart:
    """Kilometres farther from the centre than on the rest of the day (hour, effect, supported)."""
    base = alt.Chart(records(rows)).encode(
        x=alt.X("hour:O", axis=hour_axis(say)),
        y=alt.Y("effect:Q", title=say("Kilometres farther out")),
        tooltip=[
            _hour(say),
            tip("effect:Q", say("kilometres"), "+.2f"),
            tip("q_value:Q", "q", ".2g"),
        ],
    )
    zero = alt.Chart(alt.Data(values=[{"zero": 0}])).mark_rule(style="baseline").encode(y="zero:Q")
    bars = [
        base.mark_bar(style=style, cornerRadius=2).transform_filter(test)
        for style, test in (("emphasis", "datum.supported"), ("quiet", "!datum.supported"))
    ]
    return alt.layer(*bars, zero).properties(width="container", height=220)


def cycles(rows: pd.DataFrame, say: Say) -> Chart:
    """Share of the variation that repeats (name, cycle, statistic, peak, q, supported)."""
    order = list(dict.fromkeys(rows.sort_values("statistic", ascending=False)["name"]))
    base = alt.Chart(records(rows)).encode(
        y=alt.Y("name:N", sort=order, axis=_bare(labelLimit=220)),
        x=alt.X("statistic:Q", title=say("Share that repeats"), axis=alt.Axis(format=".0%")),
        color=alt.Color("cycle:N", title=None, legend=alt.Legend(orient="top", columns=1)),
        opacity=alt.when("datum.supported").then(alt.value(1)).otherwise(alt.value(0.35)),
        href="row:N",
        tooltip=[
            tip("name:N", say("subject")), tip("cycle:N", say("cycle")),
            tip("statistic:Q", say("share"), ".1%"), tip("peak:N", say("busiest")),
            tip("q:Q", "q", ".2g"),
        ],
    )  # fmt: skip
    points = base.mark_point(filled=True, size=110)
    return points.properties(width="container", height=26 * len(order))


def forecast_fan(days: pd.DataFrame, series: str, say: Say) -> Chart:
    """One series at a time: what was (events) and what is expected (mean, low, high), by day.

    ``days``: series, day, events, mean, low, high; the parameter ``series`` chooses.
    """
    base = (
        alt.Chart(records(days))
        .add_params(alt.param(name="series", value=series))
        .transform_filter("datum.series == series")
        .encode(x=alt.X("day:T", title=None, axis=alt.Axis(grid=False, format=_day_form(say))))
    )
    y = alt.Y("events:Q", title=say("Events a day"))
    fan = base.mark_area(style="fan").encode(
        y="low:Q", y2="high:Q",
        tooltip=[
            tip("day:T", say("day"), "%Y-%m-%d"), tip("mean:Q", say("expected"), ",.0f"),
            tip("low:Q", say("at least"), ",.0f"), tip("high:Q", say("at most"), ",.0f"),
        ],
    )  # fmt: skip
    expected = base.mark_line(style="emphasis-line", strokeDash=[5, 4]).encode(y="mean:Q")
    truth = base.mark_line(style="truth").encode(y=y)
    points = base.mark_point(style="truth-point", filled=True, size=30).encode(
        y=y,
        tooltip=[tip("day:T", say("day"), "%Y-%m-%d"), tip("events:Q", say("events"), ",")],
    )
    return alt.layer(fan, expected, truth, points).properties(width="container", height=260)


def specification(chart: Chart) -> dict[str, Any]:
    """The Vega-Lite specification without configuration: the theme is added where it is drawn.

    It is not checked against the schema here, which would look at every row; tests do that.
    """
    spec: dict[str, Any] = chart.to_dict(validate=False)
    spec.pop("config", None)
    return spec


def png(chart: Chart, width: int = PNG_WIDTH) -> bytes:
    """The chart as PNG in the light theme on white, ``width`` pixels of plot at double density."""
    spec = specification(chart)
    spec["width"] = width
    config = chart_config(font=PNG_FONT) | {"background": "#ffffff", "padding": 16}
    return bytes(vl_convert.vegalite_to_png(spec, scale=2, config=config))


def _gradient(form: str = "~s") -> alt.Legend:
    """A slim horizontal legend above the chart."""
    return alt.Legend(
        orient="top", gradientLength=140, gradientThickness=8, format=form, titleOrient="left",
        titlePadding=10, tickCount=3,
    )  # fmt: skip


def _bare(**changes: Any) -> alt.Axis:
    """An axis of labels alone."""
    return alt.Axis(title=None, ticks=False, domain=False, **changes)


def _day_form(say: Say) -> str:
    """How an axis writes a day."""
    return "%-m月%-d日" if say.language == CHINESE else "%-d %b"


def _day(say: Say) -> alt.Tooltip:
    """A tooltip's weekday."""
    return tip("weekday:O", say("weekday"))


def _hour(say: Say) -> alt.Tooltip:
    """A tooltip's hour."""
    return tip("hour:O", say("hour"))


def _type(say: Say) -> alt.Tooltip:
    """A tooltip's event type."""
    return tip("event_type:N", say("event type"))
