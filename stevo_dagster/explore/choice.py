"""What a reader chooses, and the shared tables narrowed to it.

Belongs here: pure functions on the report's inputs. Rows are taken or left whole, never split, so
that every group that is left is one of those that were published. Does not belong here: widgets.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import h3
import pandas as pd

from stevo_dagster.reports.activity import ALL
from stevo_dagster.reports.inputs import ReportInputs

# A region is so many H3 levels coarser than the coarsest cell that is shown.
REGION_LEVELS = 1
TYPE = "event_type:"


@dataclass(frozen=True)
class Choice:
    """First and last day (UTC), event types, region (an H3 cell) and segment; None means all."""

    first: date | None = None
    last: date | None = None
    event_types: tuple[str, ...] | None = None
    region: str | None = None
    segment: str | None = None


def event_types(inputs: ReportInputs) -> list[str]:
    """The kinds of event that can be chosen, most frequent first."""
    events = inputs.activity_days.groupby("event_type")["events"].sum()
    return [str(kind) for kind in events.sort_values(ascending=False).index]


def regions(inputs: ReportInputs) -> dict[str, int]:
    """The regions that can be chosen, with their events, busiest first."""
    cells = inputs.activity_cells
    if not len(cells):
        return {}
    level = max(int(cells["resolution"].min()) - REGION_LEVELS, 0)
    parents = {cell: h3.cell_to_parent(cell, level) for cell in cells["cell"].unique()}
    events = cells.groupby(cells["cell"].map(parents))["events"].sum()
    return {str(cell): int(count) for cell, count in events.sort_values(ascending=False).items()}


def segments(inputs: ReportInputs) -> list[str]:
    """The segments of questions that the models were scored on."""
    return sorted(set(inputs.evaluation["segment"]) - {ALL})


def narrow(inputs: ReportInputs, choice: Choice) -> ReportInputs:
    """The inputs as far as the choice goes.

    Dates narrow the days and the periods that lie wholly within them; what was computed over the
    whole history (cycles, correlations, hot spots, forecasts) is narrowed by type and region alone.
    """
    return replace(
        inputs,
        activity_days=_within(_of_types(inputs.activity_days, choice), choice),
        activity_hours=_of_types(inputs.activity_hours, choice),
        activity_cells=_in_region(
            _within(_of_types(inputs.activity_cells, choice), choice), choice
        ),
        hot_spots=_in_region(_of_types(inputs.hot_spots, choice), choice),
        forecasts=_of_types(inputs.forecasts, choice),
        seasonality=_subjects(inputs.seasonality, ("subject",), choice),
        correlations=_subjects(inputs.correlations, ("subject_a", "subject_b"), choice),
        evaluation=_of_segment(inputs.evaluation, choice),
    )


def _of_types(rows: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """Rows of the chosen event types."""
    if choice.event_types is None:
        return rows
    return rows[rows["event_type"].isin(choice.event_types)]


def _within(rows: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """Rows whose days all lie between the chosen ones."""
    first = rows["day"] if "day" in rows else rows["first_day"]
    last = first if "day" in rows else first + pd.to_timedelta(rows["days"] - 1, unit="D")
    kept = pd.Series(True, index=rows.index)
    if choice.first is not None:
        kept &= first >= pd.Timestamp(choice.first)
    if choice.last is not None:
        kept &= last <= pd.Timestamp(choice.last)
    return rows[kept]


def _in_region(rows: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """Rows of cells within the chosen region."""
    if choice.region is None or not len(rows):
        return rows
    level = h3.get_resolution(choice.region)
    return rows[[h3.cell_to_parent(cell, level) == choice.region for cell in rows["cell"]]]


def _subjects(rows: pd.DataFrame, columns: tuple[str, ...], choice: Choice) -> pd.DataFrame:
    """Rows that name no event type but the chosen ones."""
    if choice.event_types is None:
        return rows
    chosen = {f"{TYPE}{kind}" for kind in choice.event_types}
    kept = pd.Series(True, index=rows.index)
    for column in columns:
        named = rows[column].astype(str)
        kept &= ~named.str.startswith(TYPE) | named.isin(chosen)
    return rows[kept]


def _of_segment(evaluation: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """The metrics of the chosen segment of questions, as if it were all of them."""
    if choice.segment is None:
        return evaluation
    return evaluation[evaluation["segment"] == choice.segment].assign(segment=ALL)
