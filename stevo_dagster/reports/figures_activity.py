"""Figures of activity: the usual week, each type's day, the calendar and the cycles.

Here belong the rows behind these charts and their words; drawing is for ``charts``.
"""

from __future__ import annotations

import pandas as pd

from stevo_dagster.reports import charts, wording
from stevo_dagster.reports.activity import ALL, ANY_WEEKDAY
from stevo_dagster.reports.figure import WHEN, Figure, row_links
from stevo_dagster.reports.inputs import ReportInputs
from stevo_dagster.reports.language import Say

MAX_WEEKS = 106
MAX_CYCLES = 24


def week_hours(inputs: ReportInputs) -> pd.DataFrame:
    """Events by weekday and block of local hours."""
    hours = inputs.activity_hours
    return hours[(hours["event_type"] == ALL) & (hours["weekday"] != ANY_WEEKDAY)]


def _block(hours: pd.DataFrame, say: Say) -> str:
    """A sentence on the width of the blocks when hours had to be pooled."""
    width = int(hours["width"].max())
    if width == 1:
        return ""
    return " " + say("Hours are pooled by up to {n}, so that no group is too small.", n=width)


def week_hours_figures(inputs: ReportInputs) -> list[Figure]:
    """Events by weekday and local hour."""
    hours, say = week_hours(inputs), inputs.say
    if not len(hours):
        return []
    table = hours.pivot_table(index="hour", columns="weekday", values="events", aggfunc="sum")
    table.columns = [wording.weekdays(say)[int(day) - 1] for day in table.columns]
    table.index = [f"{int(hour):02d}:00" for hour in table.index]
    return [
        Figure(
            "week-hours",
            WHEN,
            say("The usual week"),
            wording.busiest(hours, say) + _block(hours, say),
            say("Heat map of the number of events by weekday and local hour."),
            charts.week_hours(hours, say),
            table.rename_axis(say("Local hour")).reset_index(),
        )
    ]


def type_hours_figures(inputs: ReportInputs) -> list[Figure]:
    """Each event type's own day."""
    hours, say = inputs.activity_hours, inputs.say
    hours = hours[(hours["event_type"] != ALL) & (hours["weekday"] == ANY_WEEKDAY)]
    if not len(hours):
        return []
    total = hours.groupby("event_type")["events"].transform("sum")
    hours = hours.assign(share=hours["events"] / total)
    peaks = hours.loc[hours.groupby("event_type")["share"].idxmax()]
    words = [
        say("{events} at {hour}:00", events=say.events_of(row["event_type"]),
            hour=f"{int(row['hour']):02d}")
        for row in peaks.sort_values("events", ascending=False).head(3).to_dict("records")
    ]  # fmt: skip
    named = hours.assign(event_type=hours["event_type"].map(say.name))
    table = named.pivot_table(index="hour", columns="event_type", values="share", aggfunc="sum")
    table = table.map(lambda value: f"{value:.1%}" if pd.notna(value) else "–")
    table.index = [f"{int(hour):02d}:00" for hour in table.index]
    lead = say("Each row adds up to 100%. Peaks: {peaks}.", peaks=", ".join(words))
    return [
        Figure(
            "type-hours",
            WHEN,
            say("Each kind of event has its own day"),
            lead + _block(hours, say),
            say("Heat map of the share of each event type's events by local hour."),
            charts.type_hours(_plain_types(hours, say), say),
            table.rename_axis(say("Local hour")).reset_index(),
        )
    ]


def _plain_types(hours: pd.DataFrame, say: Say) -> pd.DataFrame:
    """What the chart needs: types in words, most frequent first, and shares."""
    total = hours.groupby("event_type")["events"].transform("sum")
    ordered = hours.iloc[(-total).argsort(kind="stable")]
    names = ordered["event_type"].map(say.name)
    return ordered.assign(event_type=names)[["event_type", "hour", "share"]]


def daily(inputs: ReportInputs) -> pd.DataFrame:
    """Events a day over all kinds that may be told (day, events, holiday), and no hidden days."""
    frame = inputs.activity_days
    frame = frame.assign(
        day=pd.to_datetime(frame["day"]),
        holiday=frame["holiday_name"].where(frame["is_holiday"].eq(True), ""),
    )
    summed = frame.groupby(["day", "holiday"])["events"].sum(min_count=1)
    return summed.dropna().reset_index().sort_values("day")


