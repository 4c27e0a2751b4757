"""One figure of a report: a chart, its words and the table that says the same."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from stevo_dagster.reports.charts import Chart

WHEN, WHERE, RELATIONS, MODEL = "when", "where", "relations", "model"


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
    chart: Chart
    table: pd.DataFrame = field(repr=False)
    narrow: bool = False
