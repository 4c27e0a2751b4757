"""One figure of a report: a chart, its words, its controls and the table that says the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from stevo_dagster.reports.charts import Chart

WHEN, WHERE, RELATIONS, FORECASTS, MODEL = "when", "where", "relations", "forecasts", "model"


@dataclass(frozen=True)
class Control:
    """What a reader may choose in a chart: a parameter of it, and values with their labels.

    The first value is the chart's own. A ``range`` is a slider over the values in their order.
    """

    parameter: str
    label: str
    choices: tuple[tuple[str, str], ...]
    kind: Literal["range", "select"] = "select"


@dataclass(frozen=True)
class Figure:
    """A chart with its title, what to see in it (``lead``), alternative text and table.

    ``narrow`` figures stand side by side on wide screens. ``table`` has plain column names and is
    shown on demand, for readers who cannot use the chart; where the chart's marks have ``row``,
    they link to its rows. Figures of one section with a ``layer`` take turns in one place.
    """

    id: str
    section: str
    title: str
    lead: str
    description: str
    chart: Chart
    table: pd.DataFrame = field(repr=False)
    narrow: bool = False
    layer: str = ""
    controls: tuple[Control, ...] = ()


def row_id(figure: str, place: int) -> str:
    """The id of a row of a figure's table, by its place."""
    return f"{figure}-row-{place}"


def row_links(figure: str, frame: pd.DataFrame) -> list[str]:
    """What the marks of ``frame`` link to, one a row of the figure's table, in its order."""
    return [f"#{row_id(figure, place)}" for place in range(len(frame))]