def calendar_figures(inputs: ReportInputs) -> list[Figure]:
    """Events a day on a calendar."""
    shown, say = daily(inputs), inputs.say
    if not len(shown):
        return []
    monday = shown["day"] - pd.to_timedelta(shown["day"].dt.day_of_week, unit="D")
    recent = monday >= monday.max() - pd.Timedelta(weeks=MAX_WEEKS - 1)
    names = wording.weekdays(say)
    days = pd.DataFrame(
        {
            "week": monday.dt.strftime("%Y-%m-%d"),
            "weekday": [names[day] for day in shown["day"].dt.day_of_week],
            "day": shown["day"].dt.strftime("%Y-%m-%d"),
            "events": shown["events"].astype(int),
            "holiday": shown["holiday"],
        }
    )[recent]
    table = days[["day", "weekday", "events", "holiday"]]
    columns = [say("Day"), say("Weekday"), say("Events"), say("Holiday")]
    return [
        Figure(
            "calendar",
            WHEN,
            say("Day by day"),
            _calendar_lead(days, inputs.activity_days["day"].nunique() - len(shown), inputs),
            say("Calendar heat map of events a day, weeks from left to right, weekdays from top "
                "down."),
            charts.calendar(days, say),
            table.set_axis(columns, axis=1),
        )
    ]  # fmt: skip


def _calendar_lead(days: pd.DataFrame, hidden: int, inputs: ReportInputs) -> str:
    """How many days there are, whether there are holidays, and what is left out."""
    say = inputs.say
    words = [
        say("{n} days, {first} to {last}.", n=f"{len(days):,}", first=days["day"].min(),
            last=days["day"].max()),
        say("Holidays are outlined.") if (days["holiday"] != "").any()
        else say("No holiday among them."),
    ]  # fmt: skip
    if hidden:
        words.append(say("{n} days with fewer than {k} people are left out.", n=f"{hidden:,}",
                         k=inputs.k))  # fmt: skip
    return " ".join(words)


def cycle_figures(inputs: ReportInputs) -> list[Figure]:
    """How much of each subject's variation repeats from day to day and from week to week."""
    say, rows = inputs.say, inputs.seasonality
    rows = rows[~rows["subject"].astype(str).str.startswith("cell:")]
    if not len(rows):
        return []
    strongest = rows.groupby("subject")["statistic"].max().nlargest(MAX_CYCLES).index
    rows = rows[rows["subject"].isin(strongest)]
    rows = rows.sort_values(["statistic", "subject"], ascending=[False, True])
    is_day = rows["period_hours"] == 24
    shown = pd.DataFrame(
        {
            "name": [wording.subject(one, say) for one in rows["subject"]],
            "cycle": [
                say("from day to day") if day else say("from week to week") for day in is_day
            ],
            "statistic": rows["statistic"],
            "peak": [
                f"{peak:02d}:00" if day else wording.weekday_name(peak, say)
                for peak, day in zip(rows["peak"].astype(int), is_day, strict=True)
            ],
            "strength": rows["strength"],
            "q": rows["q_value"],
            "supported": rows["q_value"] < wording.SUPPORTED,
            "n": rows["n"],
        }
    )
    table = pd.DataFrame(
        {
            say("Subject"): shown["name"],
            say("Cycle"): shown["cycle"],
            say("Busiest"): shown["peak"],
            say("Share that repeats"): shown["statistic"].map("{:.1%}".format),
            say("STL strength"): shown["strength"].map(wording.decimals),
            "q": shown["q"].map(wording.p_text),
            say("Cycles"): shown["n"].astype(int),
        }
    )
    lead = say(
        "How much of the variation within a day or a week comes again in the next. {n} of {all} "
        "cycles are supported (q < 0.05); the others are pale.",
        n=int(shown["supported"].sum()), all=len(shown),
    )  # fmt: skip
    return [
        Figure(
            "cycles",
            WHEN,
            say("What repeats"),
            lead,
            say("Points of the share of variation that repeats, one a subject and cycle."),
            charts.cycles(shown.assign(row=row_links("cycles", shown)), say),
            table,
        )
    ]
