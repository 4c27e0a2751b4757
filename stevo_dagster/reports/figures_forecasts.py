"""Figures of forecasts: fans of the days to come after what was."""

from __future__ import annotations

import pandas as pd

from stevo_dagster.reports import charts, wording
from stevo_dagster.reports.figure import FORECASTS, Control, Figure
from stevo_dagster.reports.inputs import ReportInputs
from stevo_dagster.reports.language import Say

# Days of the past that are drawn before the fan.
HISTORY = 42
EVERYWHERE = "all"


def fan_figures(inputs: ReportInputs) -> list[Figure]:
    """The week to come of each event type, in all places."""
    say = inputs.say
    rows = inputs.forecasts[inputs.forecasts["cell"] == EVERYWHERE]
    if not len(rows):
        return []
    kinds = list(rows.groupby("event_type")["mean"].sum().sort_values(ascending=False).index)
    days = pd.concat([_past(inputs.activity_days, rows), _future(rows)], ignore_index=True)
    judged = rows.drop_duplicates("event_type")
    lead = say(
        "The dashed line is expected, the band should hold the day nine times in ten; it held "
        "{held} of the days of earlier weeks on average. The mean error there (MASE) was {mase}; "
        "repeating the week before had {naive}.",
        held=f"{judged['coverage'].mean():.0%}",
        mase=f"{judged['mase'].mean():.2f}",
        naive=f"{judged['naive_mase'].mean():.2f}",
    )
    choices = tuple((kind, say.name(kind)) for kind in kinds)
    return [
        Figure(
            "forecast",
            FORECASTS,
            say("The week to come"),
            lead,
            say("Line of events a day and, after it, the expected days with a band of 90%."),
            charts.forecast_fan(days, kinds[0], say),
            _table(inputs.forecasts, say),
            controls=(Control("series", say("Kind of event"), choices),),
        )
    ]


def _past(days: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The last whole days of each type that is forecast (series, day, events)."""
    first = rows["day"].min()
    known = days[days["event_type"].isin(rows["event_type"]) & days["events"].notna()]
    known = known[(known["day"] < first) & (known["day"] >= first - pd.Timedelta(days=HISTORY))]
    return pd.DataFrame(
        {"series": known["event_type"], "day": known["day"], "events": known["events"].astype(int)}
    )


def _future(rows: pd.DataFrame) -> pd.DataFrame:
    """The days to come (series, day, mean, low, high)."""
    named = rows.rename(columns={"event_type": "series"})[["series", "day", "mean", "low", "high"]]
    return named.round({"mean": 1, "low": 1, "high": 1})


def _table(rows: pd.DataFrame, say: Say) -> pd.DataFrame:
    """Every series that is forecast, cells too, and how well its method did."""
    summed = rows.groupby(["event_type", "cell", "model"], as_index=False).agg(
        mean=("mean", "sum"), mase=("mase", "first"), naive=("naive_mase", "first"),
        coverage=("coverage", "first"), origins=("n_origins", "first"),
    )  # fmt: skip
    place = [
        say("all places") if cell == EVERYWHERE else say("cell {cell}", cell=cell)
        for cell in summed["cell"]
    ]
    return pd.DataFrame(
        {
            say("Kind of event"): summed["event_type"].map(say.name),
            say("Where"): place,
            say("Method"): summed["model"].map(say.name),
            say("Events in the week"): summed["mean"].map(wording.compact),
            say("Error (MASE)"): summed["mase"].map(wording.decimals),
            say("Error of the week before"): summed["naive"].map(wording.decimals),
            say("Held by the band"): summed["coverage"].map("{:.0%}".format),
            say("Weeks tested"): summed["origins"].astype(int),
        }
    )
