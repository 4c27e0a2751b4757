"""Figures of activity: the usual week, each type's day, the calendar and the map.

Here belong the rows behind these charts and their words; drawing is for ``charts`` and ``maps``.
"""

from __future__ import annotations

import pandas as pd

from stevo_dagster.reports import charts, maps, wording
from stevo_dagster.reports.figure import WHEN, WHERE, Figure
from stevo_dagster.reports.inputs import ReportInputs
from stevo_dagster.reports.people import anonymous_hours

MAX_WEEKS = 106
TOP_CELLS = 25


def week_hours(inputs: ReportInputs) -> pd.DataFrame:
    """Anonymous events by weekday and block of local hours."""
    return anonymous_hours(inputs.person_hours, ["weekday"], inputs.k)


def _block(hours: pd.DataFrame) -> str:
    """A sentence on the width of the blocks when hours had to be pooled."""
    width = int(hours["width"].iloc[0])
    return "" if width == 1 else f" Hours are pooled by {width}, so that no group is too small."


def week_hours_figures(inputs: ReportInputs) -> list[Figure]:
    """Events by weekday and local hour."""
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


def type_hours_figures(inputs: ReportInputs) -> list[Figure]:
    """Each event type's own day."""
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
            charts.type_hours(_plain_types(hours)),
            table.rename_axis("Local hour").reset_index(),
        )
    ]


def _plain_types(hours: pd.DataFrame) -> pd.DataFrame:
    """What the chart needs: types in words, most frequent first, and shares."""
    total = hours.groupby("event_type")["events"].transform("sum")
    ordered = hours.iloc[(-total).argsort(kind="stable")]
    names = ordered["event_type"].map(wording.plain)
    return ordered.assign(event_type=names)[["event_type", "hour", "share"]]


def calendar_figures(inputs: ReportInputs) -> list[Figure]:
    """Events a day on a calendar."""
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


def map_figures(inputs: ReportInputs) -> list[Figure]:
    """Hexagons of the density of events."""
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
